"""The map as it is: a stage on the left, where customers went on the right, a ribbon a move."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from serving.journey.counts import totals
from serving.journey.material import Material
from serving.journey.places import moved
from serving.pages.view import Figure

GROUPS = {
    "advance": "forward",
    "skip": "forward",
    "regress": "backward",
    "exit": "out",
    "reentry": "again",
    "enter": "entry",
}
"""How a move is drawn, by its direction."""

LEGEND = ("forward", "backward", "out", "again", "entry")
WIDTH, HEIGHT, GAP = 720, 400, 14
FROM, TO, THICK = 176, 532, 12
"""Where the two columns stand, and how thick they are."""

FLOOR = 1.0
"""No ribbon is thinner, so that none is lost."""


@dataclass(frozen=True)
class Ribbon:
    """A move from a stage to another as it is drawn."""

    source: str
    target: str
    group: str
    moves: float


def ribbons(told: Material) -> list[Ribbon]:
    """Every kind of move that happened, in the order in which stages are told."""
    rows = moved(told)
    rows = rows.assign(group=rows["direction"].replace(GROUPS))
    sums = totals(rows, ["source", "target", "group"], "moves")
    places = {name: at for at, name in enumerate(told.counts.words["stage"])}
    found = [
        Ribbon(source, target, group, moves) for (source, target, group), (moves,) in sums.items()
    ]
    kinds = {name: at for at, name in enumerate(LEGEND)}
    return sorted(found, key=lambda one: (places[one.source], places[one.target], kinds[one.group]))


def sankey(told: Material) -> Figure:
    """Flows between stages as a picture; the table of moves says the same."""
    words, drawn = told.words, ribbons(told)
    lefts = _column(told, drawn, is_left=True)
    rights = _column(told, drawn, is_left=False)
    scale = _scale(drawn, max(len(lefts), len(rights)))
    pieces = _flows(told, drawn, scale, lefts, rights)
    for column, x, anchor in ((lefts, FROM, "end"), (rights, TO, "start")):
        pieces += _nodes(told, column, scale, x, anchor)
    title, desc = words.say("flow.caption"), words.say("flow.told")
    head = Markup(
        '<svg id="sankey" viewBox="0 0 {} {}" role="img" '
        'aria-labelledby="sankey-title sankey-told">'
        '<title id="sankey-title">{}</title><desc id="sankey-told">{}</desc>'
    ).format(WIDTH, HEIGHT, title, desc)
    return Figure(
        svg=head + Markup("").join(pieces) + Markup("</svg>"),
        title=title,
        caption=desc,
        is_wide=True,
        legend=[(f"flow {group}", words.say(f"flow.{group}")) for group in LEGEND],
    )


def _column(told: Material, drawn: Sequence[Ribbon], *, is_left: bool) -> dict[str, float]:
    """How many moves leave, or reach, each stage that has any."""
    sums = dict.fromkeys(told.counts.words["stage"], 0.0)
    for one in drawn:
        sums[one.source if is_left else one.target] += one.moves
    return {name: total for name, total in sums.items() if total}


def _scale(drawn: Sequence[Ribbon], nodes: int) -> float:
    total = sum(one.moves for one in drawn)
    return (HEIGHT - GAP * max(nodes, 1)) / total if total else 0.0


def _tops(column: Mapping[str, float], scale: float) -> dict[str, float]:
    tops, y = dict[str, float](), GAP / 2
    for name, total in column.items():
        tops[name] = y
        y += total * scale + GAP
    return tops


def _flows(
    told: Material,
    drawn: Sequence[Ribbon],
    scale: float,
    lefts: Mapping[str, float],
    rights: Mapping[str, float],
) -> list[Markup]:
    leaving, reaching = _tops(lefts, scale), _tops(rights, scale)
    start, end, pieces = FROM + THICK, TO, list[Markup]()
    middle = (start + end) // 2
    for one in drawn:
        thick = one.moves * scale
        y, z = leaving[one.source], reaching[one.target]
        leaving[one.source] += thick
        reaching[one.target] += thick
        shown = max(thick, FLOOR)
        path = (
            f"M{start} {y:.1f}C{middle} {y:.1f} {middle} {z:.1f} {end} {z:.1f}v{shown:.1f}"
            f"C{middle} {z + shown:.1f} {middle} {y + shown:.1f} {start} {y + shown:.1f}z"
        )
        title = told.words.say(
            "flow.ribbon",
            source=told.stage(one.source) if one.source else told.words.say("flow.entry"),
            target=told.stage(one.target),
            number=told.words.number(one.moves),
        )
        pieces.append(
            Markup('<path class="flow {}" d="{}"><title>{}</title></path>').format(
                one.group, path, title
            )
        )
    return pieces


def _nodes(
    told: Material, column: Mapping[str, float], scale: float, x: int, anchor: str
) -> list[Markup]:
    pieces, tops = list[Markup](), _tops(column, scale)
    for name, total in column.items():
        tall, y = max(total * scale, FLOOR), tops[name]
        words = told.stage(name) if name else told.words.say("flow.entry")
        label = f"{words} {told.words.number(total)}"
        across = x - 6 if anchor == "end" else x + THICK + 6
        pieces.append(
            Markup(
                '<rect class="node" x="{}" y="{:.1f}" width="{}" height="{:.1f}"/>'
                '<text x="{}" y="{:.1f}" class="{}">{}</text>'
            ).format(x, y, THICK, tall, across, y + tall / 2 + 4, anchor, label)
        )
    return pieces
