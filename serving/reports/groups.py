"""For whom the model works: segments, and moves between stages."""

import math
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from serving.pages.view import Cell, Section, Table, figure, section, word
from serving.reports.material import Material

RATIO_OFF = 0.1
ERRORS_OFF = 3.0
"""A segment is marked where a tenth more, or fewer, came than predicted, and by three standard
errors of independent rows: those of one customer are not quite that."""

UNFOLDED = ("tenure", "value", "channel", "stage", "persona", "tier")
"""What every business tells customers apart by; its own attributes are shown when asked for."""

SHARE_OFF = 0.03
"""From here on a transition is marked: three points."""

MORE, FEWER = "▲", "▼"


def segments(told: Material) -> Section:
    """How the model does within each segment."""
    rows = told.evidence.segments
    if rows.empty:
        return section(told.words, "segments")
    tables = [_segment(told, str(by), own) for by, own in rows.groupby("by", sort=False)]
    return section(told.words, "segments", tables=tables)


def transitions(told: Material) -> Section | None:
    """Outcomes observed and predicted from each stage; nothing where there are no stages."""
    rows = told.evidence.transitions
    return None if rows.empty else section(told.words, "transitions", tables=[_moves(told, rows)])


def _segment(told: Material, by: str, rows: pd.DataFrame) -> Table:
    words = told.words
    keys = ("segment", "rows", "happened", "predicted", "ratio")
    head = [*(words.say(f"segments.{key}") for key in keys), words.name("metric", "auc")]
    head.append(words.name("metric", "log_loss"))
    cells = [
        [
            word(_named(told, by, str(row["segment"]))),
            figure(words.number(row["rows"])),
            figure(words.percent(row["base_rate"])),
            figure(words.percent(row["predicted"])),
            _ratio(told, row),
            figure(words.number(row["auc"], 3), words.between(row["auc_low"], row["auc_high"])),
            figure(words.number(row["log_loss"], 3)),
        ]
        for row in rows.to_dict("records")
    ]
    caption = words.say("segments.caption", by=words.name("segments", by))
    return Table(caption=caption, head=head, rows=cells, folded=by not in UNFOLDED)


def _named(told: Material, by: str, segment: str) -> str:
    """A segment as the language says it; bands of tenure are in days."""
    if by == "tenure" and segment.endswith(" days"):
        return segment.removesuffix("days") + told.words.say("segment.days")
    return told.words.name("segment", segment)


def _ratio(told: Material, row: Mapping[Hashable, Any]) -> Cell:
    """Observed over expected, marked where that is more than chance."""
    ratio, share = row["observed_over_expected"], row["predicted"]
    error = math.sqrt(max(share * (1 - share), 0) / max(row["rows"], 1))
    is_off = abs(ratio - 1) >= RATIO_OFF and abs(row["base_rate"] - share) > ERRORS_OFF * error
    sign = (MORE if ratio > 1 else FEWER) if is_off else ""
    text = f"{sign} {told.words.number(ratio, 2)}".strip()
    return figure(text, mark="fair" if is_off else "")


def _moves(told: Material, rows: pd.DataFrame) -> Table:
    words = told.words
    outcomes = list(dict.fromkeys(rows["outcome"]))
    head = [words.say("transitions.stage"), words.say("transitions.rows")]
    head += [words.name("outcome", outcome) for outcome in outcomes]
    cells: list[list[Cell]] = []
    for stage, own in _in_order(told, rows):
        by = {row["outcome"]: row for row in own.to_dict("records")}
        moves = [_move(told, by[outcome]) if outcome in by else figure("") for outcome in outcomes]
        count = figure(words.number(int(own["rows"].iloc[0])))
        cells.append([word(str(stage) or words.say("unknown")), count, *moves])
    return Table(caption=words.say("transitions.caption"), head=head, rows=cells)


def _in_order(told: Material, rows: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """The rows of each stage, in the order of the workspace's stages."""
    by = {str(stage): own for stage, own in rows.groupby("stage", sort=False)}
    known = [stage for stage in getattr(told.trial.model.target, "stages", ()) if stage in by]
    return [(stage, by[stage]) for stage in dict.fromkeys([*known, *by])]


def _move(told: Material, row: Mapping[Hashable, Any]) -> Cell:
    observed, predicted = float(row["observed"]), float(row["predicted"])
    gap = observed - predicted
    off = MORE if gap >= SHARE_OFF else FEWER if gap <= -SHARE_OFF else ""
    return Cell(
        text=f"{off} {told.words.percent(observed)}".strip(),
        note=told.words.say("transitions.predicted", share=told.words.percent(predicted)),
        heat=observed,
    )
