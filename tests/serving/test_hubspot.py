"""HubSpot: what a batch becomes there, and what each of its answers means."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from calls import CANARY, Noting, place, tools, trouble
from hypothesis import given
from hypothesis import strategies as st
from portals import KEY, Account, a_batch, a_spec, opened, send, some, tables

from serving.delivery.pace import Pace
from serving.destinations.destination import Acknowledged
from serving.destinations.hubspot import destination as hubspot
from serving.destinations.hubspot.destination import written
from serving.destinations.troubles import (
    BatchRefused,
    Misconfigured,
    QuotaSpent,
)
from serving.rehearsal.clock import Clock
from serving.rehearsal.window import Window
from serving.secret import Secret

DONE = Acknowledged()


@pytest.fixture(scope="module")
def here():
    with place() as found:
        yield found


@pytest.fixture
def account(here):
    made = Account(here)
    yield made
    made.destination.close()


@given(nights=st.lists(tables, max_size=3))
def test_the_account_holds_what_was_sent_last(here, nights):
    account = Account(here)
    expected = {}
    for rows in nights:
        assert account.send(rows) == dict.fromkeys(rows, DONE)
        assert account.send(rows) == dict.fromkeys(rows, DONE)
        for key, told in rows.items():
            # One record for all ways to write a key; the first of them stays.
            held = expected.setdefault(key.casefold(), {KEY: key})
            held.update({name: written(value) for name, value in told.items()})
    held = account.portal.by(KEY).values()
    told = [{name: value for name, value in one.items() if value} for one in expected.values()]
    assert sorted(map(sorted_items, held)) == sorted(map(sorted_items, told))
    account.destination.close()


def sorted_items(held):
    return sorted(held.items())


@given(number=st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_written_exactly_and_without_an_exponent(number):
    told = written(number)
    assert Decimal(told) == Decimal(repr(number))
    assert not set(told) - set("-.0123456789")


def test_the_call_is_as_the_vendor_describes_it(account):
    account.send({"C-1": {"churn_score": 0.7134, "reason": None}})
    (call,) = account.stub.journal.calls()
    assert (call.method, call.path) == ("POST", "/crm/v3/objects/contacts/batch/upsert")
    assert json.loads(call.content) == {
        "inputs": [
            {
                "id": "C-1",
                "idProperty": KEY,
                "objectWriteTraceId": "r1:C-1",
                "properties": {"churn_score": "0.7134", "reason": ""},
            }
        ]
    }


def test_a_dated_version_and_another_object_have_their_own_address(here):
    dated = {"version": "2026-03", "object": "companies"}
    account = Account(here, options=dated)
    account.portal.kind = "companies"
    assert account.send(some(1)) == {"C-0": DONE}
    assert account.stub.journal.calls()[0].path == "/crm/objects/2026-03/companies/batch/upsert"
    account.destination.close()


def test_an_empty_value_clears(account):
    account.send({"C-1": {"reason": "silent", "risk_band": "high"}})
    account.send({"C-1": {"reason": None}})
    assert account.portal.by(KEY) == {"C-1": {KEY: "C-1", "risk_band": "high"}}


def test_nothing_is_called_for_nothing(account):
    assert account.send({}) == {}
    assert account.calls() == 0


def test_when_the_day_is_used_up_the_account_says_until_when(here):
    jakarta = datetime(2026, 11, 22, 20, tzinfo=UTC)
    account = Account(here, Clock(jakarta), options={"time_zone": "Asia/Jakarta"})
    account.stub.calls_a_day = 1
    account.send(some(1))
    with trouble(QuotaSpent, "DAILY") as told:
        account.send(some(1))
    assert told.value.until == datetime(2026, 11, 23, 17, tzinfo=UTC)
    account.destination.close()


def test_the_limit_is_kept_and_learned_from_the_answers(here):
    clock = Clock()
    pace = Pace(clock.timing, calls=1, seconds=1)
    account = Account(here, clock, pace)
    account.stub.window = Window(5, 10, clock.now)
    for _ in range(23):
        account.send(some(1))
    # What HubSpot allows the smallest account holds only until the first answer.
    assert account.stub.window.highest <= 5
    assert [call.status for call in account.stub.journal.calls()] == [200] * 23
    account.destination.close()


@pytest.mark.parametrize(
    ("options", "before", "after"),
    [
        ({}, (100, 10.0), (190, 10.0)),
        ({"calls_in_10_seconds": 50}, (50, 10.0), (50, 10.0)),
        ({"calls_in_10_seconds": 250}, (250, 10.0), (190, 10.0)),
    ],
)
def test_who_allows_how_many_calls(here, options, before, after):
    pacer = Noting()
    account = Account(here, pacer=pacer, options=options)
    account.stub.window = Window(190, 10, account.clock.now)
    assert pacer.allowed == before
    account.send(some(1))
    assert pacer.allowed == after
    account.destination.close()


def test_one_that_conflicts_spoils_the_batch_and_nothing_of_it_is_written(account):
    account.portal.conflicts = {"C-7"}
    with trouble(BatchRefused, "CONFLICT"):
        account.send(some(100))
    assert account.portal.records == {}
    assert not any(row.accepted for row in account.stub.journal.rows())


def test_two_keys_of_one_record_are_refused_together(account):
    with trouble(BatchRefused):
        account.send({"c-1": {"reason": "a"}, "C-1": {"reason": "b"}})
    assert account.portal.records == {}


def test_more_rows_than_a_call_takes_are_refused(account):
    with trouble(BatchRefused):
        account.send(some(account.destination.rows_a_batch + 1))
    assert account.send(some(account.destination.rows_a_batch))


def test_a_token_without_the_right_is_a_mistake(account):
    account.stub.scopes = frozenset({"read"})
    with trouble(Misconfigured, "MISSING_SCOPES") as told:
        account.send(some(1))
    assert "crm.objects.contacts.write" in told.value.mend


def test_a_token_that_was_renewed_is_read_again(here):
    tokens = iter(["old", CANARY])
    account = Account(here, secrets={"token": Secret(lambda: next(tokens))})
    assert account.send(some(1)) == {"C-0": DONE}
    assert [call.status for call in account.stub.journal.calls()] == [401, 200]
    account.destination.close()


def test_what_is_shown_of_a_call_holds_no_secret_and_no_row(here):
    destination = opened(here.url, Clock())
    address = f"{here.url}/crm/v3/objects/contacts/batch/upsert"
    told = destination.calls(a_batch(some(7, reason=CANARY)))
    assert told == [f"POST {address}, 7 rows by {KEY}"]
    destination.close()


def test_settings_that_mean_something_are_no_mistake():
    options = {"version": "2026-03", "object": "2-123456", "calls_in_10_seconds": 190}
    spec = a_spec(options=options | {"time_zone": "Asia/Jakarta"})
    assert hubspot.mistakes(spec) == []
    assert hubspot.mistakes(a_spec("http://127.0.0.1:8080")) == []


def test_this_machine_is_called_in_rehearsals_alone(here):
    spec, clock = a_spec(here.url), Clock()
    destination = hubspot.opened(spec, tools(clock, loopback=False))
    with trouble(Misconfigured, "HOST"):
        send(destination, some(1))
    destination.close()


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ({"options": {"verson": "v3"}}, "options.verson"),
        ({"options": {"version": "v2"}}, "options.version"),
        ({"options": {"object": "contacts/../owners"}}, "options.object"),
        ({"options": {"time_zone": "Asia/Jakarto"}}, "options.time_zone"),
        ({"options": {"calls_in_10_seconds": 0}}, "options.calls_in_10_seconds"),
        ({"options": {"calls_in_10_seconds": True}}, "options.calls_in_10_seconds"),
        ({"options": {"url": "https://hubapi.com.evil.example"}}, "options.url"),
        ({"options": {"url": "http://api.hubapi.com"}}, "options.url"),
        ({"options": {"url": "http://127.0.0.1.evil.example"}}, "options.url"),
        ({"options": {"url": "http://localhost@evil.example"}}, "options.url"),
        ({"secrets": {}}, "secrets.token"),
        ({"key_field": "email"}, "key_field"),
        ({"fields": {"Churn Score": "churn_probability"}}, "fields.Churn Score"),
    ],
)
def test_settings_that_cannot_be_are_named(said, key):
    assert [one.key for one in hubspot.mistakes(a_spec(**said))] == [key]
