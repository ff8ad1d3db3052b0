"""The log of the store: who was drawn into which arm, and what those treated were given first."""

from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from serving.scores import INSTANT
from serving.store.tables import actions, enrolments

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


def enrolled(connection: Connection, experiment: str | None = None) -> pd.DataFrame:
    """Everyone who was drawn, by experiment, instant and customer; the columns of `LOG`.

    `assigned_at` is the cutoff of the run that enrolled the customer, `probability` that of the
    arm that was drawn, `stratum` the risk band. `action` and `channel` are those of the first play
    that the customer was given from then on, empty for none, as for all who are held out.
    """
    drawn, given = enrolments.c, _first_plays().subquery()
    its_play = sa.and_(
        given.c.experiment == drawn.experiment,
        given.c.customer_id == drawn.customer_id,
        given.c.place == 1,
    )
    told = sa.select(
        drawn.customer_id,
        drawn.experiment,
        drawn.enrolled_at.label("assigned_at"),
        drawn.arm,
        drawn.probability,
        drawn.stratum,
        drawn.run_id,
        given.c.action,
        given.c.channel,
    ).select_from(enrolments.outerjoin(given, its_play))
    if experiment is not None:
        told = told.where(drawn.experiment == experiment)
    rows = connection.execute(told).all()
    found = pd.DataFrame([tuple(row) for row in rows], columns=[*LOG]).astype(LOG)
    return found.sort_values(["experiment", "assigned_at", "customer_id"], ignore_index=True)


def _first_plays() -> sa.Select[Any, Any, Any, Any, Any]:
    """The plays of each enrolment in their order, beginning with `place` 1."""
    drawn, given = enrolments.c, actions.c
    place = sa.func.row_number().over(
        partition_by=(drawn.experiment, drawn.customer_id), order_by=(given.as_of, given.run_id)
    )
    from_then_on = sa.and_(given.customer_id == drawn.customer_id, given.as_of >= drawn.enrolled_at)
    return sa.select(
        drawn.experiment, drawn.customer_id, given.action, given.channel, place.label("place")
    ).select_from(enrolments.join(actions, from_then_on))
