"""Which shape the tables of a store have, told in a moment."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from serving.store.database import Database

NEWEST = "0004"
"""The last step of `migrations`, which this jejak reads and writes."""

alembic_version = sa.table("alembic_version", sa.column("version_num", sa.Text))


def make_current(database: Database) -> None:
    """Bring a store, or an empty database, to the newest shape; all of it or nothing.

    `RunRefused` where a later jejak has been, or where the tables cannot be told.
    """
    if database.read(shape_of) == NEWEST:
        return
    from serving.store.migrating import migrate  # noqa: PLC0415  importing Alembic takes 0.2 s

    database.write(migrate)


def shape_of(connection: Connection) -> str | None:
    """The step that a database has reached; None for one that Alembic has never seen."""
    if not sa.inspect(connection).has_table(alembic_version.name):
        return None
    return connection.scalar(sa.select(alembic_version.c.version_num))
