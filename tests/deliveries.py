"""A store, a destination within the process and a clock: a delivery as tests see it."""

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa
from nights import a_night, a_run
from recipients import Clock, Recipient

from serving.delivery.delivering import Deliverer
from serving.delivery.params import DeliveryParams
from serving.destinations.spec import DestinationSpec
from serving.store import Store
from serving.store.tables import scores_table, suppressions

SPEC = DestinationSpec(
    name="crm", kind="hubspot", fields={"churn": "churn_probability", "band": "risk_band"}
)
BY_STAGE = replace(SPEC, key="stage")
"""The key is a column that tests may write anew: keys change, and move from one to another."""

NOTHING = {"churn": None, "band": None}


class World:
    """A store, a destination and a clock."""

    def __init__(self, url):
        self.store = Store(url)
        self.clock = Clock()
        self.there = Recipient()
        self.idle = True

    def publish(self, night=0, customers=10, **changed):
        run = a_run(night)
        if self.idle:
            self.clock.instant = max(self.clock.instant, run.as_of + timedelta(hours=8))
        scores = a_night(run, customers, **changed)
        self.store.publish(run, scores, published_at=self.clock.instant)
        return run, scores

    def name(self, keys):
        """The stages, by which customers are known, of those of the published run."""
        run_id, c = self.store.published().run.run_id, scores_table.c
        named = sa.update(scores_table).where(
            c.run_id == run_id, c.customer_id == sa.bindparam("at")
        )
        rows = [{"at": f"c{number}", "to": key} for number, key in enumerate(keys)]
        self.store.write(
            lambda connection: connection.execute(named.values(stage=sa.bindparam("to")), rows)
        )

    def deliver(self, spec=SPEC, hidden="", **params):
        work = Deliverer(
            store=self.store,
            params=DeliveryParams(**params),
            timing=self.clock.timing,
            hidden=hidden,
        )
        self.idle = False
        try:
            return work.deliver(spec, self.there.opened)
        finally:
            self.idle = True

    def suppress(self, customer):
        row = {
            "customer_id": customer,
            "channel": "",
            "purpose": "",
            "source": "test",
            "starts_at": self.clock.instant,
            "recorded_at": self.clock.instant,
        }
        self.store.write(lambda connection: connection.execute(sa.insert(suppressions), row))


def expected(scores):
    return {
        row.customer_id: {"churn": round(row.churn_probability, 4), "band": row.risk_band}
        for row in scores.itertuples()
    }


def counts(books):
    return {
        name: value for name, value in books.facts().items() if isinstance(value, int) and value
    }
