"""The log of the store: who was drawn into which arm, and what those treated were given first."""

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from serving.scores import INSTANT
from serving.store.frames import frame, gathered
from serving.store.given import ACTED, acted
from serving.store.tables import enrolments, runs

DRAWS = {
    "customer_id": "str",
    "experiment": "str",
    "assigned_at": INSTANT,
    "arm": "str",
    "probability": "float64",
    "stratum": "str",
    "run_id": "str",
}
"""The columns of draws, and their types."""

LOG = {**DRAWS, "action": "str", "channel": "str"}
"""Those of the log."""

GIVEN = {"experiment": "str", **ACTED}

PUBLISHED = {"run_id": "str", "published_at": INSTANT}


def enrolled(connection: Connection, experiment: str | None = None) -> pd.DataFrame:
    """Everyone who was drawn, by experiment, instant and customer; the columns of `LOG`.

    Beside `draws` the `action` and `channel` of the first play that the customer was given from
    then on, empty for none, as for all who are held out.
    """
    keys, drawn = ["experiment", "customer_id"], draws(connection, experiment)
    first = plays_given(connection, drawn).drop_duplicates(keys)
    return drawn.merge(first[[*keys, "action", "channel"]], on=keys, how="left")


def draws(connection: Connection, experiment: str | None = None) -> pd.DataFrame:
    """Everyone who was drawn, by experiment, instant and customer; the columns of `DRAWS`.

    `assigned_at` is the cutoff of the run that enrolled the customer, `probability` that of the
    arm that was drawn, `stratum` the risk band.
    """
    drawn = enrolments.c
    keys = {
        "experiment": drawn.experiment,
        "assigned_at": drawn.enrolled_at,
        "arm": drawn.arm,
        "probability": drawn.probability,
        "stratum": drawn.stratum,
        "run_id": drawn.run_id,
    }
    chosen = () if experiment is None else (drawn.experiment == experiment,)
    found = gathered(connection, drawn.customer_id, keys, DRAWS, *chosen)
    return found.sort_values(["experiment", "assigned_at", "customer_id"], ignore_index=True)


def plays_given(connection: Connection, drawn: pd.DataFrame) -> pd.DataFrame:
    """Every play given to those of some `draws`, from then on, each customer's in their order.

    Columns experiment, customer_id, action, channel, as_of and run_id. Of a night that was scored
    more than once the play of the run that was published last counts.
    """
    since = drawn[["experiment", "customer_id", "assigned_at"]]
    found = acted(connection).merge(since, on="customer_id")
    found = found.loc[found["as_of"] >= found["assigned_at"]]
    published = frame(connection, sa.select(runs.c.run_id, runs.c.published_at), PUBLISHED)
    ordered = found.merge(published, on="run_id", how="left").sort_values(
        ["customer_id", "as_of", "published_at", "run_id"]
    )
    night = ["experiment", "customer_id", "as_of"]
    return ordered.drop_duplicates(night, keep="last", ignore_index=True)[[*GIVEN]]
