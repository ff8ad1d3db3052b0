"""A delivery to Dataverse, from the store to the table's rows, by either way."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from environments import COLUMNS, a_spec, an_environment
from nights import a_night, a_run

from serving.delivery.delivering import Deliverer
from serving.delivery.params import DeliveryParams
from serving.destinations.dataverse import destination as dataverse
from serving.destinations.destination import Tools
from serving.rehearsal.clock import Clock
from serving.rehearsal.dataverse_table import Column
from serving.rehearsal.faults import Fault, answered, dropped, html, malformed
from serving.rehearsal.window import Window
from serving.store import Store
from serving.store.tables import suppressions

pytestmark = pytest.mark.slow

WAYS = pytest.mark.parametrize("takes_many", [True, False], ids=["together", "singly"])
FIELDS = {"new_churn": "churn_probability", "new_band": "risk_band"}
BANDS = {"high": "100000001", "medium": "100000000", "low": "100000000"}
ASKED_BEFORE = 2
"""Calls that ask for a token and for what the table takes."""


@pytest.fixture(scope="module")
def server():
    with an_environment() as here:
        yield here


@pytest.fixture
def night(server, tmp_path):
    made = Night(server, tmp_path)
    yield made
    made.store.close()


class Night:
    """A store with a published night, and an environment."""

    def __init__(self, here, folder):
        here.renew()
        here.clock = self.clock = Clock(a_run(0).as_of)
        here.stub.now = self.clock.now
        self.here, self.folder = here, folder
        self.store = Store(f"sqlite:///{folder / 'jejak.db'}")
        self.table, self.stub = here.stub.table, here.stub
        self.spec = replace(
            a_spec(here.url, rows_a_batch=100), fields=FIELDS, words={"new_band": BANDS}
        )

    def publish(self, customers):
        scores = a_night(a_run(0), customers)
        self.store.publish(a_run(0), scores, published_at=self.clock.now())
        return {
            one.customer_id: {
                "new_churn": round(one.churn_probability, 4),
                "new_band": int(BANDS[one.risk_band]),
            }
            for one in scores.itertuples()
        }

    def deliver(self):
        def opened(pacer):
            tools = Tools(pacer=pacer, timing=self.clock.timing, folder=self.folder, loopback=True)
            return dataverse.opened(self.spec, tools)

        work = Deliverer(store=self.store, params=DeliveryParams(), timing=self.clock.timing)
        return work.deliver(self.spec, opened)

    def suppress(self, customer):
        now = self.clock.now()
        row = {"customer_id": customer, "channel": "", "purpose": "", "source": "test"}
        row |= {"starts_at": now, "recorded_at": now}
        self.store.write(lambda connection: connection.execute(sa.insert(suppressions), row))

    def calls(self):
        return len(self.stub.journal.calls())


@pytest.mark.parametrize(
    ("takes_many", "spoilt", "calls"), [(True, [41], 15), (True, [0, 99], 25), (False, [41], 1)]
)
def test_a_bad_row_costs_few_calls_and_stops_nobody(night, takes_many, spoilt, calls):
    expected = night.publish(100)
    night.stub.takes_many = takes_many
    night.table.refused = {sorted(expected)[place] for place in spoilt}
    books = night.deliver()
    assert night.here.rows == {
        key: row for key, row in expected.items() if key not in night.table.refused
    }
    assert (books.acknowledged, books.rejected) == (100 - len(spoilt), len(spoilt))
    assert night.calls() <= calls + ASKED_BEFORE


@WAYS
def test_whatever_goes_wrong_the_table_holds_the_night_and_again_is_silent(night, takes_many):
    expected = night.publish(420)
    night.stub.takes_many = takes_many
    night.stub.requests = Window(4, 10, night.clock.now)
    wrong = [
        dropped(),
        answered(503, commits=True),
        html(429),
        Fault(cut_after=30),
        dropped(commits=False),
        answered(401),
        malformed(),
    ]
    for place, fault in enumerate(wrong):
        night.stub.faults.on(2 * place + 1, fault)
    assert night.deliver().complete
    assert night.here.rows == expected
    assert len(night.table.rows) == 420
    made = night.calls()
    assert night.deliver().complete
    assert night.calls() == made


@WAYS
def test_whoever_is_suppressed_is_cleared(night, takes_many):
    expected = night.publish(6)
    night.stub.takes_many = takes_many
    night.deliver()
    gone = min(expected)
    night.suppress(gone)
    assert night.deliver().complete
    assert night.here.rows[gone] == {"new_churn": None, "new_band": None}
    assert {k: v for k, v in night.here.rows.items() if k != gone} == {
        k: v for k, v in expected.items() if k != gone
    }


def test_a_column_that_was_deleted_is_one_sentence_and_not_a_hundred_rejects(night):
    night.publish(100)
    night.stub.table.columns = {"new_churn": Column(edm="Decimal")}
    books = night.deliver()
    assert (books.acknowledged, books.rejected, books.pending) == (0, 0, 100)
    assert night.calls() == 1 + ASKED_BEFORE
    night.stub.table.columns = COLUMNS
    assert night.deliver().complete
