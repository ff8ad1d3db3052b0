"""The journey month by month: touches, moves of every kind, and who is on it."""

from serving.journey.counts import totals
from serving.journey.material import Material
from serving.journey.places import NONE, heated, moved
from serving.journey.sankey import GROUPS
from serving.pages.view import Table, heading, word

KINDS = ("entry", "forward", "backward", "out", "again")
"""The kinds of moves, in the order of a journey."""


def trend(told: Material) -> Table:
    """A row a month; the fullest cell of each column is the darkest."""
    words, columns = told.words, _columns(told)
    rows = [
        [
            word(told.month(month)),
            *(heated(told, column[at], max(column)) for column in columns),
        ]
        for at, month in enumerate(told.counts.months)
    ]
    head = [
        words.say("trend.month"),
        words.say("trend.touches"),
        *(heading(words.say(f"flow.{kind}")) for kind in KINDS),
        words.say("trend.standing"),
    ]
    caption = words.say("trend.caption")
    return Table(name="trend", caption=caption, head=head, rows=rows, is_live=True)


def _columns(told: Material) -> list[list[float]]:
    frames, months = told.counts.frames, told.counts.months
    rows = moved(told)
    moves = totals(
        rows.assign(group=rows["direction"].replace(GROUPS)), ["month", "group"], "moves"
    )
    touched = totals(frames["touches"], ["month"], "events")
    standing = frames["standing"]
    on_it = totals(standing.loc[standing["stage"].isin(told.counts.order)], ["month"], "customers")
    return [
        [touched.get((month,), NONE)[0] for month in months],
        *([moves.get((month, kind), NONE)[0] for month in months] for kind in KINDS),
        [on_it.get((month,), NONE)[0] for month in months],
    ]
