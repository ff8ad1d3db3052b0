"""A delivery to Salesforce, from the store to the org's records, whatever becomes of its jobs."""

from collections import Counter

import pytest
import sqlalchemy as sa
from nights import a_night, a_run
from orgs import World, a_spec, served

from serving.delivery.delivering import Deliverer
from serving.delivery.params import DeliveryParams
from serving.destinations.destination import Tools
from serving.destinations.salesforce import destination as salesforce
from serving.rehearsal.clock import Clock
from serving.rehearsal.faults import dropped
from serving.rehearsal.salesforce_org import ENDED
from serving.store import Store
from serving.store.tables import suppressions

CLEARED = {"Churn_Score__c": "#N/A"}
LOCKED = "UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record:--"


@pytest.fixture(scope="module")
def here():
    with served() as place:
        yield place


@pytest.fixture
def night(here, tmp_path):
    made = Night(here, tmp_path)
    yield made
    made.store.close()


class Night:
    """A store with published nights, and an org."""

    def __init__(self, here, folder):
        self.world = World(here, Clock(a_run(0).as_of))
        self.org, self.clock = self.world.org, self.world.clock
        self.folder = folder
        self.store = Store(f"sqlite:///{folder / 'jejak.db'}")

    def publish(self, number=0, customers=6, **changed):
        run = a_run(number)
        scores = a_night(run, customers, **changed)
        self.store.publish(run, scores, published_at=self.clock.now())
        return {
            one.customer_id: {"Churn_Score__c": str(round(one.churn_probability, 4))}
            for one in scores.itertuples()
        }

    def deliver(self, attempts=6):
        spec = a_spec(
            self.world.address, fields=["Churn_Score__c"], poll_seconds=1, wait_seconds=20
        )

        def opened(pacer):
            tools = Tools(pacer=pacer, timing=self.clock.timing, folder=self.folder, loopback=True)
            return salesforce.opened(spec, tools)

        work = Deliverer(
            store=self.store, params=DeliveryParams(attempts=attempts), timing=self.clock.timing
        )
        return work.deliver(spec, opened)

    def suppress(self, customer):
        now = self.clock.now()
        row = {"customer_id": customer, "channel": "", "purpose": "", "source": "test"}
        row |= {"starts_at": now, "recorded_at": now}
        self.store.write(lambda connection: connection.execute(sa.insert(suppressions), row))

    def written(self):
        """How often each key was written."""
        return Counter(row.key for row in self.world.stub.journal.rows() if row.accepted)


def test_rows_that_a_job_left_out_or_found_locked_go_up_again_alone(night):
    expected = night.publish()
    night.org.fails_after = 4
    night.org.row_errors = {"c1": [LOCKED], "c2": [LOCKED]}
    books = night.deliver()
    assert (books.acknowledged, books.rejected, books.pending) == (6, 0, 0)
    assert night.org.records == expected
    assert night.written() == dict.fromkeys(expected, 1)


def test_a_row_that_is_always_locked_leaves_the_delivery_incomplete(night):
    night.publish()
    night.org.row_errors = {"c1": [LOCKED] * 3}
    books = night.deliver(attempts=3)
    assert (books.acknowledged, books.pending, books.complete) == (5, 1, False)
    assert night.deliver().complete
    assert night.written()["c1"] == 1


def test_a_job_that_hangs_gives_way_to_the_next_night(night):
    night.publish()
    night.org.stuck = True
    assert not night.deliver().complete
    night.org.stuck = False
    night.org.polls_before_end = 50
    expected = night.publish(1, probabilities=[0.5] * 6)
    assert not night.deliver().complete
    night.org.polls_before_end = 3
    assert night.deliver().complete
    assert night.org.records == expected
    assert night.written() == dict.fromkeys(expected, 1)
    assert {*night.world.states()} <= {*ENDED}


@pytest.mark.slow
@pytest.mark.parametrize("commits", [True, False])
@pytest.mark.parametrize("path", ["POST /services/data", "/batches", "PATCH", "successfulResults"])
def test_who_is_suppressed_after_a_lost_call_is_not_there_in_the_end(night, path, commits):
    """Whatever step was lost, and whether or not Salesforce carried it out."""
    expected = night.publish()
    night.world.stub.faults.on(1, dropped(commits=commits), path=path)
    assert not night.deliver(attempts=1).complete
    night.clock.advance(1)
    suppressed_at = night.clock.now()
    night.suppress("c3")
    for _ in range(3):
        books = night.deliver()
    assert (books.complete, books.pending) == (True, 0)
    left = {key: kept for key, kept in night.org.records.items() if kept}
    assert left == {key: kept for key, kept in expected.items() if key != "c3"}
    rows = [row for row in night.world.stub.journal.rows() if row.at >= suppressed_at]
    assert [row for row in rows if row.key == "c3" and row.values != CLEARED] == []
