"""Nights that are paused, doubled, late, spoilt by one row, or without one of their vendors."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import count

from kills import invariants
from kills.accounts import Accounts
from kills.clock import SharedClock
from kills.killing import Killer, Tally, child, deliver_again, killer, last_words, undisturbed
from kills.points import Points
from kills.workspace import LEASE_SECONDS, ROWS_A_BATCH, Night, live
from stores_together import ended

from features.errors import AnotherAtWork, DeliveryIncomplete, RunRefused

FENCED = {0, *(error.exit_code for error in (AnotherAtWork, RunRefused, DeliveryIncomplete))}
"""How a night may end that was paused while another took over: it had nothing left to do, or says
so."""

NOBODY = "http://127.0.0.1:9"


def unchanged(accounts: Accounts, clock: SharedClock, tally: Tally) -> None:
    """The next night has the same scores: nobody is written to, and no file is."""
    with killer(accounts, clock, tally, seed=1) as one:
        one.world.is_eventful = False
        one.night("before an unchanged night", undisturbed)
        files = sorted(one.world.folder.glob("delivered/*/*"))
        one.world.changing = 0.0
        one.before, night = None, one.world.next_night()
        assert ended(child(one.world, partial(live, one.world, night))) == 0
        told = accounts.told()
        tally.writes_on_rerun += sum(map(len, told.rows.values()))
        tally.writes_on_rerun += len({*one.world.folder.glob("delivered/*/*")} - {*files})
        tally.note("unchanged night", [*invariants.state_is_expected(one.world, night, told)])
        if any(told.calls.values()):
            tally.note("unchanged night", [f"calls were made: {told.calls}"])


def paused(accounts: Accounts, clock: SharedClock, tally: Tally, *, every: int) -> None:
    """A night stops after a commit until another one has come and gone; then it may not go on.

    The first stops after the first commit, the next `every` commits later, and so on.
    """
    for where, one, night in _pauses(accounts, clock, tally, "after commit", every):
        told = accounts.told()
        sent = {name: len(rows) for name, rows in told.rows.items() if rows}
        tally.note(where, [f"it went on to write: {sent}"] if sent else [])
        tally.note(where, invariants.broken(one.world, night, told._replace(calls={}), processes=2))


def paused_on_the_wire(accounts: Accounts, clock: SharedClock, tally: Tally, *, every: int) -> None:
    """A night stops when its next step is to send; then one batch is late, and is made good.

    It cannot know that it was paused. The next night sends again what that batch may have spoilt.
    """
    for where, one, _ in _pauses(accounts, clock, tally, "before call", every):
        told = accounts.told()
        if sum(map(len, told.rows.values())) > ROWS_A_BATCH:
            tally.note(where, ["it went on to write more than one batch"])
        one.before = None
        one.night(f"after a night {where}", undisturbed)


def _pauses(
    accounts: Accounts, clock: SharedClock, tally: Tally, kind: str, every: int
) -> Iterator[tuple[str, Killer, Night]]:
    """Nights that stopped at a point and woke too late, each with the newer one before that."""
    with killer(accounts, clock, tally, seed=2) as one:
        world = one.world
        world.is_eventful = False
        one.night("before a paused night", undisturbed)
        for nth in count(1, every):
            where = f"paused {kind} {nth}"
            slow, points = world.next_night(), Points(kind, nth, signal.SIGSTOP)
            number = child(world, partial(live, world, slow), points)
            if not os.WIFSTOPPED(os.waitpid(number, os.WUNTRACED)[1]):
                return
            tally.pauses += 1
            clock.sleep(LEASE_SECONDS + 1)
            quick = world.next_night()
            if ended(child(world, partial(live, world, quick))):
                tally.note(where, [f"the newer night failed: {last_words(world)}"])
            accounts.told()
            os.kill(number, signal.SIGCONT)
            code = ended(number)
            if code not in FENCED:
                tally.note(where, [f"it ended with {code}: {last_words(world)}"])
            yield where, one, quick


def doubled(accounts: Accounts, clock: SharedClock, tally: Tally) -> None:
    """While a night is at work, another is told so with a code of its own, and the first ends."""
    with killer(accounts, clock, tally, seed=3) as one:
        world = one.world
        one.night("before a doubled night", undisturbed)
        night = world.next_night()
        points = Points("before call", 2, signal.SIGSTOP)
        first = child(world, partial(live, world, night), points)
        assert os.WIFSTOPPED(os.waitpid(first, os.WUNTRACED)[1])
        second = ended(child(world, partial(live, world, night)))
        if second != AnotherAtWork.exit_code:
            tally.note("two nights at once", [f"the second ended with {second}"])
        os.kill(first, signal.SIGCONT)
        if code := ended(first):
            tally.note("two nights at once", [f"the first ended with {code}: {last_words(world)}"])
        broken = invariants.broken(world, night, accounts.told(), processes=2)
        tally.note("two nights at once", broken)


def late(accounts: Accounts, clock: SharedClock, tally: Tally) -> None:
    """An older night after a newer one is refused, and nobody hears of it."""
    with killer(accounts, clock, tally, seed=4) as one:
        world = one.world
        old = world.next_night()
        one.night("a newer night", undisturbed)
        code = ended(child(world, partial(live, world, old)))
        if code != RunRefused.exit_code:
            tally.note("an old night", [f"it ended with {code}"])
        if rows := sum(map(len, accounts.told().rows.values())):
            tally.note("an old night", [f"{rows} rows were sent"])


def without(accounts: Accounts, clock: SharedClock, tally: Tally) -> None:
    """Where one vendor is out of reach the others get everything; once it is back, so does it."""
    with killer(accounts, clock, tally, seed=5) as one:
        world, whole = one.world, one.world.specs
        one.night("before a vendor is out of reach", undisturbed)
        crm = next(spec for spec in whole if spec.name == "hubspot")
        gone = replace(crm, options={**crm.options, "url": NOBODY})
        world.specs = tuple(gone if spec is crm else spec for spec in whole)
        world.is_eventful = False
        night = world.next_night()
        code = ended(child(world, partial(live, world, night)))
        if code != DeliveryIncomplete.exit_code:
            tally.note("one vendor out of reach", [f"it ended with {code}: {last_words(world)}"])
        told = accounts.told()
        wrong = [*invariants.state_is_expected(world, night, told)]
        if [one.split()[1] for one in wrong] != ["hubspot"]:
            tally.note("one vendor out of reach", wrong or ["it was reached"])
        world.specs = whole
        if ended(child(world, partial(deliver_again, world))):
            tally.note("the vendor is back", [last_words(world)])
        tally.note("the vendor is back", invariants.broken(world, night, accounts.told(), 2))
