"""One at a time: whoever holds a lease is alone, and whoever lost it does nothing more."""

import os
import subprocess
import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from nights import a_night, a_run
from sqlalchemy.exc import OperationalError

from features.errors import AnotherAtWork
from serving.store import Store, leases
from serving.store.database import DatabaseFailed
from serving.store.holders import Holder
from serving.store.leases import check, extend, holding
from serving.store.tables import leases as leases_table
from serving.timing import Timing

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HERE = Holder.this_process()


class Clock:
    def __init__(self):
        self.now = NOON

    def passes(self, seconds):
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def timing(clock):
    return Timing(now=lambda: clock.now, sleep=lambda _: None, chance=lambda: 0.5)


@pytest.fixture
def store(store_url):
    opened = Store(store_url)
    yield opened
    opened.close()


def hold_as(store, holder, expires_at):
    """Somebody else takes the lease."""
    row = {"holder": str(holder), "taken_at": NOON, "expires_at": expires_at}
    changed = sa.update(leases_table).values({**row, "token": leases_table.c.token + 1})
    store.write(
        lambda connection: (
            connection.execute(changed).rowcount
            or connection.execute(sa.insert(leases_table), {"name": "night", "token": 1, **row})
        )
    )


def test_a_second_run_is_told_who_is_at_work_until_when_and_what_to_do(store, timing):
    with holding(store, "night", timing), ExitStack() as second:
        told = rf"process {os.getpid()} on \S+, since 2026-11-21 12:00 UTC, .* until 12:02.*wait"
        with pytest.raises(AnotherAtWork, match=told) as refused:
            second.enter_context(holding(store, "night", timing))
        assert refused.value.exit_code == 8
        second.enter_context(holding(store, "another", timing))
    with holding(store, "night", timing):
        pass


def test_every_lease_has_a_larger_number_than_those_before(store, timing):
    tokens = []
    for _ in range(3):
        with holding(store, "night", timing) as lease:
            tokens.append(lease.token)
    assert tokens == [1, 2, 3]


@pytest.mark.parametrize(
    ("holder", "waits"),
    [
        (HERE._replace(started="1"), False),
        (HERE._replace(host="another", machine="another"), True),
        (HERE._replace(machine=""), True),
        (HERE, True),
    ],
    ids=["replaced here", "elsewhere", "of a system that tells nothing", "alive here"],
)
def test_the_dead_of_this_machine_hold_nothing_and_others_until_their_time(
    store, timing, clock, holder, waits
):
    hold_as(store, holder, NOON + timedelta(seconds=60))
    if waits:
        with pytest.raises(AnotherAtWork), holding(store, "night", timing):
            pass
        clock.passes(60)
    with holding(store, "night", timing) as lease:
        assert lease.token == 2


def test_a_process_that_ended_is_dead_also_before_anyone_asked_how():
    ended = subprocess.Popen(["sleep", "0"])  # noqa: S607
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
    assert Holder.told(f"{HERE.host} {HERE.machine} {ended.pid} {HERE.started}").is_dead()
    assert not HERE.is_dead()
    ended.wait()


def test_a_lease_that_has_run_out_is_refused(store, timing, clock):
    with holding(store, "night", timing, seconds=100) as lease:
        clock.passes(99)
        store.write(lambda connection: check(connection, lease, clock.now))
        assert not lease.lost
        clock.passes(1)
        with pytest.raises(AnotherAtWork, match="paused for too long"):
            store.write(lambda connection: check(connection, lease, clock.now))
        assert lease.lost


def test_a_lease_that_another_took_is_refused_though_its_time_is_not_over(store, timing):
    with holding(store, "night", timing) as lease:
        hold_as(store, HERE, NOON + timedelta(hours=1))
        for refused in (lambda one: check(one, lease, NOON), lambda one: extend(one, lease)):
            with pytest.raises(AnotherAtWork):
                store.write(refused)
    mine = sa.select(leases_table.c.expires_at)
    assert store.read(lambda connection: connection.scalar(mine)) == NOON + timedelta(hours=1)


def test_a_lease_is_over_when_it_is_left(store, timing):
    with holding(store, "night", timing) as lease:
        pass
    assert lease.lost
    with pytest.raises(AnotherAtWork):
        store.write(lambda connection: check(connection, lease, NOON))


def test_nothing_is_published_with_a_lease_that_is_over(store, timing, clock):
    with holding(store, "night", timing) as lease:
        store.publish(a_run(0), a_night(a_run(0)), published_at=NOON, lease=lease)
        clock.passes(120)
        with pytest.raises(AnotherAtWork):
            store.publish(a_run(1), a_night(a_run(1)), published_at=NOON, lease=lease)
    assert [one.run for one in store.runs()] == [a_run(0)]


def test_a_run_whose_lease_is_taken_while_it_publishes_is_undone(store, timing):
    def take(connection):
        connection.execute(sa.update(leases_table).values(token=leases_table.c.token + 1))

    night = a_night(a_run(0))
    with holding(store, "night", timing) as lease, pytest.raises(AnotherAtWork):
        store.publish(a_run(0), night, published_at=NOON, lease=lease, also=[take])
    assert store.published() is None


def test_publishing_for_long_renews_the_lease(store, timing, clock):
    """While it runs nobody could take the lease; afterwards there is time to deliver."""
    night, slow = a_night(a_run(0)), lambda _: clock.passes(500)
    with holding(store, "night", timing) as lease:
        assert store.publish(a_run(0), night, published_at=NOON, lease=lease, also=[slow])
        assert not lease.lost
        store.write(lambda connection: check(connection, lease, clock.now))


def test_a_lease_is_renewed_though_the_database_fails_for_a_moment(store, timing, monkeypatch):
    fails, renew = iter([True]), leases._renew  # noqa: SLF001

    def renewed(connection, lease):
        if next(fails, False):
            raise OperationalError("", {}, Exception("database is locked"))
        return renew(connection, lease)

    monkeypatch.setattr(leases, "_renew", renewed)
    with holding(
        store, "night", replace(timing, now=lambda: datetime.now(UTC)), seconds=0.3
    ) as one:
        first, until = one.term.expires_at, time.monotonic() + 5
        while one.term.expires_at == first and time.monotonic() < until:
            time.sleep(0.01)
        assert one.term.expires_at > first
        assert not one.lost
    assert next(fails, None) is None


def test_a_lease_that_was_taken_is_not_renewed(store, timing):
    with holding(store, "night", timing, seconds=0.06) as lease:
        hold_as(store, HERE, NOON + timedelta(hours=1))
        until = time.monotonic() + 5
        while not lease.lost and time.monotonic() < until:
            time.sleep(0.01)
        assert lease.lost


def test_a_database_that_is_gone_at_the_end_does_not_undo_the_work(store, timing, monkeypatch):
    def gone(_):
        raise DatabaseFailed("gone", where="", mend="", sqlstate=None)

    with holding(store, "night", timing):
        monkeypatch.setattr(store, "write", gone)
