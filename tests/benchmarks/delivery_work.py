"""One part of a delivery of many scores, in a process of its own: laying the night, planning it."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from panel_work import Clock

HOUSE = Path(__file__).resolve().parents[2]
sys.path += [str(HOUSE), str(HOUSE / "tests")]  # in this order: tests/ has a folder `features`

from nights import a_night, a_run

from serving.delivery.delivering import FIRST_PACE
from serving.delivery.outbox import Outbox
from serving.delivery.pace import Pace
from serving.delivery.params import DeliveryParams
from serving.delivery.planning import Planner
from serving.destinations.spec import DestinationSpec
from serving.store import Store
from serving.store.leases import holding
from serving.store.store import PURPOSE
from serving.store.tables import scores_table
from serving.timing import Timing

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
EACH = 1_000


def lay(url: str, customers: int) -> None:
    """A night of so many scores: a thousand published, and each of them as often as need be."""
    store, run = Store(url), a_run()
    store.publish(run, a_night(run, EACH), published_at=run.as_of + timedelta(hours=1))
    columns = [column for column in scores_table.c if column.name != "customer_id"]
    varied = {"churn_probability": scores_table.c.churn_probability + sa.bindparam("by")}
    told = [varied.get(column.name, column) for column in columns]
    name = (scores_table.c.customer_id + "-" + sa.bindparam("suffix", type_=sa.Text)).label("id")
    known = sa.select(name, *told).where(~scores_table.c.customer_id.contains("-"))
    more = sa.insert(scores_table).from_select(
        [scores_table.c.customer_id, *columns], known, include_defaults=False
    )
    for copy in range(1, customers // EACH):
        by = {"suffix": f"{copy:06d}", "by": float(np.sin(copy)) / 100}
        store.write(lambda connection, by=by: connection.execute(more, by))
    store.close()


def plan(url: str) -> int:
    """The plan of everything; how many rows it has."""
    store = Store(url)
    timing = Timing(now=_noon, sleep=_refused, chance=lambda: 0.5)
    with holding(store, "deliver:crm", timing) as lease:
        planner = Planner(
            store=store,
            spec=SPEC,
            params=DeliveryParams(),
            lease=lease,
            timing=timing,
            suppressed=lambda _connection: set(),
        )
        run = a_run()
        planner.plan(run)
        planner.sweep(run)
        outbox = Outbox(
            store=store,
            destination="crm",
            run_id=run.run_id,
            purpose=PURPOSE,
            lease=lease,
            timing=timing,
            suppressed=lambda _connection, _among: set(),
        )
        assert outbox.is_open()
    Pace(timing, calls=FIRST_PACE[0], seconds=FIRST_PACE[1])
    store.close()
    return _count(url)


def _count(url: str) -> int:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        rows = connection.scalar(sa.text("select count(*) from outbox where state = 'planned'"))
    engine.dispose()
    return rows or 0


def _noon() -> datetime:
    return datetime(2026, 11, 21, 12, tzinfo=UTC)


def _refused(seconds: float) -> None:
    raise AssertionError(seconds)


PARTS: dict[str, Callable[..., object]] = {"lay": lay, "plan": plan}

if __name__ == "__main__":
    part, url, *rest = sys.argv[1:]
    clock = Clock()
    done = PARTS[part](url, *map(int, rest))
    print(json.dumps(clock.told() | {"rows": done}))
