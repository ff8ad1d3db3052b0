"""Nights that are killed, and what is left of them after the same command has run again."""

import logging
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from kills import invariants
from kills.accounts import Accounts
from kills.clock import SharedClock
from kills.points import Points
from kills.saying import say
from kills.workspace import Night, World, deliver, live, open_world
from stores_together import ended

from serving.store import Store

KILLED = -signal.SIGKILL


@dataclass
class Tally:
    """What `make kills` counts; of what is broken, the words."""

    kills: int = 0
    broken: list[str] = field(default_factory=list)
    writes_on_rerun: int = 0
    pauses: int = 0

    def note(self, where: str, broken: list[str]) -> None:
        for one in broken:
            self.broken.append(f"{where}: {one}")
            say(f"BROKEN {where}: {one}")


@dataclass
class Killer:
    """A workspace whose nights are killed one after the other, each in its own way."""

    accounts: Accounts
    clock: SharedClock
    world: World
    tally: Tally
    before: Night | None = None

    def night(self, where: str, killed: Callable[[World, Night], bool]) -> bool:
        """One night: `killed` lives it and tells whether it was killed; then it goes on."""
        world, before = self.world, self.before
        night = world.next_night()
        (world.folder / "noted.jsonl").unlink(missing_ok=True)
        died = killed(world, night)
        self.tally.kills += died
        with closing(Store(world.store_url)) as store:
            gone = world.erased
            self.tally.note(where, [*invariants.one_whole_run(store, before, night, gone)])
        if died and (code := ended(child(world, partial(live, world, night)))):
            self.tally.note(where, [f"running it again ends with {code}: {last_words(world)}"])
        told = self.accounts.told()
        self.tally.note(where, invariants.broken(world, night, told, processes=1 + died))
        self.before = night
        return died

    def again(self) -> None:
        """The same scores delivered once more: nobody is written to."""
        assert ended(child(self.world, partial(deliver_again, self.world))) == 0
        told = self.accounts.told()
        self.tally.writes_on_rerun += sum(map(len, told.rows.values()))


@contextmanager
def killer(
    accounts: Accounts, clock: SharedClock, tally: Tally, seed: int, store_url: str = ""
) -> Iterator[Killer]:
    """A fresh workspace in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="jejak-kills-") as folder:
        world = open_world(Path(folder), accounts, clock, seed, store_url)
        yield Killer(accounts, clock, world, tally)


def child(world: World, work: Callable[[], object], points: Points | None = None) -> int:
    """The number of a process that does some work; its words and its errors go into the log."""
    number = os.fork()
    if number:
        return number
    code = 1
    try:
        _listen(world)
        if points:
            points.arm()
        work()
        code = 0
    except BaseException as error:  # noqa: BLE001  the parent's code must not run in its child
        code = getattr(error, "exit_code", 1)
        traceback.print_exc()
        sys.stderr.flush()
    os._exit(code)


def _listen(world: World) -> None:
    handle = os.open(world.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(handle, stream.fileno())
    logging.basicConfig(level=logging.DEBUG, stream=sys.stderr, force=True)


def at_point(kind: str, nth: int) -> Callable[[World, Night], bool]:
    """A night that dies at the n-th point of a kind, if there are so many."""

    def killed(world: World, night: Night) -> bool:
        points = Points(kind, nth)
        code = ended(child(world, partial(live, world, night), points))
        assert code in (0, KILLED), last_words(world)
        return code == KILLED

    return killed


def after(seconds: float) -> Callable[[World, Night], bool]:
    """A night that is killed from outside after some time, unless it is over by then."""

    def killed(world: World, night: Night) -> bool:
        number = child(world, partial(live, world, night))
        time.sleep(seconds)
        os.kill(number, signal.SIGKILL)
        code = ended(number)
        assert code in (0, KILLED), last_words(world)
        return code == KILLED

    return killed


def undisturbed(world: World, night: Night) -> bool:
    """A night that nobody kills."""
    assert ended(child(world, partial(live, world, night))) == 0, last_words(world)
    return False


def last_words(world: World) -> str:
    """The end of the log."""
    return world.log.read_text(encoding="utf-8")[-1500:] if world.log.exists() else ""


def deliver_again(world: World) -> None:
    with closing(Store(world.store_url)) as store:
        deliver(world, store)
