"""One row in a hundred that spoils every batch it is in: the others arrive, in few calls."""

import tempfile
from contextlib import closing
from pathlib import Path

from calls import place
from kills.accounts import NAMES, a_spec, an_account
from kills.clock import SharedClock
from nights import a_night, a_run

from serving.delivery.delivering import Deliverer
from serving.delivery.params import DeliveryParams
from serving.destinations import kinds
from serving.destinations.destination import Tools
from serving.rehearsal.window import Window
from serving.store import Store

CUSTOMERS = 100
CALLS_MOST = 15


def run() -> dict[str, object]:
    """The calls that HubSpot was made, and what was broken."""
    clock = SharedClock()
    with tempfile.TemporaryDirectory() as folder, place() as here:
        stub = here.stub = an_account("hubspot", clock)
        stub.window = Window(100, 10, clock.now)
        stub.portal.conflicts = {"c57"}
        spec = a_spec("hubspot", here.url)
        with closing(Store(f"sqlite:///{folder}/jejak.db")) as store:
            run_ = a_run(0)
            store.publish(run_, a_night(run_, CUSTOMERS), published_at=clock.now())
            params = DeliveryParams()
            work = Deliverer(store=store, params=params, timing=clock.timing)
            books = work.deliver(
                spec,
                lambda pacer: kinds.opened(
                    spec,
                    Tools(pacer=pacer, timing=clock.timing, folder=Path(folder), loopback=True),
                ),
            )
        calls = len(stub.journal.calls())
        there = len(stub.portal.by(NAMES["hubspot"][0]))
    is_right = (books.acknowledged, books.rejected, there) == (99, 1, 99) and calls <= CALLS_MOST
    broken = [] if is_right else [f"one bad row: {calls} calls, {there} there, {books.facts()}"]
    return {"calls_for_one_bad_row": calls, "broken": broken}
