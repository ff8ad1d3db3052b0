"""The colours of a report, by day and by night."""

LIGHT = {
    "page": "#ffffff",
    "panel": "#f4f6f8",
    "text": "#17202a",
    "muted": "#55606c",
    "line": "#d3dae1",
    "model": "#0b62a4",
    "first": "#9a5b00",
    "second": "#7b3b8f",
    "third": "#4d6b57",
    "good": "#0f6a3b",
    "good-panel": "#e6f4ec",
    "fair": "#7a4d00",
    "fair-panel": "#fdf3df",
    "bad": "#ad231b",
    "bad-panel": "#fcebea",
}
"""Each colour by the part that it plays; charts are drawn in these."""

DARK = {
    "page": "#12171c",
    "panel": "#1b2229",
    "text": "#e8edf2",
    "muted": "#a6b1bc",
    "line": "#3a444e",
    "model": "#6db7f5",
    "first": "#e2a544",
    "second": "#d793d3",
    "third": "#9cc4a8",
    "good": "#72d49d",
    "good-panel": "#133021",
    "fair": "#f0bf62",
    "fair-panel": "#33270f",
    "bad": "#ff9d94",
    "bad-panel": "#3b1a18",
}

SERIES = ("model", "first", "second", "third", "muted")
"""The lines of a chart in their order; dashes and markers tell them apart too."""

HEAT_MOST = 0.35
"""How much of `model` lies over the page in the fullest cell of a heat table."""


def variables(colours: dict[str, str]) -> str:
    """Colours as CSS variables.

    >>> variables({"page": "#ffffff", "text": "#17202a"})
    '--page:#ffffff;--text:#17202a'
    """
    return ";".join(f"--{name}:{colour}" for name, colour in colours.items())


def channels(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of a colour, 0 to 255.

    >>> channels("#0b62a4")
    (11, 98, 164)
    """
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return red, green, blue
