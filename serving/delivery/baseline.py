"""What a destination holds, as far as it has said so: the baseline of what is changed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from serving.delivery.lines import Line
from serving.store.outbox_tables import acknowledged

VALUES_A_QUERY = 5_000


def doubt(connection: Connection, destination: str, lines: Sequence[Line]) -> list[Line]:
    """Until the answer is there, what lies under these keys is not known; what was known before.

    Meanwhile a key is that of the customer who was sent under it last.
    """
    c = acknowledged.c
    there = _known(connection, destination, [one.row.key for one in lines])
    named = sa.update(acknowledged).where(c.destination == destination, c.key == sa.bindparam("at"))
    old = [{"at": one.row.key, "who": one.customer_id} for one in lines if one.row.key in there]
    if old:
        whose = named.values(unsure=True, customer_id=sa.bindparam("who"))
        connection.execute(whose, old)
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
    return [
        replace(one, before=there.get(one.row.key, "")) if one.before is None else one
        for one in lines
    ]


def suspect(connection: Connection, destination: str, keys: Sequence[str]) -> None:
    """What was acknowledged under these keys may have been overwritten; whose they are stays."""
    c = acknowledged.c
    named = sa.update(acknowledged).where(c.destination == destination, c.key == sa.bindparam("at"))
    connection.execute(named.values(unsure=True), [{"at": key} for key in keys])


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


def settle(connection: Connection, destination: str, lines: Sequence[Line]) -> None:
    """Nothing of what was sent was taken: what was known to lie there lies there still."""
    c = acknowledged.c
    named = [c.destination == destination, c.key == sa.bindparam("at")]
    held = [{"at": one.row.key, "who": one.before} for one in lines if one.before]
    fresh = [{"at": one.row.key} for one in lines if one.before == ""]
    if held:
        known = {"unsure": False, "customer_id": sa.bindparam("who")}
        connection.execute(sa.update(acknowledged).where(*named).values(known), held)
    if fresh:
        connection.execute(sa.delete(acknowledged).where(*named), fresh)


def _known(connection: Connection, destination: str, keys: Sequence[str]) -> dict[str, str | None]:
    """Whose score lies under those of some keys that are known; None where that is in doubt."""
    c = acknowledged.c
    found = sa.select(c.key, c.customer_id, c.unsure).where(c.destination == destination)
    known: dict[str, str | None] = {}
    for start in range(0, len(keys), VALUES_A_QUERY):
        some = found.where(c.key.in_(keys[start : start + VALUES_A_QUERY]))
        known |= {
            row.key: None if row.unsure else row.customer_id for row in connection.execute(some)
        }
    return known


def among(
    connection: Connection, found: sa.Select[Any], column: sa.Column[str], values: Sequence[str]
) -> set[str]:
    """Which of some values a query finds, asked for some thousand at a time."""
    there: set[str] = set()
    for start in range(0, len(values), VALUES_A_QUERY):
        some = values[start : start + VALUES_A_QUERY]
        there.update(connection.scalars(found.where(column.in_(some))))
    return there
