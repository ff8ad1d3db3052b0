"""The map in tables: moves, touches by stage and channel, who stands where, and for how long."""

import math
from collections.abc import Mapping

import pandas as pd

from serving.journey.counts import totals
from serving.journey.material import Material
from serving.journey.quantiles import histogram, quantile
from serving.pages.view import Bar, Cell, Table, figure, word
from serving.pages.words import DASH

STAY = "stay"
SHARES = (0.25, 0.5, 0.75)
NONE = (0.0,)
THIN = 0.015
"""The least width of a bar, in shares of the widest."""


def moved(told: Material) -> pd.DataFrame:
    """Moves between different stages, entries included."""
    flows = told.counts.frames["flows"]
    return flows.loc[flows["direction"].ne(STAY) & flows["moves"].gt(0)]


def matrix(told: Material) -> Table:
    """Moves from each stage to each other."""
    moves = totals(moved(told), ["source", "target"], "moves")
    stages, most = told.counts.stages, _most(moves)
    rows = [
        [
            word(told.stage(source) if source else told.words.say("flow.entry")),
            *(_heated(told, moves.get((source, target), NONE)[0], most) for target in stages),
        ]
        for source in ("", *stages)
    ]
    head = [told.words.say("matrix.head"), *(told.stage(name) for name in stages)]
    return Table(
        name="matrix", caption=told.words.say("matrix.caption"), head=head, rows=rows, is_live=True
    )


def staged(told: Material, name: str) -> list[str]:
    """The stages in which a frame counts anything, in their order."""
    found = set(told.counts.frames[name]["stage"].astype(str))
    return [stage for stage in told.counts.words["stage"] if stage in found]


def grid(told: Material) -> Table:
    """Touches of each stage by each channel, and how many customers a month."""
    words, frames = told.words, told.counts.frames
    events = totals(frames["touches"], ["stage", "channel"], "events")
    reach = totals(frames["reach"], ["stage", "channel"], "customers")
    channels, most = told.counts.words["channel"], _most(events)
    rows = [[word(told.stage(stage))] for stage in staged(told, "touches")]
    for row, stage in zip(rows, staged(told, "touches"), strict=True):
        for channel in channels:
            count = events.get((stage, channel), NONE)[0]
            monthly = reach.get((stage, channel), NONE)[0] / len(told.counts.months)
            number = told.span(monthly, math.inf)
            note = words.say("grid.customers", number=number) if count else ""
            row.append(_heated(told, count, most, note))
    head = [words.say("stage.head"), *map(told.channel, channels)]
    return Table(name="grid", caption=words.say("grid.caption"), head=head, rows=rows, is_live=True)


def standing(told: Material) -> Table:
    """How many customers stand in each stage at the end of the period."""
    words, months = told.words, told.counts.months
    counts = totals(told.counts.frames["standing"], ["month", "stage"], "customers")
    rows = list[list[Cell]]()
    last = [counts.get((months[-1], name), NONE)[0] for name in told.counts.stages]
    for stage, now in zip(told.counts.stages, last, strict=True):
        before = counts.get((months[0], stage), NONE)[0]
        share = now / sum(last) if sum(last) else math.nan
        cells = (words.number(now), words.percent(share), words.number(now - before, signed=True))
        rows.append([word(told.stage(stage)), *map(figure, cells)])
    head = [words.say(f"standing.{key}") for key in ("stage", "customers", "share", "change")]
    return Table(
        name="standing", caption=words.say("standing.caption"), head=head, rows=rows, is_live=True
    )


def dwell(told: Material) -> Table:
    """How long customers stay in each stage: the median and the middle half."""
    words, edges = told.words, told.dwell_edges
    found = {stage: dwelt(told, stage) for stage in told.counts.order}
    ends = [bounds[2] for _, bounds in found.values() if math.isfinite(bounds[2])]
    most = max(ends, default=0.0) or 1.0
    rows = list[list[Cell]]()
    for stage, (spells, bounds) in found.items():
        low, median, high = bounds
        half = f"{told.span(low, edges[-1])} {DASH} {told.span(high, edges[-1])}" if spells else ""
        bar = Bar(start=low / most, width=max((high - low) / most, THIN)) if spells else None
        rows.append(
            [
                word(told.stage(stage)),
                figure(words.number(spells)),
                figure(told.span(median, edges[-1])),
                Cell(text=half, bar=bar),
            ]
        )
    head = [words.say(f"dwell.{key}") for key in ("stage", "spells", "median", "half")]
    return Table(
        name="dwell",
        caption=words.say("dwell.caption"),
        head=head,
        rows=rows,
        is_live=True,
    )


def dwelt(told: Material, stage: str) -> tuple[float, tuple[float, ...]]:
    """How often a stage was left, and the quartiles of the days until then."""
    frame = told.counts.frames["dwell"]
    own = frame.loc[frame["stage"].eq(stage)]
    edges = told.dwell_edges
    counted = histogram(own, "spells", edges)
    return sum(counted), tuple(quantile(counted, edges, share) for share in SHARES)


def _most(counts: Mapping[tuple[str, ...], tuple[float, ...]]) -> float:
    return max((count for (count,) in counts.values()), default=0.0)


def _heated(told: Material, count: float, most: float, note: str = "") -> Cell:
    if not count:
        return Cell(text=told.words.number(count), mark="zero")
    return Cell(text=told.words.number(count), note=note, heat=count / most)
