"""Emotion along the journey: how customers feel in each stage, month by month, by who says so."""

from markupsafe import Markup

from serving.journey.counts import totals
from serving.journey.material import Material
from serving.journey.touchpoints import felt
from serving.pages.view import Figure, Table, word

ORIGINS = ("stated", "text")
WIDTH, HEIGHT = 720, 240
LEFT, RIGHT, TOP, BOTTOM = 44, 24, 22, 46
SIZE = 5
RATINGS_LEAST = 5
"""Of fewer ratings no point is drawn; the tables tell them."""

MEASURES = ("sentiment", "ratings")
NONE = (0.0, 0.0)


def feelings(told: Material, origin: str) -> Table:
    """Mean sentiment of each stage, over the period and month by month."""
    words, stages = told.words, told.counts.order
    frame = told.counts.frames["feelings"]
    own = frame.loc[frame["origin"].eq(origin)]
    whole = totals(own, ["stage"], *MEASURES)
    dated = totals(own, ["month", "stage"], *MEASURES)
    rows = [
        [
            word(words.say("feelings.period")),
            *(felt(told, *whole.get((stage,), NONE)) for stage in stages),
        ]
    ]
    for month in told.counts.months:
        cells = (felt(told, *dated.get((month, stage), NONE)) for stage in stages)
        rows.append([word(told.month(month)), *cells])
    head = [words.say("feelings.month"), *map(told.stage, stages)]
    caption = words.say(f"feelings.{origin}")
    return Table(name=origin, caption=caption, head=head, rows=rows, is_live=True)


def curve(told: Material) -> Figure:
    """The mean sentiment of the period along the stages, a line an origin."""
    words, stages = told.words, told.counts.order
    frame = told.counts.frames["feelings"]
    sums = totals(frame, ["origin", "stage"], *MEASURES)
    parts = [_axis(told)]
    for origin in origins(told):
        means = [_mean(told, *sums.get((origin, stage), NONE)) for stage in stages]
        parts.append(_line(origin, means))
    head = Markup(
        '<svg id="curve" viewBox="0 0 {} {}" role="img" aria-labelledby="curve-title curve-told">'
        '<title id="curve-title">{}</title><desc id="curve-told">{}</desc>'
    ).format(WIDTH, HEIGHT, words.say("feelings.curve"), words.say("feelings.told"))
    return Figure(
        svg=head + Markup("").join(parts) + Markup("</svg>"),
        title=words.say("feelings.curve"),
        caption=words.say("feelings.told"),
        is_wide=True,
        legend=[(f"line {origin}", words.say(f"origin.{origin}")) for origin in origins(told)],
    )


def origins(told: Material) -> list[str]:
    """Who says how customers feel, as far as anybody does."""
    found = set(told.counts.frames["feelings"]["origin"])
    return [origin for origin in ORIGINS if origin in found]


def least(told: Material) -> int:
    """Of fewer ratings no point is drawn."""
    return max(RATINGS_LEAST, told.counts.least)


def _mean(told: Material, total: float, ratings: float) -> float | None:
    return total / ratings if ratings >= least(told) else None


def _across(place: int, count: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * (place + 0.5) / max(count, 1)


def _up(value: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - value) / 2


def _axis(told: Material) -> Markup:
    stages, lines = told.counts.order, list[Markup]()
    for value in (-1, 0, 1):
        text = told.words.number(value, signed=bool(value))
        lines.append(
            Markup(
                '<path class="axis" d="M{} {:.1f}H{}"/>'
                '<text x="{}" y="{:.1f}" class="end">{}</text>'
            ).format(LEFT, _up(value), WIDTH - RIGHT, LEFT - 8, _up(value) + 4, text)
        )
    for place, stage in enumerate(stages):
        lines.append(
            Markup('<text x="{:.1f}" y="{}" class="middle">{}</text>').format(
                _across(place, len(stages)), HEIGHT - 18, told.stage(stage)
            )
        )
    return Markup("").join(lines)


def _line(origin: str, means: list[float | None]) -> Markup:
    """A line that breaks where nobody has said anything, and a point a stage."""
    path, marks, is_open = "", "", False
    for place, mean in enumerate(means):
        if mean is None:
            is_open = False
            continue
        x, y = _across(place, len(means)), _up(mean)
        path += f"{'L' if is_open else 'M'}{x:.1f} {y:.1f}"
        marks += f"M{x - SIZE:.1f} {y:.1f}l{SIZE} -{SIZE}l{SIZE} {SIZE}l-{SIZE} {SIZE}z"
        is_open = True
    shape = Markup(
        '<g class="line {}"><path class="thread" d="{}"/><path class="dots" d="{}"/></g>'
    )
    return shape.format(origin, path, marks)
