"""The log of the store: who was drawn into which arm, and what those treated were given first."""

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from serving.scores import INSTANT
from serving.store.tables import actions, enrolments, runs

LOG = {
    "customer_id": "str",
    "experiment": "str",
    "assigned_at": INSTANT,
    "arm": "str",
    "probability": "float64",
    "stratum": "str",
    "run_id": "str",
    "action": "str",
    "channel": "str",
}
"""The columns of the log, and their types."""

GIVEN = {
    "experiment": "str",
    "customer_id": "str",
    "action": "str",
    "channel": "str",
    "as_of": INSTANT,
    "run_id": "str",
}


def enrolled(connection: Connection, experiment: str | None = None) -> pd.DataFrame:
    """Everyone who was drawn, by experiment, instant and customer; the columns of `LOG`.

    `assigned_at` is the cutoff of the run that enrolled the customer, `probability` that of the
    arm that was drawn, `stratum` the risk band. `action` and `channel` are those of the first play
    that the customer was given from then on, empty for none, as for all who are held out.
    """
    drawn = enrolments.c
    told = sa.select(
        drawn.customer_id,
        drawn.experiment,
        drawn.enrolled_at,
        drawn.arm,
        drawn.probability,
        drawn.stratum,
        drawn.run_id,
    )
    if experiment is not None:
        told = told.where(drawn.experiment == experiment)
    names = [*LOG][:-2]
    rows = [tuple(row) for row in connection.execute(told)]
    found = pd.DataFrame(rows, columns=names).astype({name: LOG[name] for name in names})
    keys = ["experiment", "customer_id"]
    first = plays_given(connection, experiment).drop_duplicates(keys)
    with_plays = found.merge(first[[*keys, "action", "channel"]], on=keys, how="left")
    return with_plays.sort_values(["experiment", "assigned_at", "customer_id"], ignore_index=True)


def plays_given(connection: Connection, experiment: str | None = None) -> pd.DataFrame:
    """Every play given to somebody enrolled, from then on, each customer's in their order.

    Columns experiment, customer_id, action, channel, as_of and run_id. Of a night that was scored
    more than once the play of the run that was published last counts.
    """
    drawn, given = enrolments.c, actions.c
    # Instants are compared here: an index on them would tempt a database to join by it.
    told = sa.select(
        drawn.experiment,
        given.customer_id,
        given.action,
        given.channel,
        given.as_of,
        given.run_id,
        drawn.enrolled_at,
        runs.c.published_at,
    ).join_from(actions, enrolments, given.customer_id == drawn.customer_id)
    told = told.outerjoin(runs, runs.c.run_id == given.run_id)
    if experiment is not None:
        told = told.where(drawn.experiment == experiment)
    rows = [tuple(row) for row in connection.execute(told)]
    found = pd.DataFrame(rows, columns=[*GIVEN, "enrolled_at", "published_at"])
    found = found.astype({**GIVEN, "enrolled_at": INSTANT, "published_at": INSTANT})
    since = found.loc[found["as_of"] >= found["enrolled_at"]]
    ordered = since.sort_values(["customer_id", "as_of", "published_at", "run_id"])
    night = ["experiment", "customer_id", "as_of"]
    return ordered.drop_duplicates(night, keep="last", ignore_index=True)[[*GIVEN]]
