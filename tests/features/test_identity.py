"""Identity: the laws of who is one customer, beside a slow oracle, and ids that last."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from people import KEY, day, record_rows, table
from polars import col, concat
from polars.testing import assert_frame_equal

from features.contracts import check
from features.errors import DataRefused
from features.identity import graph
from features.identity.accounts import roll_up
from features.identity.canonical import resolve
from features.identity.report import match_report
from features.identity.tables import ACCOUNTS, ASSIGNMENTS, CHANGES, HUBS

NEVER = 10_000
LIMIT = 2
END = day(100)


def who(records, *, hub_limit=LIMIT, as_of=END, previous=None):
    return resolve(records, as_of=as_of, key=KEY, previous=previous, hub_limit=hub_limit)


def groups(identity):
    """The records of each customer."""
    found = defaultdict(set)
    for source, key, customer in identity.assignments.select(
        "source", "key", "customer_id"
    ).iter_rows():
        found[customer].add((source, key))
    return dict(found)


def oracle_groups(records, hub_limit):
    """Breadth-first search from record to record, in plain Python."""
    has, holders, kind_of = defaultdict(set), defaultdict(set), {}
    for source, key, _, kind, handle in records.iter_rows():
        has[source, key] |= {handle} - {None}
        if handle:
            holders[handle].add((source, key))
            kind_of[handle] = kind
    hubs = set()
    for handle in holders:
        beside = set().union(*(has[record] for record in holders[handle])) - {handle}
        kinds = [kind_of[one] for one in beside if not kind_of[one].startswith("device:")]
        if any(kinds.count(kind) > hub_limit for kind in kinds):
            hubs.add(handle)
    found, seen = [], set()
    for start in has:
        if start in seen:
            continue
        group, queue = set(), [start]
        while queue:
            record = queue.pop(0)
            if record not in group:
                group.add(record)
                queue += [r for handle in has[record] - hubs for r in holders[handle]]
        seen |= group
        found.append(group)
    return found, hubs


@given(records=record_rows(), hub_limit=st.integers(1, 4))
def test_customers_and_hubs_are_those_of_the_oracle(records, hub_limit):
    identity = who(records, hub_limit=hub_limit)
    expected, hubs = oracle_groups(records, hub_limit)
    assert sorted(map(sorted, groups(identity).values())) == sorted(map(sorted, expected))
    assert set(identity.hubs["handle"]) == hubs


@given(
    size=st.integers(1, 40),
    pairs=st.lists(st.tuples(st.integers(0, 39), st.integers(0, 39)), max_size=60),
)
def test_the_lowest_node_of_a_component(size, pairs):
    left, right = (np.array([p[k] % size for p in pairs], dtype=np.int64) for k in (0, 1))
    label = list(range(size))
    for _ in range(size):
        for a, b in zip(left, right, strict=True):
            label[a] = label[b] = min(label[a], label[b])
    assert graph.lowest(left, right, size).tolist() == label


@given(records=record_rows(), seed=st.integers(0, 99))
def test_order_of_records_is_free(records, seed):
    mixed = who(records.sample(fraction=1, shuffle=True, seed=seed))
    told = who(records)
    assert_frame_equal(mixed.assignments, told.assignments)
    assert_frame_equal(mixed.hubs, told.hubs)


@given(records=record_rows(), nights=st.lists(st.integers(0, 12), max_size=4))
def test_many_runs_are_one_run(records, nights):
    identity = None
    for night in sorted(nights):
        identity = who(records, as_of=day(night), previous=identity)
    identity = who(records, previous=identity)
    ours, once = (frame.select("source", "key", "known_at", "customer_id")
                  for frame in (identity.assignments, who(records).assignments))  # fmt: skip
    assert_frame_equal(ours, once)


@given(records=record_rows())
def test_a_second_run_changes_nothing(records):
    first = who(records)
    again = who(records, previous=first)
    assert_frame_equal(again.assignments, first.assignments)
    assert again.changes.is_empty()


@given(records=record_rows(keys=30), late=st.booleans(), split=st.integers(0, 14))
def test_new_records_never_rename_an_untouched_customer(records, late, split):
    names = records.select("source", "key").unique(maintain_order=True)
    old = records.join(names.head(split), on=["source", "key"], how="semi")
    new = records.join(names.head(split), on=["source", "key"], how="anti")
    before = who(old, as_of=END if late else day(40))
    after = who(concat([old, new]), previous=before)
    touching = set(new["handle"].drop_nulls())
    for customer, members in groups(before).items():
        mine = old.filter(
            col("source").add("/").add(col("key")).is_in([f"{s}/{k}" for s, k in members])
        )
        if not touching & set(mine["handle"].drop_nulls()):
            assert groups(after)[customer] == members


@given(records=record_rows(), more=record_rows())
def test_further_handles_only_merge(records, more):
    less = groups(who(records, hub_limit=NEVER))
    known = records.select("source", "key").unique()
    both = concat([records, more.join(known, on=["source", "key"], how="semi")])
    merged = groups(who(both, hub_limit=NEVER))
    assert all(any(small <= big for big in merged.values()) for small in less.values())


@given(worlds=st.lists(record_rows(), min_size=2, max_size=5))
def test_an_id_never_passes_to_someone_else(worlds):
    """Whatever comes, goes and comes back: an id is kept only by who had it, or it is new."""
    identity, used = None, set()
    for night, records in enumerate(worlds):
        following = who(records, as_of=day(50 + night), previous=identity)
        had = defaultdict(set) if identity is None else defaultdict(set, groups(identity))
        stayed = {(s, k) for s, k in following.assignments.select("source", "key").iter_rows()}
        for customer, members in groups(following).items():
            if customer in used and had[customer] & stayed:
                assert members & had[customer]
        assert following.assignments["name"].drop_nulls().is_unique().all()
        used |= set(groups(following))
        identity = following


@given(before=record_rows(), after=record_rows())
def test_changes_are_what_became_of_former_customers(before, after):
    known = before.select("source", "key").unique()
    first = who(before, as_of=day(50))
    second = who(concat([before, after.join(known, on=["source", "key"], how="anti")]),
                 previous=first)  # fmt: skip
    check(CHANGES, second.changes)
    now = {record: customer for customer, group in groups(second).items() for record in group}
    for customer, group in groups(first).items():
        went = {now[record] for record in group}
        rows = second.changes.filter(col("former_id") == customer)
        assert set(rows["customer_id"]) == went - {customer}
        assert set(rows["change"]) <= {"split" if len(went) > 1 else "merge"}
        assert set(rows["known_at"]) <= {END}


def test_a_merge_keeps_the_older_name_and_is_told():
    old = table([("a", 1, [("email", 1)]), ("a", 2, [("phone", 1)])])
    first = who(old, as_of=day(5))
    bridge = table([("b", 6, [("email", 1), ("phone", 1)])])
    second = who(concat([old, bridge]), as_of=day(7), previous=first)
    older, younger = first.assignments["customer_id"]
    assert set(second.assignments["customer_id"]) == {older}
    assert second.changes.rows() == [(day(7), "merge", younger, older, 1)]


def test_a_hub_splits_and_each_gets_their_own_name_back():
    people = [("a", n, [("id:crm", n), ("phone", 0)]) for n in (1, 2)]
    first = who(table(people), as_of=day(3))
    assert len(groups(first)) == 1
    people += [("a", n, [("id:crm", n), ("phone", 0)]) for n in (3, 4)]
    second = who(table(people), as_of=day(5), previous=first)
    assert second.hubs.rows() == [("phone", "phone-0", 4, 4)]
    assert len(groups(second)) == 4
    assert second.assignments["customer_id"][0] == first.assignments["customer_id"][0]
    assert second.changes["change"].to_list() == ["split"]


def test_two_hubs_do_not_hide_each_other():
    office = [("a", n, [("id:crm", n), ("phone", 0), ("email", 0)]) for n in range(6)]
    identity = who(table(office))
    assert set(identity.hubs["handle"]) == {"phone-0", "email-0"}
    assert len(groups(identity)) == 6


def test_many_devices_make_no_hub():
    browsing = [("a", n, [("device:web", n), ("email", 0)]) for n in range(9)]
    identity = who(table(browsing))
    assert identity.hubs.is_empty()
    assert len(groups(identity)) == 1


def test_a_late_record_does_not_rename():
    first = who(table([("a", 5, [("email", 1)])]), as_of=day(6))
    both = table([("a", 5, [("email", 1)]), ("a", 1, [("email", 1)])])
    second = who(both, as_of=day(7), previous=first)
    assert set(second.assignments["customer_id"]) == set(first.assignments["customer_id"])
    assert second.assignments["known_at"].to_list() == [day(5), day(6)]


def test_an_erased_founder_leaves_the_name_behind_and_does_not_get_it_back():
    both = [("a", 1, [("email", 1)]), ("a", 2, [("email", 1)])]
    first = who(table(both), as_of=day(3))
    second = who(table(both[1:]), as_of=day(4), previous=first)
    assert second.assignments["customer_id"].to_list() == [first.assignments["customer_id"][0]]
    apart = table([("a", 1, []), both[1]])
    third = who(apart, as_of=day(5), previous=second)
    assert third.assignments["customer_id"].n_unique() == 2


def test_what_was_not_known_is_not_used():
    people = table([("a", 1, [("email", 1)]), ("a", 9, [("email", 1)])])
    assert who(people, as_of=day(9)).assignments["key"].to_list() == ["1"]


def test_a_run_of_the_past_is_refused():
    later = who(table([]))
    with pytest.raises(DataRefused, match="already resolved"):
        who(table([]), as_of=day(1), previous=later)


def test_nobody_at_all():
    identity = who(table([]))
    check(ASSIGNMENTS, identity.assignments)
    check(HUBS, identity.hubs)
    assert identity.assignments.is_empty()
    assert match_report(identity, table([])).customers == 0


def test_contacts_roll_up_by_the_first_kind_and_the_last_word():
    people = table(
        [
            ("a", 1, [("email", 1), ("account:crm", 1)]),
            ("a", 2, [("email", 1), ("account:crm", 2), ("domain", 1)]),
            ("a", 3, [("email", 2), ("domain", 1)]),
            ("a", 4, [("email", 3), ("account:crm", 2)]),
            ("a", 5, [("email", 4)]),
        ]
    )
    assignments = who(people).assignments
    accounts = roll_up(assignments, people, ["account:crm", "domain"])
    check(ACCOUNTS, accounts)
    rows = {customer: (account, kind) for customer, account, kind in accounts.iter_rows()}
    twice, _, domain, same, alone = (rows[customer] for customer in assignments["customer_id"])
    assert twice == same
    assert domain[1] == "domain"
    assert domain[0] != same[0]
    assert alone == (assignments["customer_id"][4], None)


def test_domains_and_accounts_join_no_persons():
    people = table([("a", n, [("domain", 1), ("account:crm", 1)]) for n in (1, 2)])
    assert len(groups(who(people))) == 2


@given(records=record_rows())
def test_the_report_balances_and_names_no_handle(records):
    identity = who(records)
    report = match_report(identity, records)
    assert sum(one.records for one in report.sources) == report.records
    assert all(one.matched + one.alone == one.records for one in report.sources)
    assert all(one.across <= one.matched for one in report.sources)
    assert sum(hub.handles for hub in report.hubs) == identity.hubs.height
    assert not any(handle in repr(report) for handle in records["handle"].drop_nulls())


def test_the_report_counts():
    people = [("a", n, [("id:crm", n), ("phone", 0)]) for n in (1, 2, 3, 4)]
    people += [("b", 5, [("id:crm", 1)]), ("b", 6, [])]
    report = match_report(who(table(people)), table(people))
    shop, crm = report.sources[0], report.sources[1]
    assert (shop.records, shop.matched, shop.across, shop.alone) == (4, 1, 1, 3)
    assert (crm.records, crm.matched, crm.without_handle) == (2, 1, 1)
    assert [(h.kind, h.handles, h.records) for h in report.hubs] == [("phone", 1, 4)]
    assert (report.biggest[0].records, report.biggest[0].sources) == (2, 2)
