"""What comes next for everyone at a cutoff: where they stand and may go, and the next steps."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa

from features.engine.partitions import Engine
from features.known.told import Parts
from models.answers.outcomes import OutcomeModel
from models.logit import Floats
from models.rows.at_risk import AtRisk, at_risk
from models.targets.next_step import NextStep
from models.targets.progression import DWELL, MOVES, PRESENT, Progression

STEPS_MOST = 3
"""So many of the likeliest next steps are told."""

_STEP = pa.struct([("step", pa.string()), ("probability", pa.float64())])

PROGRESSION = {
    "stage": pa.string(),
    "days_in_stage": pa.float64(),
    **{f"p_{move}": pa.float64() for move in MOVES},
    "next_stage": pa.string(),
    "p_next_stage": pa.float64(),
}
"""What is told of progression; `next_stage` is the likeliest other than the present one."""

NEXT_STEP = {"next_steps": pa.list_(_STEP), "p_no_step": pa.float64()}
"""What is told of the next step: the likeliest steps with their probabilities, and of none."""

Columns = Mapping[str, pa.Array]


def outlook(
    model: OutcomeModel,
    parts: Parts,
    cutoff: datetime,
    *,
    zone: ZoneInfo,
    engine: Engine,
    withheld: frozenset[str] = frozenset(),
) -> pd.DataFrame:
    """A row for everyone whom the model's question concerns, by customer_id; possibly none.

    Nothing is said of customers who are `withheld`. The columns are `PROGRESSION` or `NEXT_STEP`,
    as the model's target asks.
    """
    target, needed = model.target, model.needed()
    wanted = at_risk(parts, [cutoff], needed, target, zone=zone, engine=engine, withheld=withheld)
    look = _Look(wanted=wanted, model=model)
    tables = list(engine.map(look.table, range(len(parts))))
    return pa.concat_tables(tables).to_pandas()


@dataclass(frozen=True, kw_only=True)
class _Look:
    """What is asked of each part."""

    wanted: AtRisk
    model: OutcomeModel

    def table(self, place: int) -> pa.Table:
        """The outlook of one part."""
        target = self.model.target
        rows = target.columns(self.wanted.table(place).to_pandas())
        classes = len(self.model.classes)
        p = self.model.probabilities(rows) if len(rows) else np.empty((0, classes))
        told = _TOLD[type(target)](target, rows, p)
        return pa.table({"customer_id": pa.array(rows["customer_id"], pa.string()), **told})


def _progression(target: Progression, rows: pd.DataFrame, p: Floats) -> Columns:
    here = rows[PRESENT].to_numpy(np.int64)
    moves = target.moves(p, here)
    elsewhere = target.destinations(p, here).copy()
    elsewhere[np.arange(len(here)), here] = -1
    likeliest = elsewhere.argmax(axis=1)
    stages = np.array(target.stages, dtype=object)
    told = {
        "stage": stages[here],
        "days_in_stage": rows[DWELL].to_numpy(np.float64),
        **{f"p_{move}": moves[:, place] for place, move in enumerate(MOVES)},
        "next_stage": stages[likeliest],
        "p_next_stage": elsewhere[np.arange(len(here)), likeliest],
    }
    return {name: pa.array(told[name], kind) for name, kind in PROGRESSION.items()}


def _next_step(target: NextStep, rows: pd.DataFrame, p: Floats) -> Columns:
    del rows
    ranks = np.argsort(-p[:, 1:], axis=1, kind="stable")[:, :STEPS_MOST]
    steps = [
        [{"step": target.steps[at], "probability": float(row[at + 1])} for at in few]
        for row, few in zip(p, ranks.tolist(), strict=True)
    ]
    told = {"next_steps": steps, "p_no_step": p[:, 0]}
    return {name: pa.array(told[name], kind) for name, kind in NEXT_STEP.items()}


_TOLD: Mapping[type, Callable[..., Columns]] = {Progression: _progression, NextStep: _next_step}
