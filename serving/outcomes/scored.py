"""What earlier nights said of some customers, once it is known what came."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from serving.scores import INSTANT, Run
from serving.store.tables import scores_table
from serving.watching.records import over

CUSTOMERS_A_QUERY = 5_000


def nights_over(
    connection: Connection, told_until: datetime, *, horizon_days: int, apart_days: int, most: int
) -> list[Run]:
    """The newest runs whose horizon was over at an instant, so far apart that none overlap."""
    chosen = list[Run]()
    for run in over(connection, told_until):
        far = not chosen or run.as_of <= chosen[-1].as_of - timedelta(days=apart_days)
        if far and run.horizon_days == horizon_days and len(chosen) < most:
            chosen.append(run)
    return chosen


def said_of(connection: Connection, run: Run, customers: Sequence[str]) -> pd.DataFrame:
    """customer_id, cutoff and probability of some customers, as far as a run scored them."""
    told = sa.select(scores_table.c.customer_id, scores_table.c.churn_probability)
    told = told.where(scores_table.c.run_id == run.run_id)
    rows = [
        tuple(row)
        for start in range(0, len(customers), CUSTOMERS_A_QUERY)
        for row in connection.execute(
            told.where(scores_table.c.customer_id.in_(customers[start : start + CUSTOMERS_A_QUERY]))
        )
    ]
    found = pd.DataFrame(rows, columns=["customer_id", "probability"])
    kept = found.astype({"customer_id": "str", "probability": "float64"}).dropna()
    return kept.assign(cutoff=pd.Series(run.as_of, index=kept.index, dtype=INSTANT))
