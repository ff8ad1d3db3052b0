"""What came next in the label window, beside the rows of a panel: for transforms to learn from."""

from collections.abc import Callable
from dataclasses import replace
from zoneinfo import ZoneInfo

import pandas as pd

from features.known.told import Parts, Told
from models.rows.panel import Panel
from models.targets.hereafter import first_moves, first_steps
from models.targets.target import Target

NEXT_STEP, NEXT_STAGE = "next_step", "next_stage"


def with_what_came_next(panel: Panel, parts: Parts, target: Target, zone: ZoneInfo) -> Panel:
    """A panel to learn from, with the first step and the first move of its label windows.

    The columns are `NEXT_STEP` and `NEXT_STAGE`, empty for who took none; what is not told of
    anybody has no column. They are labels: the panel does not count them among its features.
    """
    cutoffs = [cutoff.to_pydatetime() for cutoff in panel.cutoffs]
    watermark = max(panel.column("matured_at")).to_pydatetime()

    def steps(told: Told) -> pd.DataFrame:
        return first_steps(target, told.events, cutoffs, watermark, zone)

    def moves(told: Told) -> pd.DataFrame:
        return first_moves(target, told.stage_history, cutoffs, watermark, zone)

    with_steps = _with(panel, parts, NEXT_STEP, "step", steps)
    return _with(with_steps, parts, NEXT_STAGE, "stage", moves)


def _with(
    panel: Panel, parts: Parts, name: str, column: str, look: Callable[[Told], pd.DataFrame]
) -> Panel:
    found = pd.concat([look(told) for told in parts], ignore_index=True)
    if found.empty:
        return panel
    keys = ["customer_id", "cutoff"]
    named = found.loc[:, [*keys, column]].rename(columns={column: name})
    joined = panel.rows.merge(named.astype({name: "category"}), on=keys, how="left")
    return replace(panel, rows=joined)
