"""The operational store: a run becomes visible in one transaction, or not at all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, NamedTuple

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from features.errors import RunRefused
from serving.scores import Run, check_scores
from serving.store.database import Database
from serving.store.leases import Lease, extend, paused_too_long
from serving.store.rows import read_frame, write_rows
from serving.store.shape import make_current
from serving.store.tables import overrides, published_table, runs, scores_table

PURPOSE = "churn"


class Before(NamedTuple):
    """The run of an earlier night, and its reasons by customer."""

    run_id: str
    reasons: Mapping[str, list[dict[str, str]]]


class Kept(NamedTuple):
    """A run as the store keeps it, without its scores; `rows` is how many it had."""

    run: Run
    rows: int
    published_at: datetime
    summary: dict[str, Any]


class Published(NamedTuple):
    """What readers see: one run and all of its scores."""

    run: Run
    scores: pd.DataFrame
    published_at: datetime
    summary: dict[str, Any]


class Override(NamedTuple):
    """A gate that had failed and was let pass: what it said, by whom and why."""

    code: str
    sentence: str
    accepted_by: str
    why: str
    accepted_at: datetime


class Store(Database):
    """The operational store at a database URL; made on first use."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        try:
            make_current(self)
        except BaseException:
            self.close()
            raise

    def publish(
        self,
        run: Run,
        raw_scores: pd.DataFrame,
        *,
        published_at: datetime,
        summary: Mapping[str, Any] | None = None,
        lease: Lease | None = None,
        also: Sequence[Callable[[Connection], object]] = (),
    ) -> bool:
        """Make a run the one that readers see; whether its rows were new.

        The run that is published is left as it is. Another run of the same cutoff takes its
        place, and it never comes back. `RunRefused`, with nothing changed, when a newer cutoff is
        published or the scores break their contract; `AnotherAtWork` when the lease is over.
        `summary` is JSON and holds no customer. `also` is done in the same transaction, if the
        run is new. Earlier runs are kept.
        """
        scores = check_scores(raw_scores)
        if scores["run_id"].iloc[0] != run.run_id:
            raise RunRefused("the scores are those of another run", where="table scores")
        if lease and lease.lost:
            raise paused_too_long(lease)
        facts = {"published_at": published_at, "rows": len(scores), "summary": summary or {}}

        def publish_whole(connection: Connection) -> bool:
            if not _point(connection, run):
                return False
            connection.execute(sa.insert(runs), {**asdict(run), **facts})
            write_rows(connection, scores)
            for work in also:
                work(connection)
            if lease:
                extend(connection, lease)
            return True

        return self.write(publish_whole)

    def published(self) -> Published | None:
        """The published run with its scores, or None before the first."""
        return self.read(_published)

    def name_of(self, run_id: str) -> str:
        """The name by which a run may be published now: its own, unless others took its place.

        After a rollback the same inputs give scores that readers saw before. They are another run
        then, `RUN.2`: what was delivered of the first is over, and this one is delivered anew.
        """
        return self.read(lambda connection: _name_of(connection, run_id))

    def run(self, run_id: str) -> Kept | None:
        """One run, or None for one that was never published."""
        named = sa.select(runs).where(runs.c.run_id == run_id)
        found = self.read(lambda connection: connection.execute(named).one_or_none())
        return _kept(found) if found else None

    def runs(self) -> list[Kept]:
        """Every run that was ever published, the newest cutoff first."""
        newest = sa.select(runs).order_by(runs.c.as_of.desc(), runs.c.published_at.desc())
        rows = self.read(lambda connection: connection.execute(newest).all())
        return [_kept(row) for row in rows]

    def overrides(self, run_id: str) -> list[Override]:
        """The gates that were let pass for a run."""
        told = sa.select(*(overrides.c[name] for name in Override._fields))
        told = told.where(overrides.c.run_id == run_id).order_by(overrides.c.code)
        rows = self.read(lambda connection: connection.execute(told).all())
        return [Override(*row) for row in rows]

    def reasons_before(self, as_of: datetime) -> Before:
        """What the newest run of an earlier cutoff told of each customer; nothing without one."""
        newest = sa.select(runs.c.run_id).where(runs.c.as_of < as_of)
        newest = newest.order_by(runs.c.as_of.desc(), runs.c.published_at.desc()).limit(1)
        told = sa.select(scores_table.c.customer_id, scores_table.c.reasons)

        def told_then(connection: Connection) -> Before:
            run_id = connection.scalar(newest)
            rows = connection.execute(told.where(scores_table.c.run_id == run_id))
            return Before(
                run_id or "", {row.customer_id: row.reasons for row in rows if row.reasons}
            )

        return self.read(told_then)


def _name_of(connection: Connection, run_id: str) -> str:
    same = sa.or_(runs.c.run_id == run_id, runs.c.run_id.startswith(f"{run_id}.", autoescape=True))
    times = connection.scalar(sa.select(sa.func.count()).where(same)) or 0
    seen = connection.scalar(
        sa.select(published_table.c.run_id).where(published_table.c.purpose == PURPOSE)
    )
    names = [run_id, *(f"{run_id}.{number}" for number in range(2, times + 1))][:times]
    if seen in names:
        return seen
    return f"{run_id}.{times + 1}" if times else run_id


def _kept(row: Row[Any]) -> Kept:
    run = Run(**{one.name: getattr(row, one.name) for one in fields(Run)})
    return Kept(run, row.rows, row.published_at, row.summary)


def _published(connection: Connection) -> Published | None:
    """The run that the pointer names; pointer and scores are of one moment."""
    its_run = sa.and_(
        published_table.c.run_id == runs.c.run_id, published_table.c.purpose == PURPOSE
    )
    found = connection.execute(sa.select(runs).join(published_table, its_run)).one_or_none()
    if found is None:
        return None
    kept = _kept(found)
    of_run = sa.select(scores_table).where(scores_table.c.run_id == kept.run.run_id)
    scores = read_frame(connection.execute(of_run).all())
    return Published(kept.run, scores, kept.published_at, kept.summary)


def _point(connection: Connection, run: Run) -> bool:
    """Whether the pointer had to be moved, which it never is to an older or superseded run.

    It comes first in the transaction: its lock makes others who publish wait for this one.
    """
    pointer = published_table.c
    ours = pointer.purpose == PURPOSE
    found = connection.execute(sa.select(published_table).where(ours).with_for_update()).one()
    if found.run_id == run.run_id:
        return False
    if found.as_of and found.as_of > run.as_of:
        raise RunRefused(
            f"scores as of {found.as_of} are published, newer than {run.as_of}",
            where="table published",
            mend="score as of a later day",
        )
    if connection.scalar(sa.select(runs.c.rows).where(runs.c.run_id == run.run_id)) is not None:
        raise RunRefused(
            f"these scores as of {run.as_of} were published before, and others took their place",
            where="table published",
            mend="score again, which gives them a name of their own",
        )
    connection.execute(
        sa.update(published_table).where(ours).values(run_id=run.run_id, as_of=run.as_of)
    )
    return True
