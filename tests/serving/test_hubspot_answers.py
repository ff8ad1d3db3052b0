"""What each answer of HubSpot's means for the rows of a batch."""

import json

import pytest
from calls import CANARY, place, trouble
from portals import KEY, Account, some

from serving.destinations.destination import Acknowledged, Rejected
from serving.destinations.troubles import (
    BatchRefused,
    Busy,
    Misconfigured,
    OutcomeUnknown,
)
from serving.rehearsal import faults
from serving.rehearsal.faults import Fault, answered, changed
from serving.rehearsal.hubspot_portal import Property

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


LIMIT = b'{"status":"error","message":"You have reached your %s limit.","policyName":"%s"}'


@pytest.mark.parametrize(
    ("fault", "kind", "seconds"),
    [
        (answered(423), Busy, 2.0),
        (answered(423, headers={"retry-after": "1"}), Busy, 2.0),
        (answered(477, headers={"retry-after": "120"}), Busy, 120.0),
        (answered(477), Busy, 60.0),
        (answered(429, LIMIT % (b"secondly", b"SECONDLY")), Busy, 1.0),
        (answered(429, LIMIT % (b"ten_secondly_rolling", b"TEN_SECONDLY_ROLLING")), Busy, 10.0),
        (answered(429, b"{", headers={"retry-after": "30"}), Busy, 30.0),
        (answered(429, headers={"retry-after": "999999"}), Busy, 900.0),
        (answered(429, headers={"retry-after": "Sun, 22 Nov 2026 00:00:30 GMT"}), Busy, 30.0),
        (faults.html(429), Busy, 10.0),
        *((answered(status, commits=True), OutcomeUnknown, None) for status in (502, 504, 524)),
        *((answered(status), OutcomeUnknown, None) for status in (408, 500, 503, 599)),
        (answered(202), OutcomeUnknown, None),
        (answered(413, b"too large"), BatchRefused, None),
        (answered(400, b"<html>"), BatchRefused, None),
        (answered(404), Misconfigured, None),
        (faults.malformed(), OutcomeUnknown, None),
        (faults.dropped(), OutcomeUnknown, None),
        (Fault(cut_after=40), OutcomeUnknown, None),
        (changed(lambda told: told.replace(b"COMPLETE", b"PROCESSING")), OutcomeUnknown, None),
    ],
)
def test_what_an_answer_asks_for(account, fault, kind, seconds):
    """And the same batch, sent again, leaves one record a customer."""
    account.stub.faults.on(1, fault)
    with trouble(kind) as told:
        account.send(some(3, reason=CANARY))
    if kind is Busy:
        assert told.value.seconds == seconds
        assert account.portal.records == {}
    assert account.send(some(3)) == dict.fromkeys(some(3), DONE)
    assert len(account.portal.records) == 3


def test_a_row_that_is_refused_alone_is_rejected_and_the_others_are_there(account):
    account.portal.row_errors = {"C-1": "INVALID_NUMBER"}
    told = account.send(some(4))
    assert told.pop("C-1") == Rejected("INVALID_NUMBER", "The record C-1 cannot be written")
    assert told == {"C-0": DONE, "C-2": DONE, "C-3": DONE}


def test_an_error_that_names_no_row_is_that_of_the_only_one_missing(account):
    account.portal.row_errors = {"C-1": "INVALID_NUMBER", "C-2": "INVALID_NUMBER"}
    account.stub.faults.always(reworked(lambda body: strip(body["errors"])))
    assert set(account.send(some(4))) == {"C-0", "C-3"}
    account.portal.row_errors.pop("C-2")
    assert account.send(some(4))["C-1"].code == "INVALID_NUMBER"


def strip(errors):
    for error in errors:
        error["context"] = {}


def reworked(change):
    """The body of an answer, changed as JSON."""

    def rework(content):
        body = json.loads(content)
        change(body)
        return json.dumps(body).encode()

    return changed(rework)


def renamed(body):
    body["results"][0].update(objectWriteTraceId="r1:C-77", properties={KEY: "C-77"})


def accused(body):
    error = {"status": "error", "message": "no", "context": {"objectWriteTraceId": ["r1:C-3"]}}
    body["errors"] = [error]


@pytest.mark.parametrize(
    ("change", "known"),
    [
        pytest.param(lambda body: body["results"].clear(), [], id="empty"),
        pytest.param(lambda body: body.pop("results"), [], id="none"),
        pytest.param(lambda body: body["results"].pop(0), [0, 1, 2], id="short"),
        pytest.param(lambda body: body["results"].reverse(), [0, 1, 2, 3], id="reordered"),
        pytest.param(lambda body: body["results"].__setitem__(0, 5), [0, 1, 2], id="no object"),
        pytest.param(
            lambda body: body["results"].__setitem__(0, body["results"][1]),
            [0, 1, 2],
            id="repeated",
        ),
        pytest.param(renamed, [0, 1, 2], id="unknown"),
        pytest.param(accused, [0, 1, 2], id="done and refused"),
        pytest.param(
            lambda body: [one.pop("objectWriteTraceId") for one in body["results"]],
            [0, 1, 2, 3],
            id="without traces",
        ),
        pytest.param(
            lambda body: [one.pop("properties") for one in body["results"]],
            [0, 1, 2, 3],
            id="without properties",
        ),
    ],
)
def test_only_what_is_said_of_a_row_is_known_of_it(account, change, known):
    """The stub answers in the order C-3, C-2, C-1, C-0."""
    account.stub.faults.on(1, reworked(change))
    assert account.send(some(4)) == {f"C-{n}": DONE for n in known}


def test_a_record_that_somebody_deleted_is_not_delivered(account):
    account.portal.archived = {"C-1"}
    told = account.send(some(2))
    assert (told["C-0"], told["C-1"].code) == (DONE, "ARCHIVED")


def test_a_record_of_another_key_is_not_the_customers(account):
    """As after two records were merged in HubSpot: its trace is ours, its key is not."""
    other = reworked(lambda body: body["results"][0]["properties"].update({KEY: "C-77"}))
    account.stub.faults.on(1, other)
    told = account.send(some(2))
    assert (told["C-0"], told["C-1"].code) == (DONE, "OTHER_KEY")


@pytest.mark.parametrize(
    ("held", "code", "named"),
    [
        ({"reason": None}, "PROPERTY_DOESNT_EXIST", "reason"),
        ({"reason": Property(read_only=True)}, "READ_ONLY_VALUE", "reason"),
        ({"risk_band": Property(kind="enumeration")}, "INVALID_OPTION", "risk_band"),
        ({KEY: Property()}, "NOT_UNIQUE", ""),
        ({KEY: None}, "PROPERTY_DOESNT_EXIST", KEY),
    ],
)
def test_a_property_that_is_wrong_is_one_mistake_and_not_many_bad_rows(account, held, code, named):
    changed_properties = {**account.portal.properties, **held}
    account.portal.properties = {name: one for name, one in changed_properties.items() if one}
    with trouble(Misconfigured, code) as told:
        account.send(some(5, reason=CANARY, risk_band="high"))
    assert named in str(told.value)
    assert told.value.mend
    assert account.calls() == 1


def test_older_answers_name_the_property_in_their_message(account):
    inner = json.dumps([{"message": f'"reason" {CANARY}', "error": "PROPERTY_DOESNT_EXIST"}])
    body = {"message": f"Property values were not valid: {inner}", "category": "VALIDATION_ERROR"}
    account.stub.faults.on(1, answered(400, json.dumps(body).encode()))
    with trouble(Misconfigured, "PROPERTY_DOESNT_EXIST") as told:
        account.send(some(1))
    assert str(told.value) == "HubSpot refuses reason"
