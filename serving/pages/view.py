"""What a page shows, before it is written as HTML: sections of tables and figures."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from serving.pages.words import Words


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A bar from 0, in shares of the widest in its table, with an interval where there is one."""

    start: float
    width: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell: its text, what else is said of it, and how it is to look.

    `mark` is good, fair, bad, best or empty and never stands without words; `heat` is from 0 to 1.
    """

    text: str
    note: str = ""
    mark: str = ""
    number: bool = True
    heat: float | None = None
    bar: Bar | None = None


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table with a caption; the first cell of a row is its header.

    `folded` tables are shown when asked for. A live one is filled anew by the page's script, by its
    name. `tags` say of each row what it is about, so that a script may hide it.
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    folded: bool = False
    name: str = ""
    is_live: bool = False
    tags: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A chart with what it shows.

    A wide one scrolls on a small screen. `legend` has the class and the name of each mark.
    """

    svg: Markup
    title: str
    caption: str
    is_wide: bool = False
    legend: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the page; `absent` says why there is nothing to show, and how to get it."""

    anchor: str
    title: str
    lead: str = ""
    notes: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = ()
    absent: str = ""


@dataclass(frozen=True)
class Fact:
    """A number that stands large, and what it says."""

    number: str
    sentence: str


def word(text: str, note: str = "") -> Cell:
    """A cell of words."""
    return Cell(text=text, note=note, number=False)


def figure(text: str, note: str = "", mark: str = "") -> Cell:
    """A cell of a number that is already written."""
    return Cell(text=text, note=note, mark=mark)


def heading(text: str) -> str:
    """A text as the head of a column, whatever it is elsewhere.

    >>> heading("held out")
    'Held out'
    """
    return text[:1].upper() + text[1:]


def section(
    words: Words,
    name: str,
    *,
    notes: Sequence[str] = (),
    figures: Sequence[Figure] = (),
    tables: Sequence[Table] = (),
) -> Section:
    """A section with the words that its name has; with nothing in it, it is absent."""
    title = words.say(f"{name}.title")
    if not (notes or figures or tables):
        return Section(anchor=name, title=title, absent=words.say(f"{name}.none"))
    return Section(
        anchor=name,
        title=title,
        lead=words.say(f"{name}.lead"),
        notes=notes,
        figures=figures,
        tables=tables,
    )


def bars(values: Sequence[float], bounds: Sequence[tuple[float, float]] = ()) -> list[Bar]:
    """A bar for each value, all to one scale; what is below 0 goes to the left.

    >>> [(round(bar.start, 2), round(bar.width, 2)) for bar in bars([0.5, -0.5])]
    [(0.5, 0.5), (0.0, 0.5)]
    """
    ends = [0.0, *values, *(end for bound in bounds for end in bound)]
    least, most = (choose(filter(math.isfinite, ends)) for choose in (min, max))
    span = (most - least) or 1.0

    def place(value: float) -> float:
        return ((value if math.isfinite(value) else 0.0) - least) / span

    made = [
        Bar(start=min(place(0.0), place(value)), width=abs(place(value) - place(0.0)))
        for value in values
    ]
    return [
        replace(bar, low=place(low), high=place(high)) if math.isfinite(low + high) else bar
        for bar, (low, high) in zip(made, bounds or [(math.nan, math.nan)] * len(made), strict=True)
    ]
