"""Each error of Dataverse, and each answer that is none, says what to do next."""

import json
from dataclasses import replace

import pytest
from calls import CANARY, trouble
from environments import a_row, an_environment, sent

from serving.destinations.dataverse.multipart import Part, content_type, read, written
from serving.destinations.destination import Acknowledged
from serving.destinations.troubles import (
    BatchRefused,
    Busy,
    Misconfigured,
    OutcomeUnknown,
)
from serving.rehearsal.dataverse import TOO_MANY
from serving.rehearsal.faults import answered, changed, dropped, html, malformed
from serving.rehearsal.window import Window

UPSERT = "UpsertMultiple"


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


@pytest.mark.parametrize("code", TOO_MANY)
def test_dataverse_says_how_long_to_wait(org, crm, code):
    org.stub.faults.on(1, refused(code, TOO_MANY[code], 429, {"retry-after": "37"}), path=UPSERT)
    with trouble(Busy) as raised:
        sent(crm, a_row("C1"))
    assert (raised.value.code, raised.value.seconds) == (code, 37.0)


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
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
def test_each_error_says_what_to_do_next(org, crm, fault, kind, code):
    org.stub.faults.on(1, fault, path=UPSERT)
    with trouble(kind, code):
        sent(crm, a_row("C1"), a_row("C2"))
    assert sent(crm, a_row("C1"), a_row("C2")).keys() == {"C1", "C2"}
    assert org.rows.keys() == {"C1", "C2"}


def test_a_service_that_failed_may_say_when_to_come_back(org, crm):
    org.stub.faults.on(1, html(503, headers={"retry-after": "5"}), path=UPSERT)
    with trouble(OutcomeUnknown) as raised:
        sent(crm, a_row("C1"))
    assert raised.value.seconds == 5


def test_a_row_alone_that_takes_too_long_is_sent_again(org, crm):
    slow = refused("0x80044151", "Sql error: SQL timeout expired.", 500)
    org.stub.faults.on(1, slow, path=UPSERT)
    with trouble(Busy):
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
        with trouble(OutcomeUnknown):
            sent(crm, *rows)
    assert sent(crm, *rows).keys() == {"C1", "C2", "C3"}


@pytest.mark.parametrize(
    ("fault", "kind"),
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
def test_a_batch_of_which_nothing_is_known_is_sent_again(org, fault, kind):
    org.renew(takes_many=False)
    crm = org.opened()
    org.stub.faults.on(1, fault, path="$batch")
    rows = [a_row("C1"), a_row("C2")]
    with trouble(kind):
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
    with trouble(Misconfigured) as raised:
        sent(crm, a_row("C1"))
    assert raised.value.code == "401"
    assert len(org.stub.journal.calls(UPSERT)) == 2


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        (None, Misconfigured, "AADSTS7000215"),
        (html(429, headers={"retry-after": "5"}), Busy, "429"),
        (html(503), OutcomeUnknown, "503"),
        (html(500), OutcomeUnknown, "500"),
        (answered(200, b"{}"), OutcomeUnknown, "NO_TOKEN"),
        (answered(200, b'{"access_token":"a","expires_in":"soon"}'), OutcomeUnknown, "NO_TOKEN"),
        (answered(200, b'{"access_token":"a\\nb","expires_in":3599}'), Misconfigured, "HEADER"),
        (dropped(), OutcomeUnknown, "ReadError"),
    ],
)
def test_without_a_token_nothing_is_sent_and_nothing_told(org, fault, kind, code):
    crm = org.opened()
    if fault:
        org.stub.faults.on(1, fault, path="token")
    else:
        org.stub.client_secret = CANARY[::-1]
    with trouble(kind, code):
        sent(crm, a_row("C1"))
    assert org.rows == {}


def test_the_stub_lets_in_as_many_calls_as_dataverse_does(org, crm):
    sent(crm, a_row("C1"))
    org.stub.requests = Window(1, 300, org.clock.now)
    sent(crm, a_row("C1"))
    org.clock.advance(100.5)
    with trouble(Busy, "0x80072322") as raised:
        sent(crm, a_row("C1"))
    assert raised.value.seconds == 200
    org.clock.advance(200)
    assert sent(crm, a_row("C1")) == {"C1": Acknowledged()}


def test_a_batch_holds_a_thousand_rows_and_no_more(org):
    org.renew(takes_many=False)
    rows = [a_row(f"C{number}") for number in range(1001)]
    assert len(sent(org.opened(), *rows[:1000])) == 1000
    with trouble(BatchRefused, "0x80060888"):
        sent(org.opened(), *rows)
