"""Tables, files and webhooks at the end of a real delivery: what readers see, once, and cleared."""

import json
import sqlite3
from contextlib import closing, contextmanager
from datetime import timedelta

import numpy as np
import pytest
import sqlalchemy as sa
from nights import a_night, a_run

from serving.delivery.delivering import Deliverer
from serving.delivery.params import DeliveryParams
from serving.destinations import kinds
from serving.destinations.destination import Tools
from serving.destinations.spec import DestinationSpec
from serving.rehearsal.clock import Clock
from serving.rehearsal.server import serving
from serving.rehearsal.webhook import SECRET, WebhookStub
from serving.secret import Secret
from serving.store import Store
from serving.store.tables import suppressions

FIELDS = {"churn": "churn_probability", "band": "risk_band"}
NOTHING = dict.fromkeys(FIELDS)


@contextmanager
def a_table(folder, clock):
    def state():
        with closing(sqlite3.connect(folder / "crm.db")) as connection:
            rows = connection.execute("select customer_key, churn, band from crm").fetchall()
        return {key: {"churn": churn, "band": band} for key, churn, band in rows}

    options = {"table": "crm", "create": True, "rows_a_batch": 4}
    yield options, {"url": "sqlite:///crm.db"}, state


@contextmanager
def a_folder(folder, clock):
    def state():
        place, held = folder / "delivered" / "there", {}
        for one in json.loads((place / "_manifest.json").read_bytes())["files"]:
            for line in (place / one["name"]).read_text().splitlines():
                row = json.loads(line)
                assert row.pop("op") == ("clear" if row["churn"] is None else "set")
                held[row.pop("customer_key")] = row
        return held

    yield {"format": "jsonl", "rows_a_batch": 4}, {}, state


@contextmanager
def a_receiver(folder, clock):
    stub = WebhookStub(now=clock.now)
    with serving(stub.app) as url:
        options = {"url": f"{url}/scores", "rows_a_batch": 4}
        yield options, {"secret": SECRET}, lambda: dict(stub.state)


WAYS = {"sql": a_table, "files": a_folder, "webhook": a_receiver}


class World:
    """A store, and one destination of some kind."""

    def __init__(self, store, clock, folder, spec):
        self.store, self.clock, self.folder, self.spec = store, clock, folder, spec

    def publish(self, night, probabilities):
        run, names = a_run(night), [f"c{n}" for n in range(len(probabilities))]
        said = {"customer_ids": names, "probabilities": np.array(probabilities)}
        scores = a_night(run, len(names), **said)
        self.store.publish(run, scores, published_at=self.clock.now())
        return {
            row.customer_id: {"churn": round(row.churn_probability, 4), "band": row.risk_band}
            for row in scores.itertuples()
        }

    def deliver(self):
        def opened(pacer):
            timing = self.clock.timing
            tools = Tools(pacer=pacer, timing=timing, folder=self.folder, loopback=True)
            return kinds.opened(self.spec, tools)

        params = DeliveryParams(most_cleared_share=1)
        work = Deliverer(store=self.store, params=params, timing=self.clock.timing)
        return work.deliver(self.spec, opened)


@contextmanager
def a_world(kind, folder):
    clock = Clock(a_run(0).as_of + timedelta(hours=8))
    with WAYS[kind](folder, clock) as (options, secrets, state):
        told = {name: Secret(lambda text=text: text) for name, text in secrets.items()}
        spec = DestinationSpec(
            name="there", kind=kind, fields=FIELDS, options=options, secrets=told
        )
        with closing(Store(f"sqlite:///{folder / 'jejak.db'}")) as store:
            yield World(store, clock, folder, spec), state


@pytest.mark.parametrize("kind", WAYS)
def test_a_destination_holds_what_readers_see_and_is_called_for_changes_alone(kind, tmp_path):
    with a_world(kind, tmp_path) as (world, state):
        first = world.publish(0, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
        books = world.deliver()
        assert (books.complete, books.acknowledged, books.calls) == (True, 6, 2)
        assert state() == first
        assert world.deliver().calls == 0
        row = {"customer_id": "c1", "channel": "", "purpose": "", "source": "test"}
        row |= {"starts_at": world.clock.now(), "recorded_at": world.clock.now()}
        world.store.write(lambda connection: connection.execute(sa.insert(suppressions), row))
        world.clock.advance(86_400)
        second = world.publish(1, [0.1, 0.25, 0.3, 0.9])
        books = world.deliver()
        assert books.complete
        assert state() == second | {"c1": NOTHING, "c4": NOTHING, "c5": NOTHING}
        assert (books.unchanged, books.acknowledged) == (2, 4)
