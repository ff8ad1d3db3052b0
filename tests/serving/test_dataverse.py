"""Rows reach Dataverse as they are, and each has the outcome that the vendor gave it."""

import json
from collections import Counter
from urllib.parse import unquote

import pytest
from calls import CANARY
from environments import COLUMNS, KEY, a_batch, a_row, an_environment, sent
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.destinations.dataverse.destination import KEY_ODD, NOT_FINITE
from serving.destinations.dataverse.odata import UNADDRESSABLE, is_addressable, path, record
from serving.destinations.destination import Acknowledged, Rejected, Row
from serving.destinations.troubles import (
    BatchRefused,
    Misconfigured,
)
from serving.rehearsal.dataverse_table import Table

WAYS = pytest.mark.parametrize("takes_many", [True, False], ids=["together", "singly"])
UPSERT = "UpsertMultiple"
TABLE = Table(columns=COLUMNS)

keys = st.text(st.characters(codec="utf-8") | st.sampled_from("'/%#: "), min_size=1, max_size=20)
values = st.fixed_dictionaries(
    {},
    optional={
        "new_churn": st.none() | st.floats(0, 1).map(lambda number: round(number, 4)),
        "new_health": st.none() | st.integers(0, 100),
        "new_action": st.none() | st.text(st.characters(exclude_characters="\0"), max_size=20),
    },
)


@pytest.fixture(scope="module")
def server():
    with an_environment() as org:
        yield org


@pytest.fixture
def org(server):
    server.renew()
    return server


@pytest.fixture
def crm(org):
    return org.opened()


@given(keys.filter(is_addressable))
def test_an_address_leads_back_to_its_key(key):
    address = record("contacts", KEY, key)
    assert TABLE.key_of(address) == key
    in_url = path(address)
    assert in_url.isascii()
    assert " " not in in_url
    assert TABLE.key_of(unquote(in_url)) == key


@given(keys, st.sampled_from([*UNADDRESSABLE, "#", "\0", "\x85", "\ud83d", "\n"]), keys)
def test_what_dataverse_may_find_by_no_key_or_by_another_is_no_key(before, odd, after):
    assert not is_addressable(f"{before}{odd}{after}")


@pytest.mark.parametrize("key", ["", " ", "C1 ", " C1", "C1\u00a0", "C1\n"])
def test_a_key_with_blanks_at_an_end_might_be_another_ones(key):
    assert not is_addressable(key)


@WAYS
@settings(max_examples=10, deadline=None)
@given(rows=st.dictionaries(keys, values, min_size=1, max_size=6))
def test_rows_arrive_whole_or_not_at_all_and_again_changes_nothing(server, takes_many, rows):
    folded = Counter(key.rstrip(" ").casefold() for key in rows)
    rows = {key: told for key, told in rows.items() if folded[key.rstrip(" ").casefold()] == 1}
    server.renew(takes_many=takes_many)
    destination = server.opened()
    batch = [Row(key=key, op="set", values=told) for key, told in rows.items()]
    outcomes = sent(destination, *batch)
    arrived = {key: told for key, told in rows.items() if is_addressable(key)}
    assert server.rows == arrived
    assert outcomes.keys() == rows.keys()
    assert {key for key, one in outcomes.items() if one == Acknowledged()} == arrived.keys()
    assert sent(destination, *batch) == outcomes
    assert server.rows == arrived


@WAYS
def test_none_empties_a_field_and_others_stay(org, takes_many):
    org.renew(takes_many=takes_many)
    crm = org.opened()
    sent(crm, a_row("C1", new_action="call", new_band=100000001))
    sent(crm, Row(key="C1", op="clear", values={"new_churn": None, "new_band": None}))
    assert org.rows == {"C1": {"new_churn": None, "new_band": None, "new_action": "call"}}


def test_the_calls_are_as_documented(org, crm):
    sent(crm, a_row("O'Brien"))
    assert org.paths() == [
        ("POST", "token"),
        ("GET", "sdkmessagefilters"),
        ("POST", "Microsoft.Dynamics.CRM.UpsertMultiple"),
    ]
    [upsert] = org.stub.journal.calls(UPSERT)
    assert json.loads(upsert.content) == {
        "Targets": [
            {
                "@odata.type": "Microsoft.Dynamics.CRM.contact",
                "@odata.id": "contacts(new_customerkey='O''Brien')",
                "new_churn": 0.25,
            }
        ]
    }
    assert org.pacer.allowed == (6000, 300)
    assert org.pacer.asked == ["before", "after"] * 3
    sent(crm, a_row("C2"), batch_id="b2")
    assert len(org.paths()) == 4


def test_the_dry_run_tells_the_calls_without_the_secret(org, crm):
    told = crm.calls(a_batch(a_row("C1"), a_row("a/b")))
    api = f"{org.url}/api/data/v9.2"
    assert told == [
        f"POST {api}/contacts/Microsoft.Dynamics.CRM.UpsertMultiple, 1 rows by {KEY}",
        f"or, if the table does not take that: POST {api}/$batch, 1 rows by {KEY}",
    ]
    assert crm.calls(a_batch(a_row("a/b"))) == []
    assert org.paths() == []


def test_a_batch_that_is_sent_again_bears_the_same_trace(org, crm):
    sent(crm, a_row("C1"))
    sent(crm, a_row("C1"))
    sent(crm, a_row("C1"), batch_id="b2")
    first, again, other = [row.batch for row in org.stub.journal.rows()]
    assert first == again != other


def test_rows_that_cannot_be_sent_do_not_spoil_the_others(org, crm):
    outcomes = sent(crm, a_row("a/b"), a_row("C1"), a_row("C2", new_churn=float("nan")))
    assert {key: getattr(one, "code", "") for key, one in outcomes.items()} == {
        "a/b": KEY_ODD,
        "C1": "",
        "C2": NOT_FINITE,
    }
    assert list(org.rows) == ["C1"]
    assert sent(crm, a_row("a/b")).keys() == {"a/b"}
    assert len(org.paths()) == 3


def test_keys_that_differ_by_case_alone_are_one_record(org, crm):
    with pytest.raises(BatchRefused, match="duplicate key"):
        sent(crm, a_row("C1"), a_row("c1", new_health=5))
    sent(crm, a_row("C1"))
    sent(crm, a_row("c1", new_health=5))
    assert org.rows == {"C1": {"new_churn": 0.25, "new_health": 5}}


def test_one_bad_row_takes_all_back_and_is_for_the_sender_to_find(org, crm):
    with pytest.raises(BatchRefused, match="maximum allowed length of '20'") as raised:
        sent(crm, a_row("C1"), a_row("C2", new_action="x" * 21))
    assert raised.value.code == "0x80044331"
    assert org.rows == {}


def test_singly_one_bad_row_is_refused_alone(org):
    org.renew(takes_many=False)
    crm = org.opened()
    outcomes = sent(crm, a_row("C1"), a_row("C2", new_action="x" * 21), a_row("C3"))
    assert outcomes["C2"].code == "0x80044331"
    assert (outcomes["C1"], outcomes["C3"]) == (Acknowledged(), Acknowledged())
    assert list(org.rows) == ["C1", "C3"]


@WAYS
@pytest.mark.parametrize(
    ("wrong", "about", "mend"),
    [
        ({"new_gone": 1}, "no column new_gone", "create it"),
        ({"new_churn": CANARY}, "another type", "compare types"),
        ({"new_band": 77}, "the choice new_band", "an option's number"),
    ],
)
def test_a_field_that_no_row_could_fill_stops_all(org, takes_many, wrong, about, mend):
    org.renew(takes_many=takes_many)
    crm = org.opened()
    with pytest.raises(Misconfigured, match=about) as raised:
        sent(crm, a_row("C1", **wrong), a_row("C2", **wrong))
    assert mend in raised.value.mend
    assert CANARY not in str(raised.value)
    assert org.rows == {}


def test_what_was_written_before_a_setting_is_blamed_is_told(org):
    org.renew(takes_many=False)
    crm = org.opened()
    assert sent(crm, a_row("C1"), a_row("C2", new_gone=1)) == {"C1": Acknowledged()}
    with pytest.raises(Misconfigured, match="new_gone"):
        sent(crm, a_row("C2", new_gone=1))


@WAYS
def test_a_table_without_such_a_key_is_told(org, takes_many):
    org.renew(takes_many=takes_many, key_field="new_otherkey")
    crm = org.opened()
    with pytest.raises(Misconfigured, match="no alternate key") as raised:
        sent(crm, a_row("C1"))
    assert "define the key" in raised.value.mend


def test_the_secret_goes_to_the_sign_in_alone(org, crm):
    sent(crm, a_row("C1"))
    with_secret = [
        call.path for call in org.stub.journal.calls() if CANARY.encode() in call.content
    ]
    assert with_secret == ["/tenant/oauth2/v2.0/token"]


def test_a_hundred_rows_with_one_bad_one_stay_a_hundred_outcomes(org):
    org.renew(takes_many=False)
    crm = org.opened()
    rows = [a_row(f"C{number}", new_action="x" * (number == 41) * 21) for number in range(100)]
    outcomes = sent(crm, *rows)
    assert [key for key, one in outcomes.items() if isinstance(one, Rejected)] == ["C41"]
    assert len(outcomes) == 100
