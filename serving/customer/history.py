"""What the store remembers of one customer: scores, actions, arms, deliveries, objections."""

from dataclasses import fields
from datetime import datetime

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from serving.customer.known import Barred, Drawn, History, Sent
from serving.delivery.delivering import published_run
from serving.scores import SCORES, Run
from serving.store import Store
from serving.store.outbox_tables import acknowledged
from serving.store.tables import actions, enrolments, runs, scores_table, suppressions

RUNS_MOST = 400


def history(store: Store, customer_id: str, cutoff: datetime, now: datetime) -> History:
    """What is kept of a customer as of a cutoff, that one included; objections as they hold now.

    Of runs the last `RUNS_MOST`.
    """
    return store.read(lambda connection: _history(connection, customer_id, cutoff, now))


def _history(connection: Connection, customer_id: str, cutoff: datetime, now: datetime) -> History:
    return History(
        run=_run(connection, cutoff),
        scores=_scores(connection, customer_id, cutoff),
        actions=_actions(connection, customer_id, cutoff),
        arms=_arms(connection, customer_id, cutoff),
        sent=_sent(connection, customer_id, cutoff),
        barred=_barred(connection, customer_id, now),
    )


def _run(connection: Connection, cutoff: datetime) -> Run | None:
    """The run that readers see; of a cutoff before it the last that had been scored."""
    seen = published_run(connection)
    if seen is None or seen.as_of <= cutoff:
        return seen
    of = sa.select(runs).where(runs.c.as_of <= cutoff)
    newest = of.order_by(runs.c.as_of.desc(), runs.c.published_at.desc()).limit(1)
    stored = connection.execute(newest).one_or_none()
    return Run(**{one.name: getattr(stored, one.name) for one in fields(Run)}) if stored else None


def _scores(connection: Connection, customer_id: str, cutoff: datetime) -> pd.DataFrame:
    c = scores_table.c
    of = sa.select(scores_table).where(c.customer_id == customer_id, c.as_of <= cutoff)
    rows = connection.execute(of.order_by(c.as_of.desc()).limit(RUNS_MOST)).all()
    frame = pd.DataFrame(rows, columns=list(SCORES.schema)).astype(SCORES.schema)
    return frame.iloc[::-1].reset_index(drop=True)


def _actions(connection: Connection, customer_id: str, cutoff: datetime) -> pd.DataFrame:
    names, c = ["action", "channel", "as_of"], actions.c
    of = sa.select(*(c[name] for name in names))
    rows = connection.execute(of.where(c.customer_id == customer_id, c.as_of <= cutoff)).all()
    return pd.DataFrame(rows, columns=names).sort_values("as_of", ignore_index=True)


def _arms(connection: Connection, customer_id: str, cutoff: datetime) -> list[Drawn]:
    c = enrolments.c
    own = sa.and_(c.customer_id == customer_id, c.enrolled_at <= cutoff)
    of = sa.select(c.experiment, c.arm, c.enrolled_at).where(own)
    return [Drawn(*row) for row in connection.execute(of.order_by(c.enrolled_at))]


def _sent(connection: Connection, customer_id: str, cutoff: datetime) -> list[Sent]:
    """What destinations hold; what they held before a later run wrote over it nobody knows."""
    c = acknowledged.c
    later = sa.select(runs.c.run_id).where(runs.c.as_of > cutoff)
    of = sa.select(c.destination, c.op, c.run_id, c.acknowledged_at)
    own = of.where(c.customer_id == customer_id, c.run_id.not_in(later))
    return [Sent(*row) for row in connection.execute(own.order_by(c.destination))]


def _barred(connection: Connection, customer_id: str, now: datetime) -> list[Barred]:
    c = suppressions.c
    holds = sa.and_(c.starts_at <= now, sa.or_(c.ends_at.is_(None), c.ends_at > now))
    of = sa.select(c.channel, c.purpose, c.ends_at).where(c.customer_id == customer_id, holds)
    return [Barred(*row) for row in connection.execute(of.distinct().order_by(c.channel))]
