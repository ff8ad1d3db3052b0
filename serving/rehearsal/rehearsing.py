"""A delivery rehearsed: the published scores brought to a stub, as to the vendor's own server."""

from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from serving.delivery.books import Books
from serving.delivery.delivering import Deliverer
from serving.delivery.params import DeliveryParams
from serving.destinations import kinds
from serving.destinations.destination import Destination, Pacer, Tools
from serving.destinations.spec import DestinationSpec
from serving.rehearsal.clock import Clock
from serving.rehearsal.server import serving
from serving.rehearsal.standing_in import StandIn, stand_in
from serving.store.store import Published, Store
from serving.suppression import suppressed

CUSTOMERS = 1_000


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """What came of it: the books, the calls by method, path and status, and how long it would take.

    `seconds` is how long the delivery would have waited for the vendor's limits and pauses.
    """

    books: Books
    calls: Mapping[str, int]
    rows: int
    seconds: float

    def facts(self) -> dict[str, Any]:
        """Books and calls; no customer."""
        told = {"rows_received": self.rows, "seconds_waited": self.seconds}
        return {**self.books.facts(), **told, "calls_received": dict(self.calls)}


def rehearse(
    store: Store,
    spec: DestinationSpec,
    *,
    now: datetime,
    folder: Path,
    params: DeliveryParams,
    zone: str = "UTC",
    customers: int = CUSTOMERS,
) -> Rehearsal | None:
    """A first delivery of some of the published scores to a stub; None if nothing is published.

    The workspace's store and the vendor are left alone: a store of its own lies in `folder` for
    as long as it takes. Who is suppressed is left out. The clock is made up, so nobody waits.
    """
    clock = Clock(now)
    stand = stand_in(spec, clock.now)
    published = store.published()
    if published is None:
        return None
    barred = store.read(lambda connection: suppressed(connection, now, channel=spec.channel))
    scores = published.scores
    allowed = scores[~scores["customer_id"].isin([*barred])].head(customers)
    if allowed.empty:
        return None
    few = published._replace(scores=allowed.reset_index(drop=True))
    with TemporaryDirectory(prefix=".rehearsal-", dir=folder) as place:
        books = _deliver(few, stand, clock, Path(place), params, zone)
    journal = stand.stub.journal
    return Rehearsal(
        books=books,
        calls=Counter(f"{one.method} {one.path} {one.status}" for one in journal.calls()),
        rows=len(journal.rows()),
        seconds=(clock.now() - now).total_seconds(),
    )


def _deliver(
    published: Published,
    stand: StandIn,
    clock: Clock,
    place: Path,
    params: DeliveryParams,
    zone: str,
) -> Books:
    """The books of a delivery of these scores from a store that nobody else reads."""
    with closing(Store(f"sqlite:///{place / 'store.db'}")) as own, serving(stand.stub.app) as url:
        own.publish(published.run, published.scores, published_at=clock.now())
        moved = stand.at(url)

        def opened(pacer: Pacer) -> Destination:
            tools = Tools(pacer=pacer, timing=clock.timing, folder=place, loopback=True)
            return kinds.opened(moved, tools)

        work = Deliverer(store=own, params=params, timing=clock.timing, zone=zone)
        return work.deliver(moved, opened)
