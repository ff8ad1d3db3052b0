"""Who must not be contacted is not: what is said counts at once, and lists are believed whole."""

import time
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from canaries import KEY, WHO, World
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import DeliveryIncomplete, SuppressionsUntrusted
from serving import suppression
from serving.delivery import barred
from serving.keyed import mark
from serving.store import Store
from serving.store.holders import Holder
from serving.store.outbox_tables import outbox
from serving.store.tables import leases, suppressions, tombstones
from serving.suppression import (
    OURS,
    Suppression,
    follow,
    is_erased,
    suppress,
    suppressed,
    unsuppress,
)
from serving.suppression_lists import retire, sync, trusted
from serving.timing import Timing

NOON = datetime(2026, 4, 6, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass
class Clock:
    """A clock that only moves when somebody sleeps."""

    at: datetime = NOON
    meanwhile: list = field(default_factory=list)

    def sleep(self, seconds):
        self.at += timedelta(seconds=seconds)
        for happen in self.meanwhile:
            happen(self.at)

    @property
    def timing(self):
        return Timing(now=lambda: self.at, sleep=self.sleep, chance=lambda: 0.5)


@pytest.fixture
def store(store_url):
    opened = Store(store_url)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    opened = Store(f"sqlite:///{tmp_path_factory.mktemp('store') / 'jejak.db'}")
    yield opened
    opened.close()


def said(customer="c1", *, channel="", purpose="", since=NOON - HOUR, until=None):
    return Suppression(
        customer_id=customer, channel=channel, purpose=purpose, starts_at=since, ends_at=until
    )


def who(store, at=NOON, **asked):
    return store.read(lambda connection: suppressed(connection, at, **asked))


def listed(store, *rows, source="optouts", at=NOON, **accepted):
    return store.write(lambda connection: sync(connection, source, rows, read_at=at, **accepted))


instants = st.integers(-3, 3).map(lambda hours: NOON + hours * HOUR)
rows = st.builds(
    said,
    st.sampled_from("abc"),
    channel=st.sampled_from(["", "email", "call"]),
    purpose=st.sampled_from(["", "marketing"]),
    since=instants,
    until=st.none() | instants,
)


@settings(max_examples=15)
@given(rows=st.lists(rows, max_size=6), at=instants, channel=st.sampled_from(["", "email"]))
def test_a_row_holds_from_its_start_to_its_end_in_its_channel_or_in_all(rows, at, channel, shared):
    expected = {
        row.customer_id
        for row in rows
        if row.starts_at <= at
        and (row.ends_at is None or at < row.ends_at)
        and row.channel in ("", channel)
    }
    listed(shared, *rows, accept_loss=True)
    assert who(shared, at, channel=channel) == expected
    assert who(shared, at, channel=channel, among=["a", "z"]) == expected & {"a"}


def test_what_a_source_no_longer_says_is_gone_and_the_rest_keeps_when_it_was_learned(store):
    listed(store, said("a"), said("b"))
    listed(store, said("b"), said("d"), at=NOON + HOUR)
    with store.engine.connect() as connection:
        found = connection.execute(sa.select(suppressions.c["customer_id", "recorded_at"])).all()
    assert sorted(found) == [("b", NOON), ("d", NOON + HOUR)]


def test_a_list_that_shrinks_oddly_is_not_believed(store):
    many = [said(f"c{at}") for at in range(20)]
    listed(store, *many)
    for left in ([], many[:9]):
        with pytest.raises(SuppressionsUntrusted, match="had 20") as refused:
            listed(store, *left)
        assert refused.value.exit_code == 11
    assert len(who(store)) == 20
    assert listed(store, *many[:10]) == 10
    assert listed(store, accept_loss=True) == 0
    assert who(store) == set()


def test_a_list_that_was_not_read_lately_is_not_trusted(store):
    def ask(*sources, since=NOON):
        store.read(lambda connection: trusted(connection, sources, since=since))

    ask()
    with pytest.raises(SuppressionsUntrusted, match="never"):
        ask("optouts")
    listed(store)
    ask("optouts")
    with pytest.raises(SuppressionsUntrusted, match="too long ago"):
        ask("optouts", since=NOON + HOUR)


def test_a_list_that_is_no_longer_declared_goes_only_if_somebody_says_so(store):
    def keep(*declared, accepted=()):
        store.write(lambda connection: retire(connection, declared, accepted=accepted))

    listed(store, said())
    keep("optouts")
    with pytest.raises(SuppressionsUntrusted, match="no longer declared"):
        keep()
    assert who(store) == {"c1"}
    keep(accepted=["optouts"])
    assert who(store) == set()


def test_what_is_said_to_jejak_counts_at_once_even_for_a_clock_that_was_read_before(store):
    suppress(store, "c1", timing=Clock().timing)
    assert who(store, NOON - HOUR) == {"c1"}


def test_lifting_takes_back_what_was_said_to_jejak_and_names_who_says_it_still(store):
    timing = Clock().timing
    suppress(store, "c1", timing=timing)
    assert unsuppress(store, "c1", timing=timing) == []
    suppress(store, "c1", timing=timing)
    listed(store, said("c1", channel="email"))
    assert unsuppress(store, "c1", timing=timing) == ["optouts"]
    assert who(store) == set()
    assert who(store, channel="email") == {"c1"}


def test_saying_it_twice_keeps_since_when_it_holds(store):
    clock = Clock()
    suppress(store, "c1", until=NOON + 2 * HOUR, timing=clock.timing)
    clock.at += HOUR
    suppress(store, "c1", timing=clock.timing)
    with store.engine.connect() as connection:
        (row,) = connection.execute(sa.select(suppressions)).all()
    assert (row.starts_at, row.ends_at, row.source) == (NOON, None, OURS)


def test_an_objection_follows_the_records_of_a_customer(store):
    suppress(store, "old", timing=Clock().timing)
    moves = [("old", "new"), ("other", "else")]
    store.write(lambda connection: follow(connection, moves, at=NOON + HOUR))
    assert who(store, NOON + HOUR) == {"old", "new"}


def in_flight(connection, *, op="set", token=7, state="sent", holder=None):
    connection.execute(sa.insert(outbox), a_row("c1", op=op, token=token, state=state))
    lease = {"name": "deliver:crm", "token": 7, "holder": holder or str(Holder.this_process())}
    lease |= {"taken_at": NOON, "expires_at": NOON + HOUR}
    connection.execute(sa.insert(leases), lease)


def test_suppressing_ends_when_the_batch_on_its_way_is_answered(store):
    clock = Clock()
    store.write(in_flight)

    def answer(at):
        if at >= NOON + timedelta(seconds=5):
            done = sa.update(outbox).values(state="acknowledged")
            store.write(lambda connection: connection.execute(done))

    clock.meanwhile.append(answer)
    from_when = suppress(store, "c1", timing=clock.timing)
    assert timedelta(seconds=5) <= from_when - NOON < timedelta(seconds=6)


def test_suppressing_gives_up_waiting_but_the_row_stands(store, monkeypatch):
    monkeypatch.setattr(suppression, "PATIENCE_SECONDS", 1)
    store.write(in_flight)
    with pytest.raises(DeliveryIncomplete):
        suppress(store, "c1", timing=Clock().timing)
    assert who(store) == {"c1"}


DEAD = str(Holder.this_process()._replace(started="never"))


@pytest.mark.parametrize(
    "there", [{"op": "clear"}, {"token": 6}, {"state": "planned"}, {"holder": DEAD}]
)
def test_only_scores_that_are_being_sent_are_waited_for(store, there):
    store.write(lambda connection: in_flight(connection, **there))
    assert suppress(store, "c1", timing=Clock().timing) == NOON


def test_the_erased_are_told_by_their_tombstones_alone(store):
    def ask(connection):
        return is_erased(connection, KEY, ["c1", "c2", "c3"])

    assert store.read(ask) == set()
    stone = {"mark": mark(KEY, "customer", "c2"), "erased_at": NOON}
    store.write(lambda connection: connection.execute(sa.insert(tombstones), stone))
    assert store.read(ask) == {"c2"}
    assert store.read(lambda connection: is_erased(connection, b"another key", ["c2"])) == set()


def test_whoever_is_suppressed_while_a_batch_is_marked_waits_and_is_cleared(
    store_url, tmp_path, monkeypatch
):
    """The objection falls between the sender's look at suppressions and the end of its look."""
    world, said, waited = World(store_url, tmp_path), [], []
    world.there = replace(world.there, rows_a_batch=100)
    timing = replace(world.clock.timing, sleep=time.sleep)

    def looked(connection, at, **asked):
        found = suppressed(connection, at, **asked)
        if asked.get("among") is not None and not said:
            said.append(pool.submit(suppress, world.store, WHO, timing=timing))
            wait(said, timeout=0.2)
        return found

    def answer(_batch, apply):
        wait(said, timeout=0.2)
        waited.append(not said[0].done())
        return apply()

    monkeypatch.setattr(barred, "suppressed", looked)
    world.publish()
    world.there.faults.append(answer)
    with ThreadPoolExecutor(1) as pool:
        books = world.deliver()
        assert said[0].result(timeout=30)
    world.store.close()
    assert waited == [True]
    assert books.complete
    assert world.there.state[WHO]["churn"] is None


def a_row(customer, *, op="set", token=7, state="sent"):
    told = {"run_id": "r", "destination": "crm", "customer_id": customer, "key": customer, "op": op}
    counts = {"payload": "{}", "hash": "h", "state": state, "attempts": 1, "planned_at": NOON}
    return {**told, **counts, "token": token, "batch_id": "b"}
