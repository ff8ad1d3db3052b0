"""What the store remembers of one customer: scores, actions, arms, deliveries, objections."""

from datetime import datetime

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from serving.customer.known import Barred, Drawn, History, Sent
from serving.delivery.delivering import published_run
from serving.scores import SCORES
from serving.store import Store
from serving.store.outbox_tables import acknowledged
from serving.store.tables import actions, enrolments, scores_table, suppressions

RUNS_MOST = 400


def history(store: Store, customer_id: str, now: datetime) -> History:
    """What is kept of a customer, of the last `RUNS_MOST` runs; objections as they hold now."""
    return store.read(lambda connection: _history(connection, customer_id, now))


def _history(connection: Connection, customer_id: str, now: datetime) -> History:
    return History(
        run=published_run(connection),
        scores=_scores(connection, customer_id),
        actions=_actions(connection, customer_id),
        arms=_arms(connection, customer_id),
        sent=_sent(connection, customer_id),
        barred=_barred(connection, customer_id, now),
    )


def _scores(connection: Connection, customer_id: str) -> pd.DataFrame:
    of = sa.select(scores_table).where(scores_table.c.customer_id == customer_id)
    rows = connection.execute(of.order_by(scores_table.c.as_of.desc()).limit(RUNS_MOST)).all()
    frame = pd.DataFrame(rows, columns=list(SCORES.schema)).astype(SCORES.schema)
    return frame.iloc[::-1].reset_index(drop=True)


def _actions(connection: Connection, customer_id: str) -> pd.DataFrame:
    names = ["action", "channel", "as_of"]
    of = sa.select(*(actions.c[name] for name in names))
    rows = connection.execute(of.where(actions.c.customer_id == customer_id)).all()
    return pd.DataFrame(rows, columns=names).sort_values("as_of", ignore_index=True)


def _arms(connection: Connection, customer_id: str) -> list[Drawn]:
    c = enrolments.c
    of = sa.select(c.experiment, c.arm, c.enrolled_at).where(c.customer_id == customer_id)
    return [Drawn(*row) for row in connection.execute(of.order_by(c.enrolled_at))]


def _sent(connection: Connection, customer_id: str) -> list[Sent]:
    c = acknowledged.c
    of = sa.select(c.destination, c.op, c.run_id, c.acknowledged_at)
    rows = connection.execute(of.where(c.customer_id == customer_id).order_by(c.destination))
    return [Sent(*row) for row in rows]


def _barred(connection: Connection, customer_id: str, now: datetime) -> list[Barred]:
    c = suppressions.c
    holds = sa.and_(c.starts_at <= now, sa.or_(c.ends_at.is_(None), c.ends_at > now))
    of = sa.select(c.channel, c.purpose, c.ends_at).where(c.customer_id == customer_id, holds)
    return [Barred(*row) for row in connection.execute(of.distinct().order_by(c.channel))]
