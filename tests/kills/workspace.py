"""A workspace of forty customers and six destinations, and the whole of a night in it."""

import csv
import json
import logging
import sqlite3
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
from kills.accounts import COLUMNS, Accounts
from kills.clock import SharedClock
from nights import FIRST, REASON, a_night, a_run

from features.errors import DeliveryIncomplete
from serving.delivery.delivering import Deliverer
from serving.delivery.params import DeliveryParams
from serving.destinations import kinds
from serving.destinations.destination import Tools
from serving.destinations.files import manifest
from serving.destinations.files.forgetting import forget
from serving.destinations.spec import DestinationSpec
from serving.erasing import entomb, keys_held, scrub, take_out
from serving.scores import Run
from serving.secret import Secret
from serving.store import Store
from serving.store.leases import holding
from serving.suppression import CUSTOMER, suppress, unsuppress

CUSTOMERS = 40
ROWS_A_BATCH = 15
CANARY_CUSTOMER = "canary-customer"
CANARY_REASON = "canary-reason"
KEY = b"k" * 32
LEASE_SECONDS = 3_600
"""Leases are longer here: sleeping takes no time, in which nobody could renew a shorter one."""


@dataclass(frozen=True, kw_only=True)
class Night:
    """What happens in a night: who agrees again, what is scored, who objects, who is erased."""

    run: Run
    scores: pd.DataFrame
    allowed: str | None
    barred: str | None
    erased: str | None


@dataclass
class World:
    """One workspace through its nights. What is known of it here is kept by hand.

    Of who is `barred` or `erased` nothing may be told. Where nights are eventful, people object
    and are erased in them.
    """

    folder: Path
    store_url: str
    clock: SharedClock
    specs: tuple[DestinationSpec, ...]
    seed: int
    first: int
    night: int = -1
    people: list[str] = field(default_factory=list)
    chances: dict[str, float] = field(default_factory=dict)
    barred: set[str] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)
    made: int = 0
    is_eventful: bool = True
    changing: float = 0.5

    def __post_init__(self):
        self.random = Random(self.seed)

    @property
    def log(self) -> Path:
        """What processes have said of themselves."""
        return self.folder / "said.log"

    def next_night(self) -> Night:
        """A share of the probabilities is new; from the second night on things happen."""
        self.night += 1
        while len(self.people) < CUSTOMERS:
            self.people.append(f"{CANARY_CUSTOMER}-{self.made:05d}")
            self.made += 1
        for who in self.people:
            if who not in self.chances or self.random.random() < self.changing:
                self.chances[who] = round(self.random.uniform(0.01, 0.99), 4)
        run = a_run(self.first + self.night, settings={"seed": self.seed})
        self.clock.reach(run.as_of.replace(hour=23))
        allowed = barred = erased = None
        is_eventful = self.is_eventful and self.night > 0
        if is_eventful:
            allowed = self.random.choice(sorted(self.barred)) if len(self.barred) > 2 else None
            free = [who for who in self.people if who not in self.barred]
            barred, erased = self.random.sample(free, 2)
        self.barred.discard(allowed)
        night = Night(
            run=run, scores=self._scores(run), allowed=allowed, barred=barred, erased=erased
        )
        if is_eventful:
            self.barred.add(barred)
            self.erased.add(erased)
            self.people.remove(erased)
        return night

    def _scores(self, run: Run) -> pd.DataFrame:
        """Who objected long ago is not scored; the last one still was when it was computed."""
        who = [one for one in self.people if one not in sorted(self.barred)[1:]]
        told = [REASON | {"sentence": f"{CANARY_REASON} {self.chances[one]}"} for one in who]
        return a_night(
            run,
            len(who),
            customer_ids=who,
            probabilities=np.array([self.chances[one] for one in who]),
            reasons=[[one] for one in told],
        )


def open_world(
    folder: Path, accounts: Accounts, clock: SharedClock, seed: int, store_url: str = ""
) -> World:
    """An empty workspace that delivers to empty accounts, a table and a folder."""
    holding.__wrapped__.__kwdefaults__["seconds"] = LEASE_SECONDS
    accounts.renew()
    accounts.told()
    fields = {column: column for column in COLUMNS}
    table = DestinationSpec(
        name="table",
        kind="sql",
        fields=fields,
        options={"table": "scores", "create": True},
        secrets={"url": Secret(lambda: "sqlite:///table.db")},
    )
    files = DestinationSpec(name="files", kind="files", fields=fields)
    return World(
        folder=folder,
        store_url=store_url or f"sqlite:///{folder / 'jejak.db'}",
        clock=clock,
        specs=(*accounts.specs.values(), table, files),
        seed=seed,
        first=(clock.now() - FIRST).days + 1,
    )


def live(world: World, night: Night) -> None:
    """The whole night, from what people said to what destinations hold; again, it goes on.

    `DeliveryIncomplete` unless everything was delivered.
    """
    timing = world.clock.timing
    with closing(Store(world.store_url)) as store:
        if night.allowed:
            unsuppress(store, night.allowed, timing=timing)
        with holding(store, "night", timing) as lease:
            store.publish(
                night.run, night.scores, published_at=timing.now(), lease=lease, summary={}
            )
        if night.barred:
            suppress(store, night.barred, timing=timing)
            note(world, "barred", night.barred)
        deliver(world, store)
        if night.erased:
            erase(world, store, night.erased)
            note(world, "erased", night.erased)
            deliver(world, store)


def deliver(world: World, store: Store) -> None:
    """Everything that is published brought to every destination."""
    params = DeliveryParams(attempts=4, most_cleared_share=1)
    work = Deliverer(store=store, params=params, timing=world.clock.timing)
    books = [work.deliver(spec, lambda pacer, spec=spec: _opened(world, spec, pacer))
             for spec in world.specs]  # fmt: skip
    logging.getLogger("jejak").info("%s", [one.facts() for one in books])
    if not all(one.complete for one in books):
        raise DeliveryIncomplete("not everything was delivered", mend="look at the log")


def _opened(world, spec, pacer):
    tools = Tools(pacer=pacer, timing=world.clock.timing, folder=world.folder, loopback=True)
    destination = kinds.opened(spec, tools)
    destination.rows_a_batch = ROWS_A_BATCH
    return destination


def erase(world: World, store: Store, who: str) -> None:
    """As the command does it, without a lake."""
    timing = world.clock.timing
    store.write(lambda connection: entomb(connection, KEY, [(CUSTOMER, who)], timing.now()))
    with ExitStack() as held:
        held.enter_context(holding(store, "night", timing))
        for spec in world.specs:
            held.enter_context(holding(store, f"deliver:{spec.name}", timing))
        take_out(store, KEY, [who], timing=timing)
        keys = store.read(lambda connection: keys_held(connection, KEY, [who]))
        forget(world.folder / "delivered" / "files", {who, *keys})
        scrub(store)


def note(world: World, what: str, who: str) -> None:
    """When it held, in a file that a kill leaves as it is."""
    line = {"what": what, "who": who, "at": world.clock.now().isoformat()}
    with (world.folder / "noted.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def in_table(world: World) -> dict[str, dict]:
    """What lies in the table, by key."""
    with closing(sqlite3.connect(world.folder / "table.db")) as table:
        table.row_factory = sqlite3.Row
        return {row["customer_key"]: dict(row) for row in table.execute("SELECT * FROM scores")}


def in_files(world: World) -> dict[str, dict]:
    """What lies in the files that the manifest names, read in their order; hashes must fit."""
    folder, held = world.folder / "delivered" / "files", {}
    for entry in manifest.files_of(folder):
        path = folder / entry["name"]
        assert manifest.entry(path, entry["rows"]).items() <= entry.items(), path.name
        with path.open(newline="", encoding="utf-8") as file:
            rows = [*csv.DictReader(file)]
        assert len(rows) == entry["rows"]
        held |= {row.pop("customer_key"): row for row in rows}
    return held
