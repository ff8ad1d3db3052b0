"""What a stage costs, and today against the journey that is wanted."""

import math
from collections.abc import Hashable, Mapping
from typing import Any

from serving.journey.material import TENTHS_BELOW, Material
from serving.journey.pains import number, tags
from serving.pages.view import Cell, Section, Table, figure, section, word
from serving.pages.words import DASH

Row = Mapping[Hashable, Any]
GAPS = ("stage", "measure", "today", "target", "to_target", "last", "to_last", "customers")
SHARE = "share"
WORSE_WHEN_MORE = ("drop_off", "days", "hours")
"""Measures, by a part of their name, of which less is better."""

COSTS = ("stage", "channel", "cost", "advances", "per_advance")


def efficiency(told: Material) -> Section:
    """What an advance costs, by stage and channel."""
    frame = told.efficiency
    if frame is None or frame.empty:
        return section(told.words, "efficiency")
    found = [row for row in frame.to_dict("records") if _is_told(told, row)]
    rows = [_efficiency(told, row) for row in found]
    head = [told.words.say(f"efficiency.{key}", currency=told.currency) for key in COSTS]
    sheet = Table(
        name="efficiency",
        caption=told.words.say("efficiency.caption"),
        head=head,
        rows=rows,
        tags=[tags(row) for row in found],
    )
    return section(told.words, "efficiency", tables=[sheet])


def _is_told(told: Material, row: Row) -> bool:
    """Whether so many advanced, or by a channel so common, that the row is nobody's own."""
    advances = number(row, "advances")
    is_common = str(row["channel"]) in told.counts.chosen("channel")
    return is_common or not 0 < advances < told.counts.least


def gaps(told: Material) -> Section:
    """Each stage today, against its target and against the last period."""
    frame = told.gaps
    if frame is None or frame.empty:
        return section(told.words, "gaps")
    rows = [_gap(told, row) for row in frame.to_dict("records")]
    head = [told.words.say(f"gaps.{key}") for key in GAPS]
    return section(
        told.words,
        "gaps",
        tables=[Table(name="gaps", caption=told.words.say("gaps.caption"), head=head, rows=rows)],
    )


def moved_since(told: Material) -> dict[str, list[str]]:
    """What is better and what is worse than last period beyond chance, as people say it."""
    found: dict[str, list[str]] = {"better": [], "worse": []}
    for row in [] if told.gaps is None else told.gaps.to_dict("records"):
        if _has_moved(row):
            measure = str(row["measure"])
            is_worse = _is_worse(measure, number(row, "gap_to_last"))
            one = told.words.say(
                "gaps.moved",
                place=_place(told, row),
                measure=told.words.name("measure", measure),
                today=_said(told, measure, number(row, "today")),
                before=_said(told, measure, number(row, "last_period")),
            )
            found["worse" if is_worse else "better"].append(one)
    return found


def _has_moved(row: Row) -> bool:
    """Whether the difference to last period is more than chance."""
    low, high = number(row, "gap_low"), number(row, "gap_high")
    return math.isfinite(low + high) and not low <= 0 <= high


def _place(told: Material, row: Row) -> str:
    return told.stage(str(row["stage"])) if row["stage"] else told.words.say("gaps.everywhere")


def _efficiency(told: Material, row: Row) -> list[Cell]:
    words = told.words
    low, high = number(row, "low"), number(row, "high")
    return [
        word(told.stage(str(row["stage"])) if row["stage"] else told.words.say("flow.entry")),
        word(told.channel(str(row["channel"]))),
        figure(words.number(number(row, "cost"))),
        figure(words.number(number(row, "advances"))),
        figure(words.number(number(row, "cost_per_advance")), words.between(low, high, 0)),
    ]


def _gap(told: Material, row: Row) -> list[Cell]:
    words, measure = told.words, str(row["measure"])
    low, high = number(row, "low"), number(row, "high")
    today, target = number(row, "today"), number(row, "target")
    between = f"{_said(told, measure, low)} {DASH} {_said(told, measure, high)}"
    is_off = math.isfinite(low + high) and not low <= target <= high
    return [
        word(_place(told, row)),
        word(words.name("measure", measure)),
        figure(_said(told, measure, today), between if math.isfinite(low + high) else ""),
        figure(_said(told, measure, target)),
        _beside(told, measure, number(row, "gap_to_target"), is_sure=is_off),
        figure(_said(told, measure, number(row, "last_period"))),
        _beside(told, measure, number(row, "gap_to_last"), is_sure=_has_moved(row)),
        figure(words.number(number(row, "customers"))),
    ]


def _beside(told: Material, measure: str, gap: float, *, is_sure: bool) -> Cell:
    """A difference, and whether that is good or bad news, as far as it is more than chance."""
    if not math.isfinite(gap):
        return figure(told.words.number(gap))
    is_worse = _is_worse(measure, gap)
    decimals = 0 if abs(gap) >= TENTHS_BELOW else 1
    is_share = measure.endswith(SHARE)
    text = told.points(gap) if is_share else told.words.number(gap, decimals, signed=True)
    if not is_sure:
        return figure(text, told.words.say("gaps.unsure"))
    reading = told.words.say("gaps.worse" if is_worse else "gaps.better")
    return figure(text, reading, "bad" if is_worse else "good")


def _is_worse(measure: str, gap: float) -> bool:
    return (gap > 0) == any(name in measure for name in WORSE_WHEN_MORE)


def _said(told: Material, measure: str, value: float) -> str:
    if measure.endswith(SHARE):
        return told.words.percent(value)
    return told.span(value, math.inf)
