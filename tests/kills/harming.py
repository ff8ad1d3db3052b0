"""Deliveries through a network that harms one call: each row has one outcome, and lies there."""

import logging
import tempfile
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from calls import Place
from kills.accounts import HELD, NAMES, a_spec, an_account
from kills.clock import SharedClock
from kills.invariants import plain
from kills.proxy import RESET, SWALLOWED, UNHEARD, Harm, Proxy
from nights import a_night, a_run

from serving.delivery.delivering import Deliverer
from serving.delivery.params import DeliveryParams
from serving.destinations import kinds
from serving.destinations.calls.http import Http, Limits
from serving.destinations.destination import Tools
from serving.rehearsal.server import serving
from serving.store import Store
from serving.store.outbox_tables import outbox

CUSTOMERS = 8
ROWS_A_BATCH = 4
SHORT = Limits(connect_seconds=2, read_seconds=0.3, write_seconds=2, total_seconds=0.6)
HARMS = {
    "delayed": Harm(wait_seconds=0.05),
    "reset": RESET,
    "question cut": Harm(asked_bytes=150),
    "unheard": UNHEARD,
    "answer cut": Harm(answer_bytes=40),
    "swallowed": SWALLOWED,
    "dripping": Harm(seconds_a_byte=0.02),
}


def run(harms=tuple(HARMS), vendors=tuple(NAMES)) -> dict[str, object]:
    """How many calls were harmed, and what was broken, in words.

    Each call of a delivery is harmed in turn, in each way, until one is reached that it does not
    make. Calls are given up after a short time here.
    """
    begin = Http.__init__
    Http.__init__ = lambda *said, **told: begin(*said, **told | {"limits": SHORT})
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # of answers that drip into nothing
    told = {"harmed_calls": 0, "broken": []}
    for kind in vendors:
        folder = tempfile.TemporaryDirectory(prefix="jejak-harm-")
        with folder as place, Vendor(kind, Path(place)) as vendor:
            vendor.night("unharmed", 0, told)
            for harm in harms:
                number = 1
                while vendor.night(harm, number, told):
                    number += 1
    return told


class Vendor:
    """An account behind a proxy, and nights that are delivered to it."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind, self.folder, self.clock = kind, folder, SharedClock()
        self.at = -1

    def __enter__(self):
        here = Place()
        self.stub = here.stub = an_account(self.kind, self.clock)
        self.server = serving(here)
        self.proxy = Proxy(int(self.server.__enter__().rpartition(":")[2])).__enter__()
        self.spec = a_spec(self.kind, f"http://127.0.0.1:{self.proxy.port}")
        self.store = Store(f"sqlite:///{self.folder / 'jejak.db'}")
        return self

    def __exit__(self, *told):
        self.store.close()
        self.proxy.__exit__(*told)
        self.server.__exit__(*told)

    def night(self, harm: str, number: int, told: dict) -> bool:
        """Whether the night made a call of that number, which was harmed."""
        self.at += 1
        run = a_run(self.at)
        self.clock.reach(run.as_of)
        chances = np.linspace(0.05, 0.9, CUSTOMERS) + self.at % 100 / 1000
        scores = a_night(run, CUSTOMERS, probabilities=chances)
        self.store.publish(run, scores, published_at=self.clock.now())
        self.proxy.planned.clear()
        if number:
            self.proxy.on(number, HARMS[harm])
        books = self._deliver()
        was_harmed = bool(number) and not self.proxy.planned
        told["harmed_calls"] += was_harmed
        where = f"{self.kind}, call {number} {harm}"
        told["broken"] += [f"{where}: {one}" for one in self._broken(books, scores)]
        return was_harmed

    def _deliver(self):
        def opened(pacer):
            tools = Tools(pacer=pacer, timing=self.clock.timing, folder=self.folder, loopback=True)
            destination = kinds.opened(self.spec, tools)
            destination.rows_a_batch = ROWS_A_BATCH
            return destination

        work = Deliverer(store=self.store, params=DeliveryParams(), timing=self.clock.timing)
        return work.deliver(self.spec, opened)

    def _broken(self, books, scores):
        if not books.complete or books.acknowledged != CUSTOMERS:
            yield f"the books say {books.facts()}"
        held = plain(HELD[self.kind](self.stub), self.spec.fields)
        right = {row.customer_id: round(row.churn_probability, 4) for row in scores.itertuples()}
        if {who: row.get("churn_probability") for who, row in held.items()} != right:
            yield "what lies there is not what was published"
        count = sa.select(sa.func.count()).where(
            outbox.c.run_id == books.run_id, outbox.c.state == "acknowledged"
        )
        if self.store.read(lambda connection: connection.scalar(count)) != CUSTOMERS:
            yield "a row has no outcome, or another one"
        records = len(self.stub.portal.records) if self.kind == "hubspot" else CUSTOMERS
        if records != CUSTOMERS:
            yield f"{records} records for {CUSTOMERS} customers"
