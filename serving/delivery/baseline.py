"""What a destination holds, as far as it has said so: the baseline of what is changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from serving.delivery.lines import Line
from serving.store.outbox_tables import acknowledged

VALUES_A_QUERY = 5_000


def doubt(connection: Connection, destination: str, lines: Sequence[Line]) -> None:
    """Until the answer is there, what lies under these keys is not known."""
    c = acknowledged.c
    keys = [one.row.key for one in lines]
    known = sa.select(c.key).where(c.destination == destination)
    there = among(connection, known, c.key, keys)
    named = sa.update(acknowledged).where(c.destination == destination, c.key == sa.bindparam("at"))
    old = [{"at": key} for key in keys if key in there]
    if old:
        connection.execute(named.values(unsure=True), old)
    fresh = [
        {
            "destination": destination,
            "key": one.row.key,
            "customer_id": one.customer_id,
            "op": "",
            "hash": "",
            "unsure": True,
            "run_id": one.run_id,
        }
        for one in lines
        if one.row.key not in there
    ]
    if fresh:
        connection.execute(sa.insert(acknowledged), fresh)


def move(connection: Connection, destination: str, lines: Sequence[Line], now: datetime) -> None:
    """The destination acknowledged some rows: what they say lies there."""
    c = acknowledged.c
    named = sa.update(acknowledged).where(c.destination == destination, c.key == sa.bindparam("at"))
    moved = named.values(
        customer_id=sa.bindparam("who"),
        op=sa.bindparam("what"),
        hash=sa.bindparam("holds"),
        run_id=sa.bindparam("by"),
        unsure=False,
        acknowledged_at=now,
    )
    rows = [
        {
            "at": one.row.key,
            "who": one.customer_id,
            "what": one.row.op,
            "holds": one.hash,
            "by": one.run_id,
        }
        for one in lines
    ]
    if rows:
        connection.execute(moved, rows)


def settle(connection: Connection, destination: str, keys: Sequence[str]) -> None:
    """Nothing of what was sent was taken: what lay there before lies there still."""
    c = acknowledged.c
    named = [c.destination == destination, c.key == sa.bindparam("at")]
    rows = [{"at": key} for key in keys]
    connection.execute(sa.update(acknowledged).where(*named).values(unsure=False), rows)
    connection.execute(sa.delete(acknowledged).where(*named, c.op == ""), rows)


def among(
    connection: Connection, found: sa.Select[Any], column: sa.Column[str], values: Sequence[str]
) -> set[str]:
    """Which of some values a query finds, asked for some thousand at a time."""
    there: set[str] = set()
    for start in range(0, len(values), VALUES_A_QUERY):
        some = values[start : start + VALUES_A_QUERY]
        there.update(connection.scalars(found.where(column.in_(some))))
    return there
