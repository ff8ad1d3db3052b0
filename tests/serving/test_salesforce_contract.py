"""The community's own client and our destination, before the same stub of an org."""

import csv
import io
import json

import pytest
import requests
from calls import CANARY
from orgs import FIELDS, KEY, World, a_row, served
from simple_salesforce.bulk2 import SFBulk2Handler
from simple_salesforce.exceptions import SalesforceOperationError

from serving.destinations.destination import Acknowledged, Rejected

ROWS = [
    a_row("c1"),
    a_row("c2", Why__c='late, "again"\nand again'),
    a_row("c3", Churn_Score__c="x"),
]
RECORDS = [
    {KEY: "c1", "Churn_Score__c": "0.71", "Band__c": "high", "Why__c": "#N/A", "LastName": "Ayu"},
    {
        KEY: "c2",
        "Churn_Score__c": "0.71",
        "Band__c": "high",
        "Why__c": 'late, "again"\nand again',
        "LastName": "Ayu",
    },
    {KEY: "c3", "Churn_Score__c": "x", "Band__c": "high", "Why__c": "#N/A", "LastName": "Ayu"},
]


@pytest.fixture(scope="module")
def here():
    with served() as place:
        yield place


@pytest.fixture
def handler(here):
    """The client, logged in to a world of its own."""
    world = World(here)
    world.stub.let_in(CANARY)
    with requests.Session() as session:
        address = f"{here.url}/services/data/v67.0/jobs/"
        client = SFBulk2Handler(CANARY, address, session=session)
        client.world = world
        yield client


def upsert(handler):
    (told,) = handler.Contact.upsert(records=RECORDS, external_id_field=KEY, wait=0)
    return told


def asked(world):
    """The calls that change something, without the order of columns and the numbers of jobs."""
    (job_id,) = world.org.jobs
    told = []
    for call in world.stub.journal.calls("/jobs/ingest"):
        if call.method == "GET":
            continue
        if call.method == "PUT":
            rows = csv.DictReader(io.StringIO(call.content.decode(), newline=""), strict=True)
            body = [dict(sorted(row.items())) for row in rows]
        else:
            body = json.loads(call.content)
        told.append((call.method, call.path.replace(job_id, "JOB"), body, call.status))
    return told


def test_both_ask_for_the_same_and_leave_the_same_behind(here, handler):
    theirs = handler.world
    told = upsert(handler)
    ours = World(here)
    outcomes = ours.send(*ROWS)
    assert asked(ours) == asked(theirs)
    assert ours.org.records == theirs.org.records
    assert ours.states() == theirs.states() == ["JobComplete"]
    rejected = [key for key, one in outcomes.items() if isinstance(one, Rejected)]
    assert told["numberRecordsProcessed"] == len(outcomes)
    assert told["numberRecordsFailed"] == len(rejected)


def test_both_read_the_same_outcomes(here, handler):
    job_id = upsert(handler)["job_id"]
    contacts = handler.Contact
    read = {
        kind: list(csv.DictReader(io.StringIO(get(job_id), newline="")))
        for kind, get in (
            ("written", contacts.get_successful_records),
            ("failed", contacts.get_failed_records),
            ("left", contacts.get_unprocessed_records),
        )
    }
    outcomes = World(here).send(*ROWS)
    taken = {key for key, one in outcomes.items() if one == Acknowledged()}
    assert {row[KEY] for row in read["written"]} == taken == {"c1", "c2"}
    (failed,) = read["failed"]
    assert failed["sf__Error"].startswith(outcomes[failed[KEY]].code)
    assert read["left"] == []
    assert set(read["written"][0]) == {"sf__Id", "sf__Created", KEY, *FIELDS}


def test_their_client_sees_the_stub_fail_as_salesforce_does(handler):
    world = handler.world
    world.org.fails_after = 1
    with pytest.raises(SalesforceOperationError, match="InternalServerError"):
        upsert(handler)
    (job_id,) = world.org.jobs
    left = list(csv.DictReader(io.StringIO(handler.Contact.get_unprocessed_records(job_id))))
    assert len(left) == len(RECORDS) - 1


def test_the_stub_takes_one_upload_a_job_and_has_no_results_before_its_end(handler):
    headers = {"Authorization": f"Bearer {CANARY}", "Content-Type": "text/csv"}
    job = handler.Contact._client.create_job("upsert", external_id_field=KEY)  # noqa: SLF001
    url = f"{handler.bulk2_url}ingest/{job['id']}"
    assert job["state"] == "Open"
    sent = [handler.session.put(f"{url}/batches", data=b"x", headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in sent] == [201, 400]
    early = handler.session.get(f"{url}/successfulResults", headers=headers)
    assert (early.status_code, early.json()[0]["errorCode"]) == (400, "INVALIDJOBSTATE")
    headers["Content-Type"] = "application/json"
    closed = [
        handler.session.patch(url, data=json.dumps({"state": state}), headers=headers)
        for state in ("Aborted", "UploadComplete")
    ]
    assert [answer.status_code for answer in closed] == [200, 400]
    gone = handler.session.delete(url, headers=headers)
    assert (gone.status_code, handler.world.org.jobs) == (204, {})


def test_the_stub_refuses_a_key_twice_in_a_chunk_and_takes_the_last_beyond(handler):
    many = [{KEY: f"c{n}", "Band__c": "high"} for n in range(199)]
    twice = [{KEY: "c0", "Band__c": "low"}, {KEY: "c1", "Band__c": "last"}]
    (told,) = handler.Contact.upsert(records=many + twice, external_id_field=KEY, wait=0)
    assert told["numberRecordsFailed"] == 1
    records = handler.world.org.records
    assert (records["c0"]["Band__c"], records["c1"]["Band__c"]) == ("high", "last")
    error = handler.Contact.get_failed_records(told["job_id"])
    assert "DUPLICATE_VALUE:Duplicate external id specified" in error
