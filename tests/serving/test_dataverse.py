"""Rows reach Dataverse as they are, and each has the outcome that the vendor gave it."""

import json
from collections import Counter
from dataclasses import replace
from urllib.parse import unquote

import pytest
from environments import COLUMNS, KEY, a_batch, a_row, an_environment, sent
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.destinations.dataverse import KEY_ODD, NOT_FINITE
from serving.destinations.destination import Acknowledged, Rejected, Row
from serving.destinations.multipart import Part, content_type, read, written
from serving.destinations.odata import UNADDRESSABLE, is_addressable, path, record
from serving.destinations.troubles import (
    BatchRefused,
    Busy,
    Misconfigured,
    OutcomeUnknown,
)
from serving.rehearsal.dataverse import TOO_MANY
from serving.rehearsal.dataverse_table import Table
from serving.rehearsal.faults import answered, changed, dropped, html, malformed

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


def refused(code, message, status=400, headers=None):
    error = json.dumps({"error": {"code": code, "message": message}}).encode()
    return answered(status, error, headers=headers)


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
    assert org.pacer.allowed == [(6000, 300)]
    assert (org.pacer.calls, org.pacer.within) == (3, 0)
    sent(crm, a_row("C2"), batch_id="b2")
    assert len(org.paths()) == 4


def test_the_dry_run_tells_the_calls_without_the_secret(org, crm):
    told = crm.calls(a_batch(a_row("C1"), a_row("a/b")))
    assert [line.replace(org.url, "") for line in told] == [
        "POST /api/data/v9.2/contacts/Microsoft.Dynamics.CRM.UpsertMultiple (1 rows)",
        "or, if the table does not take that: POST /api/data/v9.2/$batch (1 PATCHes)",
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
        ({"new_churn": "high"}, "another type", "compare types"),
        ({"new_band": 77}, "the choice new_band", "an option's number"),
    ],
)
def test_a_field_that_no_row_could_fill_stops_all(org, takes_many, wrong, about, mend):
    org.renew(takes_many=takes_many)
    crm = org.opened()
    with pytest.raises(Misconfigured, match=about) as raised:
        sent(crm, a_row("C1", **wrong), a_row("C2", **wrong))
    assert mend in raised.value.mend
    assert not any(str(value) in str(raised.value) for value in wrong.values() if value != 1)
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


@pytest.mark.parametrize("code", TOO_MANY)
def test_dataverse_says_how_long_to_wait(org, crm, code):
    org.stub.faults.on(1, refused(code, TOO_MANY[code], 429, {"retry-after": "37"}), path=UPSERT)
    with pytest.raises(Busy) as raised:
        sent(crm, a_row("C1"))
    assert (raised.value.code, raised.value.seconds) == (code, 37.0)


@pytest.mark.parametrize(
    ("fault", "trouble", "code"),
    [
        (html(429, headers={"retry-after": "5"}), Busy, "429"),
        (html(503, headers={"retry-after": "5"}), OutcomeUnknown, "503"),
        (answered(500, commits=True), OutcomeUnknown, "500"),
        (answered(502, headers={"retry-after": "5"}, commits=True), OutcomeUnknown, "502"),
        (dropped(), OutcomeUnknown, "ReadError"),
        (dropped(commits=False), OutcomeUnknown, "ReadError"),
        (refused("0x80044150", "Sql error: ... Sql Number: 1205", 500), Busy, "0x80044150"),
        (refused("0x80044151", "Sql error: SQL timeout expired."), BatchRefused, "0x80044151"),
        (refused("0x80060891", "Message size exceeded", 413), BatchRefused, "0x80060891"),
        (refused("0x80040237", "A record exists.", 412), BatchRefused, "0x80040237"),
        (refused("0x80040217", "contact Does Not Exist", 404), BatchRefused, "0x80040217"),
        (refused("0x80040220", "missing prvWriteContact", 403), Misconfigured, "0x80040220"),
        (
            refused("0x80040220", "no UpdateAccess rights for record with id 1", 403),
            BatchRefused,
            "0x80040220",
        ),
        (refused("", "No HTTP resource was found", 404), Misconfigured, "404"),
        (refused("", "Not implemented", 501), Misconfigured, "501"),
        (answered(302, headers={"location": "https://elsewhere.test"}), Misconfigured, "302"),
    ],
)
def test_each_error_says_what_to_do_next(org, crm, fault, trouble, code):
    org.stub.faults.on(1, fault, path=UPSERT)
    with pytest.raises(trouble) as raised:
        sent(crm, a_row("C1"), a_row("C2"))
    assert (type(raised.value), raised.value.code) == (trouble, code)
    assert sent(crm, a_row("C1"), a_row("C2")).keys() == {"C1", "C2"}
    assert org.rows.keys() == {"C1", "C2"}


def test_a_row_alone_that_takes_too_long_is_sent_again(org, crm):
    slow = refused("0x80044151", "Sql error: SQL timeout expired.", 500)
    org.stub.faults.on(1, slow, path=UPSERT)
    with pytest.raises(Busy):
        sent(crm, a_row("C1"))


def test_nothing_is_sent_before_the_table_was_asked(org, crm):
    org.stub.faults.on(1, refused("0x0", "Syntax error"), path="sdkmessagefilters")
    with pytest.raises(Misconfigured, match="does not tell what the table takes"):
        sent(crm, a_row("C1"))
    assert org.rows == {}
    assert sent(crm, a_row("C1")) == {"C1": Acknowledged()}


def reparted(change):
    """The parts of a batch's answer, changed."""

    def with_other_parts(content):
        told = content_type(content.split(b"\r\n", 1)[0].removeprefix(b"--").decode())
        return written(change(read(content, told)), "batchresponse_4f1c")

    return changed(with_other_parts)


def status(code, reason="", headers=None):
    error = json.dumps({"error": {"code": reason, "message": "no"}}).encode()
    return lambda part: Part(
        number=part.number, line=f"HTTP/1.1 {code} No", headers=headers or {}, body=error
    )


@pytest.mark.parametrize("numbers", [True, False])
@pytest.mark.parametrize(
    ("change", "known", "in_order"),
    [
        (lambda parts: parts, "C1 C2 C3", "C1 C2 C3"),
        (lambda parts: parts[1:], "C2 C3", ""),
        (lambda parts: [*parts, parts[0]], "C2 C3", ""),
        (lambda parts: [Part(number="9", line=parts[0].line), *parts[1:]], "C2 C3", ""),
        (lambda parts: [status(503)(parts[0]), *parts[1:]], "C2 C3", "C2 C3"),
        (lambda parts: [replace(parts[0], line="gibberish"), *parts[1:]], "C2 C3", "C2 C3"),
        (lambda parts: parts[::-1], "C1 C2 C3", "C1 C2 C3"),
    ],
    ids=["whole", "short", "repeated", "unknown", "failed", "unreadable", "reordered"],
)
def test_only_what_an_answer_names_is_known(org, numbers, change, known, in_order):
    org.renew(takes_many=False, numbers=numbers)
    crm = org.opened()
    org.stub.faults.on(1, reparted(change), path="$batch")
    rows = [a_row("C1"), a_row("C2"), a_row("C3")]
    told = frozenset(known.split() if numbers else in_order.split())
    if told:
        assert sent(crm, *rows) == dict.fromkeys(told, Acknowledged())
    else:
        with pytest.raises(OutcomeUnknown):
            sent(crm, *rows)
    assert sent(crm, *rows).keys() == {"C1", "C2", "C3"}


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        (reparted(lambda parts: [status(429, "0x80072322")(part) for part in parts]), Busy),
        (reparted(lambda parts: [status(500)(part) for part in parts]), OutcomeUnknown),
        (
            reparted(lambda parts: [status(429)(parts[0]), *map(status(500), parts[1:])]),
            OutcomeUnknown,
        ),
        (reparted(lambda _: []), OutcomeUnknown),
        (malformed(), OutcomeUnknown),
        (answered(200, b"{}", headers={"content-type": "application/json"}), OutcomeUnknown),
        (refused("0x80072322", "Number of requests", 429), Busy),
        (dropped(), OutcomeUnknown),
    ],
)
def test_a_batch_of_which_nothing_is_known_is_sent_again(org, fault, trouble):
    org.renew(takes_many=False)
    crm = org.opened()
    org.stub.faults.on(1, fault, path="$batch")
    rows = [a_row("C1"), a_row("C2")]
    with pytest.raises(trouble):
        sent(crm, *rows)
    assert sent(crm, *rows) == {"C1": Acknowledged(), "C2": Acknowledged()}
    assert org.rows.keys() == {"C1", "C2"}


def test_a_batch_that_stopped_at_its_first_error_tells_what_came_before(org):
    org.renew(takes_many=False)
    crm = org.opened()
    stops = answered(
        400,
        written(
            [
                Part(number="1", line="HTTP/1.1 204 No Content"),
                Part(number="2", line="HTTP/1.1 400 Bad Request", body=b'{"error":{"code":"0x1"}}'),
            ],
            "b",
        ),
        headers={"content-type": content_type("b")},
    )
    org.stub.faults.on(1, stops, path="$batch")
    outcomes = sent(crm, a_row("C1"), a_row("C2"), a_row("C3"))
    assert outcomes["C1"] == Acknowledged()
    assert outcomes["C2"].code == "0x1"
    assert "C3" not in outcomes


def test_a_token_is_asked_for_once_and_again_when_it_has_ended(org, crm):
    sent(crm, a_row("C1"))
    org.clock.advance(3200)
    sent(crm, a_row("C1"))
    assert len(org.stub.journal.calls("token")) == 1
    org.clock.advance(200)
    sent(crm, a_row("C1"))
    assert len(org.stub.journal.calls("token")) == 2
    org.stub.expire_tokens()
    assert sent(crm, a_row("C1")) == {"C1": Acknowledged()}
    assert len(org.stub.journal.calls("token")) == 3


def test_a_second_refusal_of_who_calls_ends_it(org, crm):
    org.stub.faults.always(answered(401), path=UPSERT)
    with pytest.raises(Misconfigured) as raised:
        sent(crm, a_row("C1"))
    assert raised.value.code == "401"
    assert len(org.stub.journal.calls(UPSERT)) == 2


@pytest.mark.parametrize(
    ("fault", "trouble", "code"),
    [
        (None, Misconfigured, "AADSTS7000215"),
        (html(429, headers={"retry-after": "5"}), Busy, "429"),
        (html(503), OutcomeUnknown, "503"),
        (html(500), OutcomeUnknown, "500"),
        (answered(200, b"{}"), OutcomeUnknown, "NO_TOKEN"),
        (answered(200, b'{"access_token":"a\\nb","expires_in":3599}'), Misconfigured, "HEADER"),
        (dropped(), OutcomeUnknown, "ReadError"),
    ],
)
def test_without_a_token_nothing_is_sent_and_nothing_told(org, fault, trouble, code):
    secret = "secret" if fault else "canary-7f3a"
    crm = org.opened(secret=secret)
    if fault:
        org.stub.faults.on(1, fault, path="token")
    with pytest.raises(trouble) as raised:
        sent(crm, a_row("C1"))
    assert (type(raised.value), raised.value.code) == (trouble, code)
    told = f"{raised.value!r} {raised.value.__dict__} {raised.value.__context__!r}"
    assert secret not in told.replace("client_secret", "").replace("the secret", "")
    assert org.rows == {}


def test_the_secret_goes_to_the_sign_in_alone(org, crm):
    sent(crm, a_row("C1"))
    with_secret = [call.path for call in org.stub.journal.calls() if b"secret" in call.content]
    assert with_secret == ["/tenant/oauth2/v2.0/token"]


def test_a_hundred_rows_with_one_bad_one_stay_a_hundred_outcomes(org):
    org.renew(takes_many=False)
    crm = org.opened()
    rows = [a_row(f"C{number}", new_action="x" * (number == 41) * 21) for number in range(100)]
    outcomes = sent(crm, *rows)
    assert [key for key, one in outcomes.items() if isinstance(one, Rejected)] == ["C41"]
    assert len(outcomes) == 100
