"""A store, a destination and a clock, with one customer whose name is found nowhere else."""

from datetime import timedelta

import sqlalchemy as sa
from nights import a_night, a_run
from recipients import Clock, Recipient

from serving.delivery.delivering import Deliverer
from serving.delivery.params import DeliveryParams
from serving.destinations.spec import DestinationSpec
from serving.erasing import entomb, take_out
from serving.store import Store
from serving.store.tables import metadata

KEY = b"sixteen bytes ok"
WHO = "canary-4711"
SPEC = DestinationSpec(name="crm", kind="hubspot", fields={"churn": "churn_probability"})


class World:
    """A store, a destination and a clock; one of the customers is the canary."""

    def __init__(self, url, folder):
        self.folder = folder
        self.store = Store(url)
        self.clock = Clock()
        self.there = Recipient()

    def publish(self, night=0, *, with_canary=True):
        run = a_run(night)
        scores = a_night(run, 7)
        names = scores["customer_id"].tolist()
        self.clock.instant = max(self.clock.instant, run.as_of + timedelta(hours=8))
        if with_canary:
            scores = scores.assign(customer_id=[WHO, *names[1:]])
            scores["churn_probability"] += night / 1000
        else:
            scores = scores.iloc[1:]
        self.store.publish(run, scores, published_at=self.clock.instant)

    def deliver(self, destination=None):
        params, timing = DeliveryParams(), self.clock.timing
        work = Deliverer(store=self.store, params=params, timing=timing)
        return work.deliver(SPEC, (destination or self.there).opened)

    def bury(self):
        words = [("customer", WHO)]
        self.store.write(lambda connection: entomb(connection, KEY, words, self.clock.instant))

    def erase(self):
        self.bury()
        return take_out(self.store, KEY, [WHO], timing=self.clock.timing)

    def rows(self):
        with self.store.engine.connect() as connection:
            for table in metadata.sorted_tables:
                for row in connection.execute(sa.select(table)):
                    yield table.name, row

    def names(self):
        """The tables that name the canary, but for the key that is to be cleared."""
        return {name for name, row in self.rows() if WHO in str(tuple(row))}

    def bytes(self):
        """What lies in the files of SQLite."""
        return b"".join(path.read_bytes() for path in self.folder.glob("jejak.db*"))
