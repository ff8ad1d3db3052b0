"""Microsoft's own client and ours ask the stub the same, and leave the same behind."""

import json
import ssl
import time
from types import SimpleNamespace

import pytest
import trustme
from environments import KEY, a_row, an_environment, sent
from PowerPlatform.Dataverse.client import DataverseClient
from PowerPlatform.Dataverse.core.config import DataverseConfig
from PowerPlatform.Dataverse.core.errors import HttpError
from PowerPlatform.Dataverse.models import UpsertItem

from serving.destinations.dataverse.multipart import content_type, read
from serving.destinations.destination import Acknowledged
from serving.rehearsal.dataverse import TOO_MANY
from serving.rehearsal.faults import answered

ROWS = [
    a_row("O'Brien", new_health=71, new_action="call"),
    a_row("Sri Dewi é", new_band=100000001, new_action=None),
    a_row("C-3", new_churn=1, new_scoredon="2026-11-22T00:00:00Z"),
]


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    """An environment behind TLS, as their client insists on."""
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(tls)
    trusted = tmp_path_factory.mktemp("tls") / "authority.pem"
    authority.cert_pem.write_to_path(str(trusted))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUESTS_CA_BUNDLE", str(trusted))
        with an_environment(tls=tls) as org:
            yield org


@pytest.fixture(scope="module")
def ours():
    with an_environment() as org:
        yield org


@pytest.fixture
def official(theirs):
    theirs.renew()
    with client_of(theirs) as client:
        yield client


def client_of(org):
    def get_token(*_scopes, **_options):
        return SimpleNamespace(token=org.stub.token(), expires_on=time.time() + 3600)

    config = DataverseConfig(http_retries=1, http_timeout=10)
    return DataverseClient(org.url, SimpleNamespace(get_token=get_token), config)


def items(rows):
    return [UpsertItem({KEY: row.key}, dict(row.values)) for row in rows]


def upserted(org):
    [call] = org.stub.journal.calls("UpsertMultiple")
    return json.loads(call.content)


def batched(org):
    """The operations of the one batch, each as its record and its values."""
    [call] = org.stub.journal.calls("$batch")
    boundary = call.content.split(b"\r\n", 1)[0].removeprefix(b"--").decode()
    parts = read(call.content, content_type(boundary))
    return [(part.line.split()[0], json.loads(part.body)) for part in parts]


def test_both_ask_for_the_same_rows_together_and_leave_the_same(official, theirs, ours):
    official.records.upsert("contact", items(ROWS))
    ours.renew()
    assert sent(ours.opened(), *ROWS) == {row.key: Acknowledged() for row in ROWS}
    assert upserted(ours) == upserted(theirs)
    assert ours.stub.table.rows == theirs.stub.table.rows
    assert len(ours.rows) == 3


def test_both_ask_for_the_same_rows_singly_and_leave_the_same(official, theirs, ours):
    # Their client writes addresses into a batch as they are: a blank would end the address.
    rows = [row for row in ROWS if " " not in row.key]
    batch = official.batch.new()
    for item in items(rows):
        batch.records.upsert("contact", [item])
    result = batch.execute(continue_on_error=True)
    assert [one.status_code for one in result.responses] == [204, 204]
    ours.renew(takes_many=False)
    assert sent(ours.opened(), *rows) == {row.key: Acknowledged() for row in rows}
    assert batched(ours) == batched(theirs)
    assert ours.stub.table.rows == theirs.stub.table.rows
    assert len(ours.rows) == 2


@pytest.mark.parametrize("goes_on", [True, False])
def test_their_client_reads_the_parts_of_a_batch_as_ours_does(official, theirs, ours, goes_on):
    rows = [a_row("C1"), a_row("C2", new_health=1 << 40), a_row("C3", new_action="x" * 21)]
    batch = official.batch.new()
    for item in items(rows):
        batch.records.upsert("contact", [item])
    answers = batch.execute(continue_on_error=goes_on).responses
    assert [one.error_code for one in answers][:2] == [None, "0x80048d19"]
    assert len(answers) == (3 if goes_on else 2)
    assert theirs.rows.keys() == {"C1"}
    ours.renew(takes_many=False)
    outcomes = sent(ours.opened(), rows[0], rows[2])
    assert outcomes["C1"] == Acknowledged()
    assert outcomes["C3"].code == "0x80044331"


def test_a_single_upsert_of_theirs_makes_the_row_that_ours_makes(official, theirs, ours):
    official.records.upsert("contact", items(ROWS[:1]))
    ours.renew()
    sent(ours.opened(), ROWS[0])
    assert ours.stub.table.rows == theirs.stub.table.rows
    assert [row.key for row in theirs.stub.journal.rows()] == ["O'Brien"]


def refusal(client, items_):
    """What their client raises, without its traceback, which would hold a connection open."""
    try:
        client.records.upsert("contact", items_)
    except HttpError as error:
        return error.to_dict()
    return {}


def test_the_stub_refuses_their_client_as_dataverse_would(official, theirs):
    gone = refusal(official, items([*ROWS, a_row("C4", new_gone=1)]))
    assert gone["status_code"] == 400
    assert "Invalid property 'new_gone'" in gone["message"]
    assert theirs.rows == {}
    code = "0x80072322"
    error = json.dumps({"error": {"code": code, "message": TOO_MANY[code]}}).encode()
    theirs.stub.faults.on(1, answered(429, error, headers={"retry-after": "9"}), path="Upsert")
    busy = refusal(official, items(ROWS))
    assert (busy["status_code"], busy["is_transient"]) == (429, True)
    assert busy["details"]["retry_after"] == 9
    assert busy["details"]["service_error_code"] == code


def test_a_key_among_the_values_is_refused_where_the_row_is_new(official, theirs):
    doubled = [UpsertItem({KEY: key}, {KEY: key, "new_churn": 0.5}) for key in ("C1", "C2")]
    assert refusal(official, doubled)["message"] == "An unexpected error occurred."
    official.records.upsert("contact", items([a_row("C1"), a_row("C2")]))
    official.records.upsert("contact", doubled)
    assert theirs.rows["C2"] == {"new_churn": 0.5}
