"""Companies as customers: whose rows move with a contact's account, and that it is written down."""

from datetime import timedelta

import polars as pl
from contacts import FIRST_NIGHT, HEADS, MAILS, PHONES, days, night
from hypothesis import given, settings
from hypothesis import strategies as st

from features.identity.report import match_report

ROLLED = {"accounts": ("account:crm",)}

touches = st.tuples(st.sampled_from(["tickets", "calls"]), st.integers(0, 2))
contacts = st.tuples(
    st.sampled_from(MAILS), st.sampled_from(PHONES), st.sampled_from(("", "acme", "bolt"))
)
nights_of = st.lists(
    st.tuples(
        st.lists(contacts, max_size=2), st.lists(touches, max_size=3), st.sampled_from([ROLLED, {}])
    ),
    min_size=2,
    max_size=4,
)


@settings(max_examples=5)
@given(nights=nights_of)
def test_every_row_that_went_to_another_customer_is_told_by_a_change(nights, tmp_path_factory):
    """Also where contacts join, get an account or another one, and where roll-up comes and goes."""
    folder = tmp_path_factory.mktemp("moves")
    told = {name: [] for name in HEADS}
    before, written = {}, 0
    for number, (people, touched, params) in enumerate(nights):
        told["contacts"] += [(*person, f"plan {number}") for person in people]
        for name, at in touched:
            handle = (MAILS if name == "tickets" else PHONES)[at]
            told[name].append((f"{name}{len(told[name])}", handle, days(number)))
        snapshot = night(folder, told, number, **params).snapshot
        whose, changes = owners(snapshot), snapshot.standing().identity.changes
        news = changes.filter(pl.col("known_at") == snapshot.as_of)
        pairs = news.select("former_id", "customer_id").rows()
        assert changes.height == written + news.height
        assert len(set(pairs)) == len(pairs)
        assert {(before[row], whose[row]) for row in before if whose[row] != before[row]} <= {
            *pairs
        }
        before, written = whose, changes.height


def owners(snapshot) -> dict[tuple[str, str], str]:
    """The customer of each event."""
    rows = snapshot.events().select("source", "source_key", "customer_id").rows()
    return {(source, key): customer for source, key, customer in rows}


def test_a_contact_that_gets_an_account_takes_its_rows_along_and_it_is_written_down(tmp_path):
    told = {
        "contacts": [(MAILS[1], "", "acme", "x")],
        "tickets": [("t1", MAILS[0], days(0)), ("t2", MAILS[1], days(0))],
    }
    first = owners(night(tmp_path, told, 0, **ROLLED).snapshot)
    assert night(tmp_path, told, 1, **ROLLED).snapshot.standing().identity.changes.is_empty()
    told["contacts"].append((MAILS[0], "", "acme", "x"))
    snapshot = night(tmp_path, told, 2, **ROLLED).snapshot
    after = owners(snapshot)
    assert after["tickets", "t1"] == after["tickets", "t2"] == first["tickets", "t2"]
    now = FIRST_NIGHT + timedelta(days=2)
    changes = [(now, "account", first["tickets", "t1"], first["tickets", "t2"], 1)]
    assert snapshot.standing().identity.changes.rows() == changes
    later = night(tmp_path, told, 3, **ROLLED).snapshot.standing()
    assert later.identity.changes.rows() == changes
    report = match_report(later.identity, later.records)
    assert (report.moves, report.merges, report.splits) == (1, 0, 0)


def test_contacts_that_join_are_not_told_twice(tmp_path):
    """One of them had an account, so that the rows of the other go there."""
    told = {
        "contacts": [(MAILS[0], "", "acme", "x")],
        "tickets": [("t1", MAILS[0], days(0)), ("t2", MAILS[1], days(0))],
        "calls": [("c1", PHONES[0], days(0))],
    }
    first = owners(night(tmp_path, told, 0, **ROLLED).snapshot)
    told["contacts"] += [(MAILS[0], PHONES[0], "", "x"), (MAILS[1], PHONES[1], "", "x")]
    told["calls"] += [("c2", PHONES[1], days(0))]
    snapshot = night(tmp_path, told, 1, **ROLLED).snapshot
    changes = snapshot.standing().identity.changes
    by_kind = {kind: set() for kind in ("merge", "account")}
    for kind, former, customer in changes.select("change", "former_id", "customer_id").rows():
        by_kind[kind].add((former, customer))
    assert by_kind["account"] == {(first["calls", "c1"], first["tickets", "t1"])}
    assert all(customer[0] == "c" for pair in by_kind["merge"] for customer in pair)
    assert len(by_kind["merge"]) == 1
