"""A delivery to HubSpot, from the store to the account's records."""

import pytest
from calls import place
from nights import a_night, a_run
from portals import KEY, a_spec, an_account

from serving.delivery.delivering import Deliverer
from serving.delivery.params import DeliveryParams
from serving.destinations.destination import Tools
from serving.destinations.hubspot import destination as hubspot
from serving.destinations.hubspot.destination import written
from serving.rehearsal.clock import Clock
from serving.rehearsal.faults import Fault, answered, dropped, html, malformed
from serving.rehearsal.window import Window
from serving.store import Store

pytestmark = pytest.mark.slow

FIELDS = {"churn_score": "churn_probability", "risk_band": "risk_band"}


@pytest.fixture(scope="module")
def here():
    with place() as found:
        yield found


@pytest.fixture
def world(here, tmp_path):
    made = World(here, tmp_path)
    yield made
    made.store.close()


class World:
    """A store with a published night, and an account."""

    def __init__(self, here, folder):
        self.clock = Clock(a_run(0).as_of)
        self.stub = here.stub = an_account(self.clock)
        self.spec = a_spec(here.url, fields=FIELDS)
        self.folder = folder
        self.store = Store(f"sqlite:///{folder / 'jejak.db'}")

    def publish(self, customers):
        scores = a_night(a_run(0), customers)
        self.store.publish(a_run(0), scores, published_at=self.clock.now())
        return {
            one.customer_id: {
                KEY: one.customer_id,
                "churn_score": written(round(one.churn_probability, 4)),
                "risk_band": one.risk_band,
            }
            for one in scores.itertuples()
        }

    def deliver(self):
        def opened(pacer):
            tools = Tools(pacer=pacer, timing=self.clock.timing, folder=self.folder, loopback=True)
            return hubspot.opened(self.spec, tools)

        work = Deliverer(store=self.store, params=DeliveryParams(), timing=self.clock.timing)
        return work.deliver(self.spec, opened)


@pytest.mark.parametrize(("spoilt", "calls"), [([41], 15), ([0, 99], 25)])
def test_a_bad_row_costs_few_calls_and_stops_nobody(world, spoilt, calls):
    expected = world.publish(100)
    bad = {sorted(expected)[place] for place in spoilt}
    world.stub.portal.conflicts = bad
    books = world.deliver()
    assert world.stub.portal.by(KEY) == {k: v for k, v in expected.items() if k not in bad}
    assert (books.acknowledged, books.rejected) == (100 - len(bad), len(bad))
    assert len(world.stub.journal.calls()) <= calls


def test_whatever_goes_wrong_the_account_holds_the_night_and_the_limit_is_kept(world):
    expected = world.publish(720)
    world.stub.window = Window(4, 10, world.clock.now)
    wrong = [
        dropped(),
        answered(503, commits=True),
        html(429),
        malformed(),
        Fault(cut_after=30),
        answered(423),
        dropped(commits=False),
        answered(401),
    ]
    for place_, fault in enumerate(wrong):
        world.stub.faults.on(2 * place_ + 1, fault)
    assert world.deliver().complete
    assert world.stub.portal.by(KEY) == expected
    assert len(world.stub.portal.records) == 720
    assert world.stub.window.highest <= 4
    made = len(world.stub.journal.calls())
    assert made == 8 + len(wrong)
    assert world.deliver().complete
    assert len(world.stub.journal.calls()) == made


def test_when_the_day_is_used_up_the_rest_waits_for_the_next(world):
    expected = world.publish(250)
    world.stub.calls_a_day = 2
    books = world.deliver()
    assert (books.acknowledged, books.pending, books.complete) == (200, 50, False)
    made = len(world.stub.journal.calls())
    assert not world.deliver().complete
    assert len(world.stub.journal.calls()) == made
    world.clock.advance(86_400)
    assert world.deliver().complete
    assert world.stub.portal.by(KEY) == expected
