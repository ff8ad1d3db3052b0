"""A delivery rehearsed: what is published brought to what stands in for a destination."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from serving.delivery.books import Books
from serving.delivery.delivering import Deliverer
from serving.destinations import kinds
from serving.destinations.destination import Destination, Pacer, Tools
from serving.destinations.spec import DestinationSpec
from serving.rehearsal.clock import Clock
from serving.rehearsal.server import serving
from serving.rehearsal.standing_in import StandIn, stand_in
from serving.store.database import Database
from serving.store.outbox_tables import rejects

SAMPLES = 3


class Refused(NamedTuple):
    """Why rows were refused: the code and words about one of them, and how many they are."""

    code: str
    message: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """What came of it: the books, what lies there now, the calls by method, path and status.

    `samples` are a few of the customers that it `holds`, by their keys. `seconds` is how long the
    delivery would have waited for the vendor's limits and pauses.
    """

    kind: str
    books: Books
    holds: int
    samples: Mapping[str, Mapping[str, Any]]
    refused: Sequence[Refused]
    calls: Mapping[str, int]
    rows: int
    seconds: float

    def facts(self) -> dict[str, Any]:
        """Books and counts; no customer."""
        return {
            **self.books.facts(),
            "kind": self.kind,
            "holds": self.holds,
            "refused": {one.code: one.rows for one in self.refused},
            "rows_received": self.rows,
            "calls_received": dict(self.calls),
            "seconds_waited": self.seconds,
        }


def rehearse(work: Deliverer, spec: DestinationSpec, folder: Path) -> Rehearsal:
    """Deliver what a store publishes to what stands in for a destination, which begins empty.

    The deliverer's store is the rehearsal's own, see `scratch_store`; whatever is written lies in
    `folder`. Its clock goes on by itself while it waits, so nobody does.
    """
    now = work.timing.now()
    clock = Clock(now)
    stand = stand_in(spec, clock.now, folder)
    books = _deliver(replace(work, timing=clock.timing), spec, stand, clock, folder)
    held = stand.held()
    few = sorted(held)[:SAMPLES]
    journal = stand.stub and stand.stub.journal
    calls = journal.calls() if journal else []
    return Rehearsal(
        kind=spec.kind,
        books=books,
        holds=len(held),
        samples={key: {name: held[key].get(name) for name in spec.fields} for key in few},
        refused=_refused(work.store, spec.name),
        calls=Counter(f"{one.method} {one.path} {one.status}" for one in calls),
        rows=len(journal.rows()) if journal else books.acknowledged,
        seconds=(clock.now() - now).total_seconds(),
    )


def _deliver(
    work: Deliverer, spec: DestinationSpec, stand: StandIn, clock: Clock, folder: Path
) -> Books:
    with serving(stand.stub.app) if stand.stub else nullcontext("") as url:
        moved = stand.at(url)

        def opened(pacer: Pacer) -> Destination:
            tools = Tools(pacer=pacer, timing=clock.timing, folder=folder, loopback=True)
            return kinds.opened(moved, tools)

        return work.deliver(spec, opened)


def _refused(own: Database, name: str) -> list[Refused]:
    """Rows that were refused, by their code; the most frequent first."""
    c = rejects.c
    told = sa.select(c.code, sa.func.min(c.message), sa.func.count()).group_by(c.code)
    told = told.where(c.destination == name).order_by(sa.func.count().desc(), c.code)
    return [Refused(*row) for row in own.read(lambda opened: opened.execute(told).all())]
