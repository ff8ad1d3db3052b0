"""What the store keeps of those who were drawn: scored how, given what, reached or not."""

import json
from datetime import datetime

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from serving.scores import SCORES
from serving.store.frames import frame
from serving.store.outbox_tables import deliveries, outbox
from serving.store.tables import enrolments, runs, scores_table

THEN = ("risk_band", "churn_probability", "yearly_value", "stage", "reasons")
"""What is kept of the score by which a customer was enrolled."""


def scored_then(connection: Connection, experiment: str, *, reasons: bool = True) -> pd.DataFrame:
    """customer_id and `THEN` of everyone enrolled whose score of that night is still kept.

    Without `reasons`, which take long to read, there are none.
    """
    drawn, told = enrolments.c, scores_table.c
    that_night = sa.and_(told.run_id == drawn.run_id, told.customer_id == drawn.customer_id)
    types = {name: SCORES.schema[name] for name in ("customer_id", *THEN)} | {"reasons": "str"}
    texts = sa.cast(told.reasons, sa.Text) if reasons else sa.literal("[]")
    plain = [told[name] for name in types if name != "reasons"]
    wanted = sa.select(*plain, texts).select_from(enrolments.join(scores_table, that_night))
    found = frame(connection, wanted.where(drawn.experiment == experiment), types)
    return found.assign(reasons=pd.Series([*map(json.loads, found["reasons"])], dtype="object"))


def reached(connection: Connection, experiment: str, until: datetime) -> set[str] | None:
    """Those enrolled whose score a destination acknowledged since, up to an instant.

    None where none was asked by then. A destination is told the score of who is held out, too,
    without an action; a row that clears a score reaches nobody.
    """
    asked = sa.select(sa.func.count()).select_from(deliveries)
    if not connection.scalar(asked.where(deliveries.c.planned_at <= until)):
        return None
    drawn, sent = enrolments.c, outbox.c
    took = sa.exists().where(
        sent.customer_id == drawn.customer_id,
        sent.state == "acknowledged",
        sent.op == "set",
        sent.ended_at >= drawn.enrolled_at,
        sent.ended_at <= until,
    )
    told = sa.select(drawn.customer_id).where(drawn.experiment == experiment, took)
    return set(connection.scalars(told))


def gone_since(connection: Connection, experiment: str, until: datetime, enrolled: int) -> int:
    """How many of those enrolled up to an instant are kept no more, for they were erased."""
    told = sa.select(runs.c.as_of, runs.c.summary).where(runs.c.as_of <= until)
    nights = {
        row.as_of: row.summary.get("enrolled_tonight", 0)
        for row in connection.execute(told.order_by(runs.c.published_at))
        if (row.summary.get("experiment") or {}).get("experiment") == experiment
    }
    return max(0, sum(nights.values()) - enrolled)
