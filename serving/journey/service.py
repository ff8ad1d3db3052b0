"""How long customers wait, and how often they are sent from channel to channel."""

import math

from serving.journey.counts import totals
from serving.journey.material import Material
from serving.journey.places import staged
from serving.journey.quantiles import histogram, quantile
from serving.pages.view import Cell, Table, figure, word

KINDS = ("first_reply", "resolution", "refund")
OPEN = "_open"
MOST_WAIT = 0.9
"""The share of waits that end within the longer of the two that are shown."""


def waits(told: Material) -> Table:
    """Hours that customers wait, by what for; those who wait still are told apart."""
    words, rows = told.words, list[list[Cell]]()
    for kind in kinds(told):
        counted, still = _counted(told, kind), _counted(told, kind + OPEN)
        median, long = (quantile(counted, told.wait_edges, share) for share in (0.5, MOST_WAIT))
        most = told.wait_edges[-1]
        cells = (
            words.number(sum(counted)),
            told.span(median, most),
            told.span(long, most),
            words.number(sum(still)),
        )
        rows.append([word(words.name("wait", kind)), *map(figure, cells)])
    head = [words.say(f"waits.{key}") for key in ("kind", "ended", "median", "long", "open")]
    return Table(
        name="waits", caption=words.say("waits.caption"), head=head, rows=rows, is_live=True
    )


def changes(told: Material) -> Table:
    """Issues of each stage, and the shares that changed their channel, once or again and again."""
    words, rows = told.words, list[list[Cell]]()
    frame = told.counts.frames["changes"]
    sums = totals(frame, ["stage"], "issues", "switched", "ping_pong")
    for stage in staged(told, "changes"):
        issues, switched, often = sums[stage,]
        shares = (
            words.percent(count / issues if issues else math.nan) for count in (switched, often)
        )
        rows.append([word(told.stage(stage)), *map(figure, (words.number(issues), *shares))])
    head = [words.say(f"changes.{key}") for key in ("stage", "issues", "switched", "ping_pong")]
    return Table(
        name="changes", caption=words.say("changes.caption"), head=head, rows=rows, is_live=True
    )


def kinds(told: Material) -> list[str]:
    """What customers wait for, as far as anything tells."""
    found = set(told.counts.frames["waits"]["kind"])
    return [kind for kind in KINDS if {kind, kind + OPEN} & found]


def _counted(told: Material, kind: str) -> list[float]:
    frame = told.counts.frames["waits"]
    own = frame.loc[frame["kind"].eq(kind)]
    return histogram(own, "waits", told.wait_edges)
