"""Rows that wait, written anew where the workspace fills other fields by now."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from serving.delivery.books import OPEN, of_run
from serving.delivery.difference import chunks
from serving.destinations.fields.mapping import cleared, fingerprint, payloads, values_of
from serving.destinations.spec import DestinationSpec
from serving.store.database import Database
from serving.store.outbox_tables import outbox


def reshape(
    store: Database,
    spec: DestinationSpec,
    run_id: str,
    zone: str,
    write: Callable[[Callable[[Connection], None]], object],
) -> None:
    """Give the rows of a run that are open the fields of the spec, if they have others.

    A field that was named wrong may be mended so, and what waits goes there under its new name.
    What was sent without an answer is sent as another batch. A row that cannot be sent any more
    keeps its fields. `write` does its work in one transaction.
    """
    if store.read(lambda connection: _is_otherwise(connection, spec, run_id)):
        sets = dict(_sets(store, spec, run_id, zone))
        write(partial(_reshape, sets=sets, spec=spec, run_id=run_id))


def _is_otherwise(connection: Connection, spec: DestinationSpec, run_id: str) -> bool:
    told = sa.select(outbox.c.payload).where(*_open(spec, run_id)).limit(1)
    payload = connection.scalar(told)
    return payload is not None and [*values_of(payload)] != [*spec.fields]


def _sets(
    store: Database, spec: DestinationSpec, run_id: str, zone: str
) -> Iterator[tuple[str, tuple[str, str]]]:
    """The payload and the hash of each customer who is scored."""
    for scores in chunks(store, run_id, spec):
        told = payloads(scores, spec, zone=zone)
        for customer, _, payload, digest, fault in told.itertuples(index=False, name=None):
            if not fault:
                yield customer, (payload, digest)


def _reshape(
    connection: Connection,
    *,
    sets: Mapping[str, tuple[str, str]],
    spec: DestinationSpec,
    run_id: str,
) -> None:
    c, empty = outbox.c, cleared(spec)
    rows: list[dict[str, str]] = []
    waiting = sa.select(c.run_id, c.customer_id, c.key, c.op).where(*_open(spec, run_id))
    for row in connection.execute(waiting):
        nothing = (empty, fingerprint(spec, row.key, empty))
        payload, digest = sets.get(row.customer_id, ("", "")) if row.op == "set" else nothing
        if payload:
            told = {"of_run": row.run_id, "who": row.customer_id}
            rows.append({**told, "says": payload, "holds": digest})
    named = sa.update(outbox).where(
        c.destination == spec.name,
        c.run_id == sa.bindparam("of_run"),
        c.customer_id == sa.bindparam("who"),
    )
    written = {"payload": sa.bindparam("says"), "hash": sa.bindparam("holds"), "state": "planned"}
    if rows:
        connection.execute(named.values(written), rows)


def _open(spec: DestinationSpec, run_id: str) -> list[sa.ColumnElement[bool]]:
    c = outbox.c
    return [c.destination == spec.name, of_run(outbox, run_id), c.state.in_(OPEN)]
