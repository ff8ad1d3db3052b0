"""What there is to be tried: everything, or so few that a test suite has time for them."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from typing import Any

from kills import disturbing, everywhere, harming, racing, reading, spoiling_one
from kills.accounts import Accounts
from kills.clock import SharedClock
from kills.killing import Tally
from postgres import database, server

import serving.store.migrating  # noqa: F401  else each child would import it anew

Facts = dict[str, Any]
Work = Callable[[], Facts]

RANDOM_KILLS = (40, 40, 40, 40)
RANDOM_KILLS_POSTGRESQL = 40
RACES, RACES_POSTGRESQL = 800, 200
COMMITS_BETWEEN_PAUSES = 4


def everything(seed: int) -> Iterator[tuple[str, Work]]:
    """All of it, the longest first."""
    for kind, shape in sorted(everywhere.NAMED, key=lambda one: "commit" not in one[0]):
        work = partial(everywhere.named, kind=kind, shape=shape)
        yield f"{shape} nights, {kind}", partial(on_nights, work)
    for at, kills in enumerate(RANDOM_KILLS):
        work = partial(everywhere.at_random, seed=seed + at, kills=kills)
        yield f"random instants {at + 1}", partial(on_nights, work)
    yield "random instants, PostgreSQL", partial(_random_in_postgresql, seed)
    yield "races, PostgreSQL", partial(_races_in_postgresql, seed)
    yield "races", partial(_races, RACES, seed)
    yield "reads", partial(_reads, publishes=100, reads=10_000)
    paused = partial(disturbing.paused, every=COMMITS_BETWEEN_PAUSES)
    for work in (disturbing.unchanged, disturbing.doubled, disturbing.late, disturbing.without):
        yield work.__name__, partial(on_nights, work)
    yield "paused", partial(on_nights, paused)
    on_the_wire = partial(disturbing.paused_on_the_wire, every=1)
    yield "paused on the wire", partial(on_nights, on_the_wire)
    yield "one bad row", spoiling_one.run
    for vendor in harming.NAMES:
        yield f"harmed calls to {vendor}", partial(harming.run, vendors=[vendor])


def few(seed: int) -> Iterator[tuple[str, Work]]:
    """A few of each sort, spread over a night."""
    yield "eventful nights", partial(on_nights, _few_named)
    work = partial(everywhere.at_random, seed=seed, kills=2)
    yield "random instants", partial(on_nights, work)
    yield "races", partial(_races, 40, seed)
    yield "reads", partial(_reads, publishes=5, reads=50)
    yield "paused", partial(on_nights, partial(disturbing.paused, every=45))
    harmed = partial(harming.run, harms=["unheard"], vendors=["hubspot", "dataverse"])
    yield "harmed calls", harmed


def _few_named(accounts: Accounts, clock: SharedClock, tally: Tally) -> None:
    numbers = {"after commit": (20, 60, 110), "after call": (6, 25), "after rename": (2,)}
    for kind, some in numbers.items():
        everywhere.named(accounts, clock, tally, kind=kind, shape="eventful", numbers=some)


def on_nights(work: Callable[[Accounts, SharedClock, Tally], object]) -> Facts:
    """What came of work on nights that are killed."""
    clock, tally = SharedClock(), Tally()
    with Accounts(clock) as accounts:
        work(accounts, clock, tally)
    return asdict(tally)


def _random_in_postgresql(seed: int) -> Facts:
    with _postgresql() as url:
        work = partial(
            everywhere.at_random, seed=seed, kills=RANDOM_KILLS_POSTGRESQL, store_url=url
        )
        return on_nights(work)


def _races_in_postgresql(seed: int) -> Facts:
    with _postgresql() as url:
        return racing.run(url, RACES_POSTGRESQL, seed)


@contextmanager
def _postgresql() -> Iterator[str]:
    with server() as url, database(url) as made:
        yield made.render_as_string(hide_password=False)


def _races(races: int, seed: int) -> Facts:
    with tempfile.TemporaryDirectory(prefix="jejak-races-") as folder:
        return racing.run(f"sqlite:///{folder}/jejak.db", races, seed)


def _reads(publishes: int, reads: int) -> Facts:
    with tempfile.TemporaryDirectory(prefix="jejak-reads-") as folder:
        return reading.run(f"sqlite:///{folder}/jejak.db", publishes, reads)
