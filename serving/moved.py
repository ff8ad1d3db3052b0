"""A workspace that is moved: the places that MLflow stores as absolute addresses follow it."""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from features.errors import ModelRefused

ADDRESSES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)
"""Where MLflow 3.17 stores the address of a file."""


def follow(database: Path, experiments: Sequence[str], home: str) -> bool:
    """Make every address below the experiments' stored home one below `home`; whether any was.

    One transaction on MLflow's SQLite file: all addresses are the old ones or all are the new.
    Addresses elsewhere are left alone. `ModelRefused` where the file cannot be read or written.
    """
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(database)))
    try:
        with engine.begin() as connection:
            stored = _stored_home(connection, experiments)
            if stored is None or stored == home:
                return False
            for table, column in ADDRESSES:
                _readdress(connection, table, column, stored, home)
    except OperationalError as error:
        raise ModelRefused(
            f"the workspace was moved, and its models cannot follow: {error.orig}",
            where=str(database),
            mend="make room or let this user write there, then run the command again",
        ) from error
    finally:
        engine.dispose()
    return True


def settle(database: Path, home: str) -> None:
    """Give the experiments of a new database their homes below `home`.

    MLflow put its default experiment below the folder that it was called from.
    """
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(database)))
    experiments = sa.table(
        "experiments", sa.column("experiment_id"), sa.column("artifact_location")
    )
    own = sa.literal(f"{home}/").concat(sa.cast(experiments.c.experiment_id, sa.Text))
    with engine.begin() as connection:
        connection.execute(sa.update(experiments).values(artifact_location=own))
    engine.dispose()


def _stored_home(connection: Connection, names: Sequence[str]) -> str | None:
    """The home that the named experiments have in common, if any of them is there."""
    experiments = sa.table("experiments", sa.column("name"), sa.column("artifact_location"))
    theirs = experiments.c.name.in_(names)
    return connection.scalar(sa.select(experiments.c.artifact_location).where(theirs).limit(1))


def _readdress(connection: Connection, table: str, column: str, old: str, new: str) -> None:
    address = sa.column(column, sa.Text)
    is_below = sa.func.substr(address, 1, len(old) + 1) == f"{old}/"
    moved = sa.literal(new).concat(sa.func.substr(address, len(old) + 1))
    rows = sa.table(table, address)
    connection.execute(
        sa.update(rows).where(sa.or_(address == old, is_below)).values({column: moved})
    )
