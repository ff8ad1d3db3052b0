"""From the shape that a store has to the newest one, in one transaction."""

from pathlib import Path

import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from features.errors import RunRefused
from serving.store.loop_tables import metadata
from serving.store.shape import NEWEST, alembic_version, shape_of
from serving.store.tables import published_table

STEPS = Path(__file__).parent / "migrations"
ADOPTED = 3
"""What a store of the first shape tells of itself in its table `schema_version`."""

_LOCK = 0x6A656A616B
"""The bytes of "jejak": processes that open one database of PostgreSQL at once wait in line."""


def migrate(connection: Connection) -> None:
    """Bring a database to the newest shape; a store from before Alembic is adopted as it is."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    advance(connection, NEWEST)


def advance(connection: Connection, to: str) -> None:
    """Take each step from where a database is up to `to`."""
    steps = ScriptDirectory(STEPS, version_locations=[STEPS])
    context = MigrationContext.configure(connection)
    _refuse_strangers(connection)
    found = shape_of(connection) or _before_alembic(connection)
    _refuse_later(found, steps)
    taken = reversed(list(steps.iterate_revisions(to, found)))
    with Operations.context(context):
        for step in taken:
            step.module.upgrade()
    context.stamp(steps, to)


def _refuse_strangers(connection: Connection) -> None:
    """MLflow too has a table `runs`, and whoever migrates by Alembic one of its name."""
    there = set(sa.inspect(connection).get_table_names())
    taken = there & {alembic_version.name, *metadata.tables}
    if taken and published_table.name not in there:
        raise RunRefused(
            f"another program has tables of that name there: {', '.join(sorted(taken))}",
            where="the database of the store",
            mend="give the store a database of its own; nothing was changed",
        )


def _before_alembic(connection: Connection) -> str | None:
    tables = sa.inspect(connection).get_table_names()
    if "schema_version" not in tables:
        return None
    told = sa.table("schema_version", sa.column("version", sa.Integer))
    version = connection.scalar(sa.select(told.c.version))
    if version != ADOPTED:
        raise _unknown(f"version {version} of its tables")
    return "0001"


def _refuse_later(found: str | None, steps: ScriptDirectory) -> None:
    known = {step.revision for step in steps.walk_revisions()}
    if found is not None and found not in known:
        raise _unknown(f"shape {found}")


def _unknown(what: str) -> RunRefused:
    return RunRefused(
        f"the store has {what}, this jejak knows shapes up to {NEWEST}",
        where=f"table {alembic_version.name}",
        mend="use the jejak that wrote it; nothing was changed",
    )
