"""A delivery rehearsed with stand-ins: each has what the workspace names, and nothing is kept."""

from contextlib import closing
from dataclasses import replace

import pytest
import sqlalchemy as sa
from calls import CANARY
from nights import a_night, a_run

from serving.delivery.delivering import Deliverer
from serving.delivery.params import DeliveryParams
from serving.destinations.spec import DestinationSpec
from serving.rehearsal.clock import Clock
from serving.rehearsal.rehearsing import rehearse
from serving.rehearsal.scratch import scratch_store
from serving.secret import Secret
from serving.store import Store
from serving.store.outbox_tables import acknowledged, outbox
from serving.store.tables import suppressions

pytestmark = pytest.mark.slow

NOW = a_run(0).as_of
COLUMNS = ["churn_probability", "risk_band", "as_of", "as_of_date", "reason_1", "horizon_days"]
SPECS = {
    "hubspot": ("customer_key", "f{}", {}),
    "salesforce": ("Key__c", "F{}__c", {"instance": "https://acme.my.salesforce.com"}),
    "dataverse": (
        "new_key",
        "new_f{}",
        {"url": "https://acme.crm.dynamics.com", "tenant_id": "t", "client_id": "c"},
    ),
    "webhook": ("key", "f{}", {"url": "https://hooks.example.com/scores"}),
    "sql": ("key", "f{}", {"table": "mart.scores"}),
    "files": ("key", "f{}", {"format": "jsonl"}),
}


def a_spec(kind, **changed):
    key_field, name, options = SPECS[kind]
    fields = {name.format(place): column for place, column in enumerate(COLUMNS)}
    told = {
        "name": "crm",
        "kind": kind,
        "key_field": key_field,
        "fields": fields,
        "decimals": {name.format(0): 2},
        "options": options,
        "secrets": {one: Secret(lambda: CANARY) for one in ("token", "client_secret", "url")},
    }
    return DestinationSpec(**(told | changed))


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Thirty customers published; one is suppressed, one was delivered and is scored no more."""
    made = Store(f"sqlite:///{tmp_path_factory.mktemp('workspace') / 'jejak.db'}")
    made.publish(a_run(0), a_night(a_run(0), 30), published_at=NOW)
    row = {"customer_id": "c3", "channel": "", "purpose": "", "source": "test"}
    row |= {"starts_at": NOW, "recorded_at": NOW}
    made.write(lambda connection: connection.execute(sa.insert(suppressions), row))
    held = {"destination": "crm", "key": "gone", "customer_id": "gone", "op": "set", "hash": "h"}
    held |= {"unsure": False, "run_id": "r0", "acknowledged_at": NOW}
    made.write(lambda connection: connection.execute(sa.insert(acknowledged), held))
    yield made
    made.close()


def rehearsed(store, spec, folder, customers=1_000):
    folder.mkdir()
    with closing(scratch_store(store, store.published(), folder, customers)) as own:
        work = Deliverer(store=own, params=DeliveryParams(), timing=Clock(NOW).timing)
        return rehearse(work, spec, folder)


@pytest.mark.parametrize("kind", SPECS)
def test_all_that_is_published_lies_there_afterwards(store, tmp_path, kind):
    """But for the suppressed customer; the one who left is cleared; the workspace knows nothing."""
    told = rehearsed(store, a_spec(kind), tmp_path / "once")
    assert told.books.complete
    assert (told.books.scored, told.books.acknowledged, told.books.suppressed) == (30, 30, 1)
    assert (told.books.clears, told.holds, told.rows) == (1, 30, 30)
    assert sum(told.calls.values()) == (0 if kind in ("sql", "files") else told.books.calls)
    score, band = list(a_spec(kind).fields)[:2]
    samples = {key: (float(row[score]), row[band]) for key, row in told.samples.items()}
    assert samples == {"c0": (0.1, "medium"), "c1": (0.13, "medium"), "c10": (0.38, "high")}
    assert CANARY not in str(told.facts())
    assert "c10" not in str(told.facts())
    assert store.read(lambda connection: connection.execute(sa.select(outbox)).all()) == []
    again = rehearsed(store, a_spec(kind), tmp_path / "twice")
    assert again == told


def test_with_those_most_at_risk_nobody_else_is_cleared(store, tmp_path):
    everybody = rehearsed(store, a_spec("files"), tmp_path / "all")
    few = rehearsed(store, a_spec("files"), tmp_path / "few", customers=5)
    assert (everybody.books.scored, few.books.scored) == (30, 5)
    assert few.books.clears == 1
    assert set(few.samples) == {"c25", "c26", "c27"}


def test_what_the_vendor_refuses_is_told_by_its_code(store, tmp_path, monkeypatch):
    """Without the rows beside it."""
    monkeypatch.setattr("serving.rehearsal.hubspot_portal.LETTERS_MOST", 16)
    spec = a_spec("hubspot", words={"f1": {"medium": "m" * 17}})
    told = rehearsed(store, replace(spec, fields={"f1": "risk_band"}, decimals={}), tmp_path / "it")
    (refused,) = told.refused
    assert (refused.code, refused.rows) == ("INVALID_LENGTH", told.books.rejected)
    assert 0 < refused.rows < told.books.acknowledged
    assert "too long" in refused.message
