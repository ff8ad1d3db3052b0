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
            *(heated(told, moves.get((source, target), NONE)[0], most) for target in stages),
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


def touched(told: Material) -> list[str]:
    """The channels by which anybody came, in their order."""
    found = set(told.counts.frames["touches"]["channel"])
    return [channel for channel in told.counts.chosen("channel") if channel in found]


def grid(told: Material) -> Table:
    """Touches by each channel in each stage, and how many customers a month."""
    words, frames = told.words, told.counts.frames
    events = totals(frames["touches"], ["stage", "channel"], "events")
    reach = totals(frames["reach"], ["stage", "channel"], "customers")
    stages, most = staged(told, "touches"), _most(events)
    rows = list[list[Cell]]()
    for channel in touched(told):
        row = [word(told.channel(channel))]
        for stage in stages:
            count = events.get((stage, channel), NONE)[0]
            monthly = reach.get((stage, channel), NONE)[0] / len(told.counts.months)
            number = told.span(monthly, math.inf) if monthly >= 1 else "< 1"
            note = words.say("grid.customers", number=number) if count else ""
            row.append(heated(told, count, most, note))
        rows.append(row)
    head = [words.say("grid.head"), *map(told.stage, stages)]
    caption = words.say("grid.caption")
    return Table(name="grid", caption=caption, head=head, rows=rows, is_live=True)


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
    """Days in each stage: until it was left, in the middle half, and so far of who is there."""
    words, edges = told.words, told.dwell_edges
    found = {stage: dwelt(told, stage) for stage in told.counts.order}
    ends = [bounds[2] for _, bounds in found.values() if math.isfinite(bounds[2])]
    most = max(ends, default=0.0) or 1.0
    rows = list[list[Cell]]()
    for stage, (spells, bounds) in found.items():
        low, median, high = bounds
        here, so_far = stayed(told, stage)
        half = f"{told.span(low, edges[-1])} {DASH} {told.span(high, edges[-1])}" if spells else ""
        bar = Bar(start=low / most, width=max((high - low) / most, THIN)) if spells else None
        rows.append(
            [
                word(told.stage(stage)),
                figure(words.number(spells)),
                figure(told.span(median, edges[-1])),
                Cell(text=half, bar=bar),
                figure(words.number(here)),
                figure(told.span(so_far, edges[-1])),
            ]
        )
    keys = ("stage", "spells", "median", "half", "here", "so_far")
    return Table(
        name="dwell",
        caption=words.say("dwell.caption", day=words.date(told.as_of)),
        head=[words.say(f"dwell.{key}") for key in keys],
        rows=rows,
        is_live=True,
    )


def stayed(told: Material, stage: str) -> tuple[float, float]:
    """How many are in a stage on the day of the page, and the median of the days until then."""
    frame = told.counts.frames["staying"]
    counted = histogram(frame.loc[frame["stage"].eq(stage)], "customers", told.dwell_edges)
    return sum(counted), quantile(counted, told.dwell_edges, 0.5)


def dwelt(told: Material, stage: str) -> tuple[float, tuple[float, ...]]:
    """How often a stage was left, and the quartiles of the days until then."""
    frame = told.counts.frames["dwell"]
    own = frame.loc[frame["stage"].eq(stage)]
    edges = told.dwell_edges
    counted = histogram(own, "spells", edges)
    return sum(counted), tuple(quantile(counted, edges, share) for share in SHARES)


def _most(counts: Mapping[tuple[str, ...], tuple[float, ...]]) -> float:
    return max((count for (count,) in counts.values()), default=0.0)


def heated(told: Material, count: float, most: float, note: str = "") -> Cell:
    """A count on a ground that is the fuller, the nearer it is to the most."""
    if not count:
        return Cell(text=told.words.number(count), mark="zero")
    return Cell(text=told.words.number(count), note=note, heat=count / most)
