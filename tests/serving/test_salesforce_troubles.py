"""What stops a delivery to Salesforce, and what only delays it."""

import json

import httpx
import pytest
from calls import tools, trouble
from hypothesis import given, settings
from hypothesis import strategies as st
from orgs import World, a_row, served

from serving.destinations.calls.http import Http
from serving.destinations.destination import Acknowledged, Rejected
from serving.destinations.salesforce.jobs import SUCCESSFUL, Jobs
from serving.destinations.troubles import (
    BatchRefused,
    Busy,
    Misconfigured,
    OutcomeUnknown,
    QuotaSpent,
    Trouble,
)
from serving.rehearsal.clock import Clock
from serving.rehearsal.faults import answered, html

INGEST = "/jobs/ingest"
ROWS = (a_row("c1"), a_row("c2"), a_row("c3", Churn_Score__c="no number"))


@pytest.fixture(scope="module")
def here():
    with served() as place:
        yield place


@pytest.fixture
def world(here):
    return World(here)


def assert_all_is_done(world):
    outcomes = world.send(*ROWS)
    told = {key: type(one) for key, one in outcomes.items()}
    assert told == {"c1": Acknowledged, "c2": Acknowledged, "c3": Rejected}
    assert world.states().count("JobComplete") == 1


def test_a_field_that_is_gone_is_one_mistake_of_the_settings(world):
    for jobs in (1, 2):  # once it is mended, the same batch must have another job
        with pytest.raises(Misconfigured, match="Contact has no field Gone__c") as caught:
            world.send(*ROWS, fields=["Band__c", "Gone__c"])
        assert "renamed" in caught.value.mend
        assert len(world.org.jobs) == jobs


def test_a_field_that_may_not_be_written_is_one_mistake_of_the_settings(world):
    words = "Unable to create/update fields: Band__c. Please check the security settings"
    error = f"INVALID_FIELD_FOR_INSERT_UPDATE:{words}:Band__c --"
    world.org.row_errors = {"c1": [error], "c2": [error]}
    with pytest.raises(Misconfigured, match="may not write Band__c"):
        world.send(a_row("c1"), a_row("c2"))
    assert world.memo.read() == {}


def test_a_file_that_is_refused_whole_is_to_be_halved(world):
    error = b'[{"errorCode":"CLIENT_INPUT_ERROR","message":"no"}]'
    world.stub.faults.on(1, answered(400, error), path="/batches")
    with trouble(BatchRefused):
        world.send(*ROWS)
    assert (world.memo.read(), world.states()) == ({}, ["Aborted"])


def test_a_spent_quota_ends_the_day_and_nothing_is_begun(world):
    world.stub.batches_a_day.calls = 0
    with trouble(QuotaSpent):
        world.send(*ROWS)
    world.stub.calls_a_day.calls = 0
    with trouble(QuotaSpent):
        world.send(*ROWS)
    assert world.org.jobs == {}


def test_a_quota_that_is_spent_midway_forgets_no_job(world):
    error = b'[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]'
    world.stub.faults.on(1, answered(403, error), path="failedResults")
    with trouble(QuotaSpent):
        world.send(*ROWS)
    assert_all_is_done(world)
    assert len(world.org.jobs) == 1


def test_too_much_at_once_is_no_spent_quota(world):
    words = b'"message":"ConcurrentRequests (Concurrent API Requests) Limit exceeded."'
    error = b'[{"errorCode":"REQUEST_LIMIT_EXCEEDED",' + words + b"}]"
    world.stub.faults.on(1, answered(403, error, headers={"retry-after": "7"}), path=INGEST)
    with trouble(Busy) as caught:
        world.send(*ROWS)
    assert caught.value.seconds == 7


def test_a_page_for_people_is_no_answer(world):
    world.stub.faults.on(1, html(503), path="PUT")
    with trouble(OutcomeUnknown):
        world.send(*ROWS)
    assert_all_is_done(world)


def test_a_session_that_expires_midway_is_renewed_once(world):
    world.stub.token_seconds = 6
    assert_all_is_done(world)
    logins = world.stub.journal.calls("oauth2/token")
    assert 1 < len(logins) < 6


def test_a_refused_login_says_why_and_tells_no_secret(world):
    world.stub.client_id = "another"
    with trouble(Misconfigured) as caught:
        world.send(*ROWS)
    assert caught.value.code == "invalid_client"


def test_a_token_for_another_host_is_told_to_nobody(world):
    world.stub.instance_url = "https://elsewhere.my.salesforce.com"
    with pytest.raises(Misconfigured, match="another address"):
        world.send(*ROWS)
    assert [call.path for call in world.stub.journal.calls()] == ["/services/oauth2/token"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "records", "done", "state", "errorCode", "message", "Remaining"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=60)
@given(told=JSON, status=st.sampled_from([200, 400, 403, 404, 429, 500]))
def test_whatever_is_answered_only_troubles_come_of_it(told, status):
    clock = Clock()
    http = Http(
        "https://acme.my.salesforce.com",
        tools=tools(clock),
        transport=httpx.MockTransport(
            lambda _: httpx.Response(status, stream=httpx.ByteStream(json.dumps(told).encode()))
        ),
    )
    jobs = Jobs(http, clock.timing, 67.0)
    asked = [
        lambda: jobs.create({}),
        lambda: jobs.upload("7" * 18, b""),
        lambda: jobs.turn("7" * 18, "Aborted"),
        lambda: jobs.results("7" * 18, SUCCESSFUL),
        lambda: [*jobs.all()],
        jobs.left,
    ]
    for ask in asked:
        try:
            ask()
        except Trouble:
            continue
    http.close()
