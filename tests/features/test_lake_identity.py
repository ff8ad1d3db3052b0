"""Customers by handles, night after night: every row lies with the customer that it belongs to."""

from datetime import timedelta

import polars as pl
import pytest
from contacts import FIRST_NIGHT, HEADS, MAILS, PHONES, days, night
from hypothesis import given, settings
from hypothesis import strategies as st

from features.contracts import INPUTS, check
from features.lake.places import Places


class Circles:
    """Who hangs together, by hand: each record joins all that share one of its handles."""

    def __init__(self):
        self.circles: list[set[str]] = []

    def meet(self, *handles: str) -> None:
        found = {handle for handle in handles if handle}
        touched = [circle for circle in self.circles if circle & found]
        self.circles = [circle for circle in self.circles if not circle & found]
        self.circles.append(set().union(found, *touched))

    def of(self, handle: str) -> frozenset[str]:
        return next(frozenset(circle) for circle in self.circles if handle in circle)


people = st.tuples(st.sampled_from(MAILS), st.sampled_from(PHONES), st.just(""), st.just("x"))
random_nights = st.lists(
    st.fixed_dictionaries(
        {
            "contacts": st.lists(people, max_size=2),
            "tickets": st.lists(st.sampled_from(MAILS[:3]), max_size=2),
            "calls": st.lists(st.sampled_from(PHONES[:3]), max_size=2),
        }
    ),
    min_size=1,
    max_size=4,
)


class World:
    """Exports that grow from night to night, and who is who in them."""

    def __init__(self):
        self.told: dict[str, list[tuple]] = {name: [] for name in HEADS}
        self.circles = Circles()
        self.handle_of: dict[str, str] = {}

    def add(self, number: int, tonight: dict[str, list]) -> None:
        for mail, phone, *rest in tonight["contacts"]:
            self.told["contacts"].append((mail, phone, *rest))
            if mail or phone:
                self.circles.meet(mail, phone)
        for name in ("tickets", "calls"):
            for handle in tonight[name]:
                key = f"{name}{len(self.told[name])}"
                self.told[name].append((key, handle, days(number)))
                self.handle_of[key] = handle
                self.circles.meet(handle)

    def groups(self, events: pl.DataFrame) -> dict[frozenset[str], set[str]]:
        """The customers that the lake names, by whom they are."""
        groups: dict[frozenset[str], set[str]] = {}
        for key, customer in events.select("source_key", "customer_id").rows():
            groups.setdefault(self.circles.of(self.handle_of[key]), set()).add(customer)
        return groups


@settings(max_examples=5)
@given(nights=random_nights)
def test_rows_lie_with_whom_their_handles_tell_and_names_last(nights, tmp_path_factory):
    folder, world = tmp_path_factory.mktemp("who"), World()
    named: dict[frozenset[str], set[str]] = {}
    for number, tonight in enumerate(nights):
        world.add(number, tonight)
        snapshot = night(folder, world.told, number).snapshot
        events = snapshot.events()
        groups = world.groups(events)
        assert events.height == len(world.handle_of)
        assert all(len(customers) == 1 for customers in groups.values())
        assert len(set().union(*groups.values())) == len(groups)
        assert all(groups[circle] == named[circle] for circle in groups.keys() & named.keys())
        named = groups
        for stored in snapshot.manifest.tables["events"]:
            ids = snapshot.rows(stored)["customer_id"]
            assert set(Places(3).of(ids)) == {stored.place}


def test_a_contact_that_joins_two_customers_moves_the_rows_of_one_and_it_is_written_down(tmp_path):
    told = {
        "tickets": [("t1", MAILS[0], days(0)), ("t2", MAILS[1], days(0))],
        "calls": [("c1", PHONES[0], days(1))],
    }
    first = night(tmp_path, told, 0).snapshot
    before = dict(first.events().select("source_key", "customer_id").rows())
    assert len(set(before.values())) == 3
    joined = night(tmp_path, {**told, "contacts": [(MAILS[0], PHONES[0], "", "gold")]}, 1)
    after = dict(joined.snapshot.events().select("source_key", "customer_id").rows())
    assert after["c1"] == after["t1"] == before["t1"]
    assert after["t2"] == before["t2"]
    assert joined.snapshot.customers()["customer_id"].to_list() == [after["t1"]]
    changes = joined.snapshot.standing().identity.changes
    assert changes.select("known_at", "change", "former_id", "customer_id").rows() == [
        (FIRST_NIGHT + timedelta(days=1), "merge", before["c1"], before["t1"])
    ]
    again = night(tmp_path, {**told, "contacts": [(MAILS[0], PHONES[0], "", "gold")]}, 2)
    assert again.snapshot.events().equals(joined.snapshot.events())
    assert again.snapshot.standing().identity.changes.equals(changes)


def test_contacts_roll_up_to_their_account(tmp_path):
    told = {
        "contacts": [(MAILS[0], "", "acme", "x"), (MAILS[1], PHONES[1], "acme", "x")],
        "tickets": [
            ("t1", MAILS[0], days(0)),
            ("t2", MAILS[1], days(0)),
            ("t3", MAILS[2], days(0)),
        ],
        "calls": [("c1", PHONES[1], days(0))],
    }
    snapshot = night(tmp_path, told, 0, accounts=("account:crm",)).snapshot
    customers = dict(snapshot.events().select("source_key", "customer_id").rows())
    assert customers["t1"] == customers["t2"] == customers["c1"]
    assert customers["t1"][0] == "a"
    assert customers["t3"][0] == "c"


def test_a_name_of_a_source_is_a_handle_once_another_source_tells_by_handles(tmp_path):
    told = {"bills": [("7", days(0)), ("7.0", days(1)), ("8", days(1))]}
    written = night(tmp_path, told, 0)
    assert written.snapshot.events()["customer_id"].n_unique() == written.customers == 2


def test_a_row_without_any_handle_is_set_aside(tmp_path):
    told = {"contacts": [("nobody", "n/a", "", "x")], "calls": [("c1", PHONES[0], days(0))]}
    written = night(tmp_path, told, 0)
    assert written.reading.quarantine.select("source", "row", "reason", "column").rows() == [
        ("contacts", 1, "no_customer", "handles")
    ]


@pytest.mark.parametrize("name", sorted(INPUTS))
def test_every_table_comes_out_of_the_lake_as_its_contract(name, tmp_path):
    told = {"contacts": [(MAILS[0], PHONES[0], "", "gold")], "calls": [("c1", PHONES[0], days(0))]}
    check(INPUTS[name], night(tmp_path, told, 0).snapshot.table(name))
