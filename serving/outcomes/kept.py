"""What the store keeps of those who were drawn: scored how, given what, reached or not."""

from datetime import datetime

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from serving.scores import SCORES
from serving.store.outbox_tables import acknowledged, deliveries
from serving.store.tables import enrolments, runs, scores_table

THEN = ("risk_band", "churn_probability", "yearly_value", "stage", "reasons")
"""What is kept of the score by which a customer was enrolled."""


def scored_then(connection: Connection, experiment: str) -> pd.DataFrame:
    """customer_id and `THEN` of everyone enrolled whose score of that night is still kept."""
    drawn, told = enrolments.c, scores_table.c
    that_night = sa.and_(told.run_id == drawn.run_id, told.customer_id == drawn.customer_id)
    names = ["customer_id", *THEN]
    wanted = sa.select(*(told[name] for name in names)).select_from(
        enrolments.join(scores_table, that_night)
    )
    rows = connection.execute(wanted.where(drawn.experiment == experiment)).all()
    types = {name: SCORES.schema[name] for name in names}
    return pd.DataFrame([tuple(row) for row in rows], columns=names).astype(types)


def reached(connection: Connection, experiment: str) -> set[str] | None:
    """Those enrolled whose score a destination has acknowledged since; None where none was asked.

    A destination is told the score of who is held out, too, without an action.
    """
    if connection.scalar(sa.select(sa.func.count()).select_from(deliveries)) == 0:
        return None
    drawn, told = enrolments.c, acknowledged.c
    wanted = sa.select(drawn.customer_id, told.acknowledged_at, drawn.enrolled_at)
    rows = wanted.join_from(acknowledged, enrolments, told.customer_id == drawn.customer_id)
    return {
        row.customer_id
        for row in connection.execute(rows.where(drawn.experiment == experiment))
        if row.acknowledged_at and row.acknowledged_at >= row.enrolled_at
    }


def gone_since(connection: Connection, experiment: str, until: datetime, enrolled: int) -> int:
    """How many of those enrolled up to an instant are kept no more, for they were erased."""
    told = sa.select(runs.c.as_of, runs.c.summary).where(runs.c.as_of <= until)
    nights = {
        row.as_of: row.summary.get("enrolled_tonight", 0)
        for row in connection.execute(told.order_by(runs.c.published_at))
        if (row.summary.get("experiment") or {}).get("experiment") == experiment
    }
    return max(0, sum(nights.values()) - enrolled)
