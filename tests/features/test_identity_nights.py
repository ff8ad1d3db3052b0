"""Identity night after night, as a lake grows: laws over random histories."""

from collections import defaultdict

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from people import KEY, day

from features.identity.accounts import roll_up
from features.identity.canonical import resolve
from features.identity.tables import RECORDS

pytestmark = pytest.mark.slow

KINDS = ("email", "email", "phone", "id:crm", "device:web", "domain", "account:crm")
ACCOUNTS = ("account:crm", "domain")
LIMIT = 2
START = 30


def records_of(told):
    """The contract's rows of records: source, key, day known, handles."""
    rows = [
        (source, key, day(known), kind, kind and f"{kind}-{number}")
        for source, key, known, found in told
        for kind, number in (found or [(None, None)])
    ]
    return pl.DataFrame(rows, schema=RECORDS.schema, orient="row")


@st.composite
def histories(draw):
    """What each of some nights brings: new records, some with dates long past."""
    handle = st.tuples(st.sampled_from(KINDS), st.integers(0, 1))
    found = st.lists(handle, max_size=2, unique=True)
    brought = draw(st.lists(st.lists(found, min_size=1, max_size=4), min_size=2, max_size=5))
    nights, key = [], 0
    for night, people in enumerate(brought):
        nights.append([])
        for handles in people:
            known = draw(st.sampled_from([START + night - 0.5, START + night - 0.25, 1.0]))
            nights[-1].append((draw(st.sampled_from("ab")), str(key), known, handles))
            key += 1
    return nights


def lived(nights, hub_limit=LIMIT):
    """The identity of each night, and the records in hand by then."""
    identity, told = None, []
    for number, brought in enumerate(nights):
        told = [*told, *brought]
        identity = resolve(
            records_of(told),
            as_of=day(START + number),
            key=KEY,
            previous=identity,
            hub_limit=hub_limit,
        )
        yield identity, told


def whose(identity):
    """The customer of each record."""
    return {(s, k): who for s, k, _, _, who in identity.assignments.iter_rows()}


def groups(identity):
    found = defaultdict(set)
    for record, customer in whose(identity).items():
        found[customer].add(record)
    return {frozenset(group) for group in found.values()}


@given(nights=histories())
def test_night_by_night_finds_the_customers_of_all_at_once(nights):
    for identity, told in lived(nights):
        once = resolve(records_of(told), as_of=day(100), key=KEY, hub_limit=LIMIT)
        assert groups(identity) == groups(once)
        assert set(identity.hubs["handle"]) == set(once.hubs["handle"])


@given(nights=histories())
def test_an_id_changes_only_with_a_row_that_says_so(nights):
    before = {}
    for identity, _ in lived(nights):
        now = whose(identity)
        moved = defaultdict(int)
        for record, former in before.items():
            if now[record] != former:
                moved[former, now[record]] += 1
        told = identity.changes.select("former_id", "customer_id", "records").rows()
        assert sorted(told) == sorted((*pair, count) for pair, count in moved.items())
        assert set(identity.changes["known_at"]) <= {identity.as_of}
        before = now


@given(nights=histories())
def test_a_customer_that_only_grows_keeps_its_id(nights):
    before = {}
    for identity, _ in lived(nights):
        now, former, parts = whose(identity), defaultdict(set), defaultdict(set)
        for record, customer in before.items():
            former[now[record]].add(customer)
            parts[customer].add(now[record])
        for customer, names in former.items():
            if all(len(parts[name]) == 1 for name in names):
                assert customer in names
        before = now


@given(nights=histories(), data=st.data())
def test_after_an_erasure_the_rest_is_as_if_it_had_never_been(nights, data):
    *_, (identity, told) = lived(nights)
    gone = data.draw(st.sets(st.sampled_from([one[1] for one in told]))) if told else set()
    left = records_of([one for one in told if one[1] not in gone])
    after = resolve(left, as_of=day(90), key=KEY, previous=identity, hub_limit=LIMIT)
    once = resolve(left, as_of=day(90), key=KEY, hub_limit=LIMIT)
    assert groups(after) == groups(once)
    assert not {key for _, key in whose(after)} & gone
    former, now = whose(identity), whose(after)
    for group in groups(after):
        names = {former[record] for record in group}
        if group == {record for record in now if former[record] in names} and len(names) == 1:
            assert {now[record] for record in group} == names


@given(nights=histories())
def test_an_erased_customer_comes_back_as_somebody_new(nights):
    *_, (identity, told) = lived(nights)
    nobody = resolve(records_of([]), as_of=day(90), key=KEY, previous=identity)
    again = resolve(records_of(told), as_of=day(91), key=KEY, previous=nobody, hub_limit=LIMIT)
    assert groups(again) == groups(identity)
    assert not set(whose(again).values()) & set(whose(identity).values())


@given(limit=st.integers(1, 4), after=st.integers(0, 2))
def test_a_phone_that_becomes_a_hub_parts_whom_it_had_joined(limit, after):
    """One colleague a night gives the office's number: joined, until there are too many."""
    nights = [
        [("a", str(n), START + n - 0.5, [("id:crm", n), ("phone", 0)])]
        for n in range(limit + 2 + after)
    ]
    alone = [resolve(records_of(one), as_of=day(99), key=KEY) for one in nights]
    for number, (identity, _) in enumerate(lived(nights, hub_limit=limit)):
        names = identity.assignments["customer_id"].to_list()
        told = identity.changes.select("former_id", "change").rows()
        if number < limit:
            assert len(set(names)) == 1
            assert told == []
        else:
            assert len(set(names)) == number + 1
            assert told == ([(names[0], "split")] * (limit - 1) if number == limit else [])
            assert names == [one.assignments["customer_id"][0] for one in alone[: number + 1]]


@given(nights=histories())
def test_newcomers_move_no_contact_to_another_account(nights):
    before, accounts = {}, {}
    for identity, told in lived(nights):
        records = records_of(told)
        rolled = roll_up(identity.assignments, records, ACCOUNTS)
        account = dict(rolled.select("customer_id", "account_id").iter_rows())
        members = defaultdict(set)
        for (source, key), customer in whose(identity).items():
            members[customer].add((source, key))
        for customer, records_in in members.items():
            if before.get(customer) == records_in:
                assert account[customer] == accounts[customer]
        before, accounts = members, account


def firms(assignments, records):
    """The records of each account; whoever has none is alone."""
    rolled = roll_up(assignments, records, ACCOUNTS)
    both = assignments.join(rolled, on="customer_id").select("source", "key", "account_id")
    found = defaultdict(set)
    for source, key, account in both.iter_rows():
        found[account].add((source, key))
    return {frozenset(group) for group in found.values()}


@given(nights=histories(), seed=st.integers(0, 9))
def test_accounts_do_not_depend_on_the_night_or_the_order(nights, seed):
    *_, (identity, told) = lived(nights)
    records = records_of(told)
    once = resolve(records, as_of=day(100), key=KEY, hub_limit=LIMIT)
    mixed = records.sample(fraction=1, shuffle=True, seed=seed)
    assert firms(identity.assignments, mixed) == firms(once.assignments, records)
