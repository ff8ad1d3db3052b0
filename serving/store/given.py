"""What customers were given to be kept: every action of every night."""

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from serving.scores import INSTANT
from serving.store.tables import actions

GIVEN = {"customer_id": "str", "assigned_at": INSTANT}
"""The columns, and their types."""


def given(connection: Connection) -> pd.DataFrame:
    """Who was given an action as of which cutoff, in whatever run; the columns of `GIVEN`."""
    told = sa.select(actions.c.customer_id, actions.c.as_of).distinct()
    rows = connection.execute(told).all()
    found = pd.DataFrame([tuple(row) for row in rows], columns=[*GIVEN]).astype(GIVEN)
    return found.sort_values([*GIVEN], ignore_index=True)
