"""What a run changes at a destination, against what that destination last acknowledged."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from serving.destinations.destination import Op
from serving.destinations.fields.cells import known
from serving.destinations.fields.mapping import payloads
from serving.destinations.spec import DestinationSpec
from serving.scores import SCORES
from serving.store.database import Database
from serving.store.outbox_tables import acknowledged
from serving.store.tables import scores_table

ERASED = "erased:"
"""Stands before the mark of an erased customer, where their id stood until the clear is done."""

ROWS_A_CHUNK = 20_000
KEY_TWICE = "DUPLICATE_KEY"


class Held(NamedTuple):
    """What a destination holds under a key, as far as it has acknowledged."""

    customer_id: str
    op: str
    hash: str
    unsure: bool


class Change(NamedTuple):
    """A row to be sent; with a fault it is refused here, before anybody is asked."""

    customer_id: str
    key: str
    op: Op
    payload: str
    hash: str
    fault: str = ""


@dataclass
class Difference:
    """What a run changes, chunk after chunk, and what was seen on the way.

    `moved` are keys that another customer holds now though nothing is to be sent: after a merge.
    """

    zone: str = "UTC"
    scored: int = 0
    unchanged: int = 0
    moved: dict[str, str] = field(default_factory=dict[str, str])
    _keys: dict[str, str] = field(default_factory=dict[str, str])

    def changes(
        self, rows: pd.DataFrame, spec: DestinationSpec, held: Mapping[str, Held]
    ) -> list[Change]:
        """The rows of one chunk of scores that differ from what is held."""
        told = payloads(rows, spec, zone=self.zone)
        self.scored += len(told)
        changed: list[Change] = []
        for customer, key, payload, digest, fault in told.itertuples(index=False, name=None):
            problem = fault or self._twice(customer, key)
            if problem:
                changed.append(Change(customer, key or "", "set", "", "", problem))
            elif self._differs(customer, held.get(key), key, digest):
                changed.append(Change(customer, key, "set", payload, digest))
            else:
                self.unchanged += 1
        return changed

    def to_clear(
        self, held: Mapping[str, Held], barred: Collection[str], *, keeps: bool
    ) -> dict[str, str]:
        """The customer of each key that is to be cleared: who is barred, and who is not scored.

        `keeps` tells that whoever is not scored stays. A key is that of whom the run names by it.
        """
        whose = {
            key: self._keys.get(key, one.customer_id)
            for key, one in held.items()
            if is_delivered(one)
        }
        return {
            key: who
            for key, who in whose.items()
            if who in barred or who.startswith(ERASED) or not (keeps or key in self._keys)
        }

    def _twice(self, customer: str, key: str) -> str:
        """The first customer of a key keeps it, in the order of their ids."""
        return KEY_TWICE if self._keys.setdefault(key, customer) != customer else ""

    def _differs(self, customer: str, one: Held | None, key: str, digest: str) -> bool:
        if one is None or one.unsure or one.hash != digest:
            return True
        if one.customer_id != customer:
            self.moved[key] = customer
        return False


def is_delivered(one: Held) -> bool:
    """Whether a score lies there, or may."""
    return one.op == "set" or one.unsure


def chunks(store: Database, run_id: str, spec: DestinationSpec) -> Iterator[pd.DataFrame]:
    """The scores of a run, some thousand customers at a time, in the order of their ids."""
    wanted = needed(spec)
    columns = [scores_table.c[name] for name in wanted]
    after = ""
    while True:
        some = (
            sa.select(*columns)
            .where(scores_table.c.run_id == run_id, scores_table.c.customer_id > after)
            .order_by(scores_table.c.customer_id)
            .limit(ROWS_A_CHUNK)
        )
        rows = store.read(lambda connection, some=some: connection.execute(some).all())
        if not rows:
            return
        frame = pd.DataFrame(rows, columns=wanted)
        yield frame.astype({name: SCORES.schema[name] for name in wanted})
        after = rows[-1].customer_id


def needed(spec: DestinationSpec) -> list[str]:
    """The columns of a score that a destination's fields are taken from."""
    views = [known(name) for name in (spec.key, *spec.fields.values())]
    return list(dict.fromkeys(["customer_id", *(one.column for one in views)]))


def held_by(connection: Connection, destination: str) -> dict[str, Held]:
    """What a destination holds, by key there."""
    c = acknowledged.c
    rows = connection.execute(
        sa.select(c.key, c.customer_id, c.op, c.hash, c.unsure).where(c.destination == destination)
    )
    return {row.key: Held(row.customer_id, row.op, row.hash, row.unsure) for row in rows}
