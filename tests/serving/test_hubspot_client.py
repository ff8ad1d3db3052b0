"""HubSpot's own client for Python and ours say the same to our stub, and it holds the same."""

import json
from contextlib import contextmanager

import pytest
from calls import CANARY, place
from hubspot import HubSpot
from hubspot.crm.contacts import (
    ApiException,
    BatchInputSimplePublicObjectBatchInputUpsert,
    BatchReadInputSimplePublicObjectId,
    SimplePublicObjectBatchInputUpsert,
    SimplePublicObjectId,
)
from hypothesis import given
from portals import KEY, an_account, opened, send, some, tables

from serving.destinations.hubspot.destination import written
from serving.rehearsal.clock import Clock
from serving.rehearsal.hubspot_portal import Property
from serving.rehearsal.window import Window


@pytest.fixture(scope="module")
def here():
    with place() as found:
        yield found


@pytest.fixture(scope="module")
def client(here):
    made = HubSpot(access_token=CANARY, host=here.url).crm.contacts
    yield made
    for api in (made.batch_api, made.basic_api):
        api.api_client.rest_client.pool_manager.clear()


@contextmanager
def ours(here):
    destination = opened(here.url, Clock())
    try:
        yield destination
    finally:
        destination.close()


def an_empty_account(here):
    here.stub = an_account(Clock(), keeps_content=True)
    return here.stub


def upsert(client, rows):
    """As a person would with the vendor's client."""
    inputs = [
        SimplePublicObjectBatchInputUpsert(
            id=key,
            id_property=KEY,
            object_write_trace_id=f"r1:{key}",
            properties={name: written(value) for name, value in told.items()},
        )
        for key, told in rows.items()
    ]
    body = BatchInputSimplePublicObjectBatchInputUpsert(inputs=inputs)
    return client.batch_api.upsert(body)


def said_to(stub):
    """Every call: what is asked, and of whom; of headers only what a vendor goes by."""
    return [
        (call.method, call.path, call.status, json.loads(call.content))
        for call in stub.journal.calls()
    ]


@given(rows=tables)
def test_both_say_the_same_and_leave_the_same(here, client, rows):
    theirs = an_empty_account(here)
    told = upsert(client, rows)
    assert {one.object_write_trace_id for one in told.results} == {f"r1:{key}" for key in rows}
    own = an_empty_account(here)
    with ours(here) as destination:
        send(destination, rows)
    assert said_to(own) == said_to(theirs)
    assert own.portal.by(KEY) == theirs.portal.by(KEY)
    assert own.journal.rows() == theirs.journal.rows()


def test_their_client_reads_what_ours_wrote(here, client):
    an_empty_account(here)
    with ours(here) as destination:
        send(destination, some(2, reason="silent"))
    sought = BatchReadInputSimplePublicObjectId(
        id_property=KEY,
        inputs=[SimplePublicObjectId(id="C-1")],
        properties=["reason"],
        properties_with_history=[],
    )
    (found,) = client.batch_api.read(sought).results
    assert found.properties["reason"] == "silent"


def test_their_client_reads_a_partial_success_of_the_stub(here, client):
    an_empty_account(here).portal.row_errors = {"C-1": "INVALID_NUMBER"}
    told = upsert(client, some(3))
    assert (told.num_errors, len(told.results)) == (1, 2)
    assert told.errors[0].errors[0].code == "INVALID_NUMBER"
    assert told.errors[0].context == {"objectWriteTraceId": ["r1:C-1"]}


@pytest.mark.parametrize(
    ("spoil", "status", "told"),
    [
        (lambda stub: setattr(stub, "token", "another"), 401, "INVALID_AUTHENTICATION"),
        (lambda stub: setattr(stub, "scopes", frozenset()), 403, "MISSING_SCOPES"),
        (lambda stub: setattr(stub.portal, "kind", "companies"), 404, "OBJECT_NOT_FOUND"),
        (lambda stub: stub.portal.conflicts.add("C-0"), 409, "CONFLICT"),
        (
            lambda stub: setattr(stub.portal, "properties", {KEY: Property(unique=True)}),
            400,
            "VALIDATION_ERROR",
        ),
    ],
)
def test_their_client_sees_every_refusal(here, client, spoil, status, told):
    spoil(an_empty_account(here))
    with pytest.raises(ApiException) as refused:
        upsert(client, some(1))
    assert refused.value.status == status
    assert json.loads(refused.value.body)["category"] == told


def test_their_client_sees_the_limit_as_the_vendor_tells_it(here, client):
    stub = an_empty_account(here)
    stub.window = Window(1, 10, stub.now)
    upsert(client, some(1))
    with pytest.raises(ApiException) as refused:
        upsert(client, some(1))
    body = json.loads(refused.value.body)
    assert (refused.value.status, body["policyName"]) == (429, "TEN_SECONDLY_ROLLING")
    assert body["message"] == "You have reached your ten_secondly_rolling limit."
    assert refused.value.headers["X-HubSpot-RateLimit-Remaining"] == "0"


def test_a_body_without_inputs_is_a_silent_nothing(here, client):
    an_empty_account(here)
    told = client.batch_api.upsert(BatchInputSimplePublicObjectBatchInputUpsert(inputs=[]))
    assert (told.status, told.results) == ("COMPLETE", [])
