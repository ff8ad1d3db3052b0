"""Objections that meet a delivery in the middle: afterwards nothing more is told of anybody."""

import threading
import time
from contextlib import closing
from random import Random

import numpy as np
from calls import place
from kills.accounts import NAMES, a_spec, an_account
from kills.clock import SharedClock
from kills.saying import say
from nights import a_night, a_run

from serving.delivery.delivering import Deliverer
from serving.delivery.params import DeliveryParams
from serving.destinations.destination import Tools
from serving.destinations.hubspot import destination as hubspot
from serving.rehearsal.faults import Fault
from serving.rehearsal.window import Window
from serving.store import Store
from serving.suppression import suppress
from serving.timing import Timing

CUSTOMERS = 40
ROWS_A_BATCH = 4
SLOW_SECONDS = 0.004
"""So long is a call on its way: most objections meet one."""

SPEAKERS = 2


def run(url: str, races: int, seed: int) -> dict[str, int]:
    """How many customers objected while a delivery was at work, and how many leaked or stayed.

    `met` counts those of whom something had been sent before. The next night begins
    when every customer of one has objected.
    """
    say(f"races: seed {seed}")
    clock, chance = SharedClock(), Random(seed)
    told = {"races": 0, "leaks": 0, "left": 0, "met": 0}
    with place() as here, closing(Store(url)) as store:
        here.stub = an_account("hubspot", clock)
        here.stub.window = Window(100, 10, clock.now)
        here.stub.faults.always(Fault(wait_seconds=SLOW_SECONDS))
        seconds = Race(here, clock, store, url, 0, seed).undisturbed()
        night = 1
        while told["races"] < races:
            race = Race(here, clock, store, url, night, chance.random())
            seconds = race.run(seconds)
            for name, value in race.told().items():
                told[name] += value
            night += 1
    return told


class Race:
    """One night that is delivered while each of its customers objects."""

    def __init__(self, here, clock, store, url, night, seed):
        self.here, self.clock, self.store, self.url = here, clock, store, url
        self.people = [f"c{night}-{number}" for number in range(CUSTOMERS)]
        self.chance, self.run_ = Random(seed), a_run(night)
        self.held: dict[str, int] = {}
        self.rows_before = len(here.stub.journal.rows())

    def undisturbed(self) -> float:
        """How long a delivery takes when nobody objects, over which objections are spread."""
        self._publish()
        began = time.monotonic()
        assert self._deliver().complete
        return time.monotonic() - began

    def run(self, seconds: float) -> float:
        """Race; how long the delivery took."""
        self._publish()
        self.errors: list[BaseException] = []
        self.begun = threading.Event()
        speakers = [
            threading.Thread(target=self._object, args=(self.people[at::SPEAKERS], seconds))
            for at in range(SPEAKERS)
        ]
        for one in speakers:
            one.start()
        self.begun.set()
        began = time.monotonic()
        self._deliver()
        took = time.monotonic() - began
        for one in speakers:
            one.join()
        assert self._deliver().complete
        assert not self.errors, self.errors
        return took

    def told(self) -> dict[str, int]:
        rows = self.here.stub.journal.rows()
        late = [
            row
            for place, row in enumerate(rows)
            if row.key in self.held and place >= self.held[row.key] and any(row.values.values())
        ]
        sent = {row.key for row in rows[self.rows_before :] if any(row.values.values())}
        state = self.here.stub.portal.by(NAMES["hubspot"][0])
        left = [who for who in self.people if len(state.get(who, {})) > 1]
        return {
            "races": len(self.held),
            "leaks": len({row.key for row in late}),
            "left": len(left),
            "met": len(sent & {*self.people}),
        }

    def _publish(self):
        self.clock.reach(self.run_.as_of)
        chances = np.array([round(self.chance.uniform(0.01, 0.99), 4) for _ in self.people])
        scores = a_night(self.run_, CUSTOMERS, customer_ids=self.people, probabilities=chances)
        self.store.publish(self.run_, scores, published_at=self.clock.now())

    def _object(self, people, seconds):
        """Each at an instant of their own; then the place in the journal from which it holds."""
        moments = sorted((self.chance.uniform(0.2, 1.1) * seconds, who) for who in people)
        real = Timing(now=self.clock.now, sleep=lambda _: time.sleep(0.002), chance=lambda: 0.5)
        with closing(Store(self.url)) as own:
            self.begun.wait()
            began = time.monotonic()
            for moment, who in moments:
                time.sleep(max(0.0, began + moment - time.monotonic()))
                try:
                    suppress(own, who, timing=real)
                except BaseException as error:  # noqa: BLE001  a thread's error must be told
                    self.errors.append(error)
                    return
                self.held[who] = len(self.here.stub.journal.rows())

    def _deliver(self):
        spec = a_spec("hubspot", self.here.url)

        def opened(pacer):
            tools = Tools(pacer=pacer, timing=self.clock.timing, folder=None, loopback=True)
            destination = hubspot.opened(spec, tools)
            destination.rows_a_batch = ROWS_A_BATCH
            return destination

        params = DeliveryParams(most_cleared_share=1)
        work = Deliverer(store=self.store, params=params, timing=self.clock.timing)
        return work.deliver(spec, opened)
