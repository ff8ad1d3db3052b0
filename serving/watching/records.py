"""What watching found, kept in the store: one row a watched run, one a run that has matured."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from serving.scores import Run
from serving.store.database import insert_missing
from serving.store.loop_tables import matured, watches
from serving.store.tables import runs


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What was found of a run, as JSON knows it; no customer."""

    run_id: str
    as_of: datetime
    facts: dict[str, Any] = field(default_factory=dict[str, Any])


def plainly(told: Any) -> Any:  # noqa: ANN401
    """Facts as every database takes JSON: a number that is none is null.

    >>> plainly({"auc": float("nan"), "rows": (1, 2)})
    {'auc': None, 'rows': [1, 2]}
    """
    if isinstance(told, Mapping):
        return {str(name): plainly(one) for name, one in told.items()}
    if isinstance(told, list | tuple):
        return [plainly(one) for one in told]
    number = getattr(told, "item", lambda: told)()
    return None if isinstance(number, float) and not math.isfinite(number) else number


def keep_watch(connection: Connection, kept: Kept, watched_at: datetime) -> None:
    """Keep what watching found of a run, in place of what it found before."""
    _keep(connection, watches, kept, {"watched_at": watched_at})


def keep_matured(connection: Connection, kept: Kept, measured_at: datetime) -> None:
    """Keep what came true of a run, in place of what was kept before."""
    _keep(connection, matured, kept, {"measured_at": measured_at})


def watched_before(connection: Connection, until: datetime, *, most: int = 400) -> list[Kept]:
    """What watching found up to a cutoff, that one included, the newest first."""
    told = sa.select(watches.c.run_id, watches.c.as_of, watches.c.facts)
    newest = told.where(watches.c.as_of <= until).order_by(
        watches.c.as_of.desc(), watches.c.watched_at.desc()
    )
    return [_kept(row) for row in connection.execute(newest.limit(most))]


def matured_before(connection: Connection, until: datetime, *, most: int = 400) -> list[Kept]:
    """What was known up to `until` of what came true, the newest run first.

    A look at an earlier day knows nothing of horizons that were over later.
    """
    of_runs = matured.join(runs, runs.c.run_id == matured.c.run_id)
    told = sa.select(matured.c.run_id, matured.c.as_of, matured.c.facts).select_from(of_runs)
    known = told.where(runs.c.expires_at <= until, _is_last_of_its_cutoff())
    newest = known.order_by(matured.c.as_of.desc()).limit(most)
    return [_kept(row) for row in connection.execute(newest)]


def watch_of(connection: Connection, run_id: str) -> Kept | None:
    """What watching found of a run; None where it was not watched."""
    told = sa.select(watches.c.run_id, watches.c.as_of, watches.c.facts)
    told = told.where(watches.c.run_id == run_id)
    row = connection.execute(told).one_or_none()
    return _kept(row) if row else None


def run_to_watch(connection: Connection, cutoff: datetime) -> Run | None:
    """The run that was published last of the newest cutoff that is not after this one."""
    newest = sa.select(runs).where(runs.c.as_of <= cutoff)
    newest = newest.order_by(runs.c.as_of.desc(), runs.c.published_at.desc()).limit(1)
    found = connection.execute(newest).one_or_none()
    return _run(found) if found else None


def run_before(connection: Connection, run: Run) -> Run | None:
    """The run that was published last of the cutoff before that of a run."""
    newest = sa.select(runs).where(runs.c.as_of < run.as_of)
    newest = newest.order_by(runs.c.as_of.desc(), runs.c.published_at.desc()).limit(1)
    found = connection.execute(newest).one_or_none()
    return _run(found) if found else None


def over(connection: Connection, told_until: datetime) -> list[Run]:
    """Runs whose horizon is over at an instant, the newest first.

    Of a night that was scored more than once only the run that was published last.
    """
    ripe = sa.select(runs).where(runs.c.expires_at <= told_until, _is_last_of_its_cutoff())
    return [_run(row) for row in connection.execute(ripe.order_by(runs.c.as_of.desc()))]


def due(connection: Connection, told_until: datetime) -> list[Run]:
    """Runs whose horizon is over at an instant and of which is not kept what came true.

    Of a night that was scored more than once only the run that was published last.
    """
    measured = sa.exists().where(matured.c.run_id == runs.c.run_id)
    is_over = runs.c.expires_at <= told_until
    ripe = sa.select(runs).where(is_over, ~measured, _is_last_of_its_cutoff())
    return [_run(row) for row in connection.execute(ripe.order_by(runs.c.as_of, runs.c.run_id))]


def _keep(connection: Connection, table: sa.Table, kept: Kept, at: Mapping[str, datetime]) -> None:
    """Another may keep the same run at the same time: then the row of either stands."""
    values = {"as_of": kept.as_of, "facts": kept.facts, **at}
    if not insert_missing(connection, table, {"run_id": kept.run_id, **values}):
        connection.execute(sa.update(table).where(table.c.run_id == kept.run_id).values(**values))


def _is_last_of_its_cutoff() -> sa.ColumnElement[bool]:
    """That no other run of the same cutoff was published after this one."""
    other = runs.alias("other")
    is_later = other.c.published_at > runs.c.published_at
    return ~sa.exists().where(other.c.as_of == runs.c.as_of, is_later).correlate(runs)


def _kept(row: Any) -> Kept:  # noqa: ANN401
    return Kept(run_id=row.run_id, as_of=row.as_of, facts=row.facts)


def _run(row: Any) -> Run:  # noqa: ANN401
    return Run(**{one.name: getattr(row, one.name) for one in fields(Run)})
