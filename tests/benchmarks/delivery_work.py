"""One part of a delivery of many scores, in a process of its own: laying the night, planning it."""

import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from runpy import run_path

import numpy as np
import sqlalchemy as sa
from bench_log import HOUSE
from panel_work import Clock

from serving.delivery.books import books_of
from serving.delivery.delivering import Deliverer
from serving.delivery.params import DeliveryParams
from serving.delivery.planning import Planner
from serving.delivery.preview import Unhurried
from serving.destinations import kinds
from serving.destinations.destination import Batch, Destination, Memo, Outcomes, Pacer, Tools
from serving.destinations.spec import DestinationSpec, Kind
from serving.rehearsal.server import serving
from serving.rehearsal.standing_in import stand_in
from serving.rehearsal.window import Window
from serving.store import Store
from serving.store.leases import holding
from serving.store.tables import scores_table
from serving.timing import Timing

NIGHTS = run_path(str(HOUSE / "tests" / "nights.py"))  # tests/ on the path would hide `features`
a_night, a_run = NIGHTS["a_night"], NIGHTS["a_run"]

FIELDS = {
    "churn_score": "churn_probability",
    "risk_band": "risk_band",
    "health": "health",
    "value_at_risk": "value_at_risk",
    "reason": "reason_1",
    "next_action": "action",
    "stage": "stage",
    "next_stage": "next_stage",
}
SPEC = DestinationSpec(name="crm", kind="hubspot", fields=FIELDS)
OPTIONS = {"hubspot": {}, "salesforce": {"instance": "https://ours.my.salesforce.com"}}
EACH = 1_000


def lay(url: str, customers: int) -> dict[str, int]:
    """A night of so many scores: a thousand published, and each of them as often as need be."""
    store, run = Store(url), a_run()
    store.publish(run, a_night(run, EACH), published_at=run.as_of + timedelta(hours=1))
    columns = [column for column in scores_table.c if column.name != "customer_id"]
    varied = {"churn_probability": scores_table.c.churn_probability + sa.bindparam("by")}
    told = [varied.get(column.name, column) for column in columns]
    name = (scores_table.c.customer_id + "-" + sa.bindparam("suffix", type_=sa.Text)).label("id")
    first = [f"c{number}" for number in range(EACH)]
    known = sa.select(name, *told).where(scores_table.c.customer_id.in_(first))
    more = sa.insert(scores_table).from_select(
        [scores_table.c.customer_id, *columns], known, include_defaults=False
    )
    for copy in range(1, customers // EACH):
        by = {"suffix": f"{copy:06d}", "by": float(np.sin(copy)) / 100}
        store.write(lambda connection, by=by: connection.execute(more, by))
    store.close()
    return {"rows": customers}


def plan(url: str) -> dict[str, int]:
    """The plan of everything; how many rows it has."""
    store = Store(url)
    timing = Timing(now=_noon, sleep=_refused, chance=lambda: 0.5)
    with holding(store, "deliver:crm", timing) as lease:
        Planner(
            store=store,
            spec=SPEC,
            params=DeliveryParams(),
            lease=lease,
            timing=timing,
            suppressed=lambda _connection: set(),
        ).plan(a_run())
        books = store.read(lambda connection: books_of(connection, a_run().run_id, "crm"))
    store.close()
    return {"rows": books.pending}


def send(url: str, kind: Kind) -> dict[str, int]:
    """Everything delivered to what stands in for a vendor, without its limits; calls, and jobs."""
    store, folder = Store(url), Path(tempfile.mkdtemp())
    spec = replace(SPEC, name=kind, kind=kind, options=OPTIONS[kind])
    timing = Timing(now=_noon, sleep=_nothing, chance=lambda: 0.5)
    stand = stand_in(spec, timing.now, folder)
    if kind == "hubspot":
        stand.stub.window, stand.stub.calls_a_day = Window(10**9, 10, timing.now), 10**9
    sizes: list[int] = []
    with serving(stand.stub.app) as address:
        moved = stand.at(address)

        def opened(_pacer: Pacer) -> Destination:
            tools = Tools(pacer=Unhurried(), timing=timing, folder=folder, loopback=True)
            return Weighing(kinds.opened(moved, tools), sizes)

        work = Deliverer(store=store, params=DeliveryParams(), timing=timing)
        books = work.deliver(moved, opened)
    store.close()
    held = len(stand.held())
    return {"rows": books.acknowledged, "calls": len(sizes), "held": held, "largest": max(sizes)}


@dataclass
class Weighing:
    """A destination, and how many bytes each of its batches had."""

    inner: Destination
    sizes: list[int]

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)

    def send(self, batch: Batch, memo: Memo) -> Outcomes:
        """What the destination makes of it."""
        self.sizes.append(sum(map(self.inner.weight, batch.rows)))
        return self.inner.send(batch, memo)


def _noon() -> datetime:
    return datetime(2026, 11, 21, 12, tzinfo=UTC)


def _nothing(_seconds: float) -> None:
    """No time passes, so nothing may wait for it."""


def _refused(seconds: float) -> None:
    raise AssertionError(seconds)


PARTS: dict[str, Callable[..., dict[str, int]]] = {"lay": lay, "plan": plan, "send": send}

if __name__ == "__main__":
    part, url, *rest = sys.argv[1:]
    clock = Clock()
    done = PARTS[part](url, *(int(word) if word.isdigit() else word for word in rest))
    print(json.dumps(clock.told() | done))
