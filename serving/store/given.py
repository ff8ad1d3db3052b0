"""What customers were given to be kept: every action of every night."""

import pandas as pd
from sqlalchemy.engine import Connection

from serving.scores import INSTANT
from serving.store.frames import gathered
from serving.store.tables import actions

GIVEN = {"customer_id": "str", "assigned_at": INSTANT}
"""The columns, and their types."""

ACTED = {
    "customer_id": "str",
    "action": "str",
    "channel": "str",
    "as_of": INSTANT,
    "run_id": "str",
}


def acted(connection: Connection) -> pd.DataFrame:
    """Every action of every night, in no order; the columns of `ACTED`."""
    told = actions.c
    keys = {name: told[name] for name in [*ACTED][1:]}
    return gathered(connection, told.customer_id, keys, ACTED)


def given(connection: Connection) -> pd.DataFrame:
    """Who was given an action as of which cutoff, in whatever run; the columns of `GIVEN`."""
    told = actions.c
    nights = gathered(connection, told.customer_id, {"assigned_at": told.as_of}, GIVEN)
    return nights.drop_duplicates().sort_values([*GIVEN], ignore_index=True)
