"""A delivery rehearsed with stand-ins: each vendor's stub has what the workspace names."""

import pytest
import sqlalchemy as sa
from calls import CANARY
from nights import a_night, a_run

from features.errors import WorkspaceInvalid
from serving.delivery.params import DeliveryParams
from serving.destinations.spec import DestinationSpec
from serving.rehearsal.rehearsing import rehearse
from serving.secret import Secret
from serving.store import Store
from serving.store.outbox_tables import outbox
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
}


def a_spec(kind, **changed):
    key_field, name, options = SPECS.get(kind, ("key", "f{}", {}))
    told = {
        "name": "crm",
        "kind": kind,
        "key_field": key_field,
        "fields": {name.format(place): column for place, column in enumerate(COLUMNS)},
        "options": options,
        "secrets": {name: Secret(lambda: CANARY) for name in ("token", "client_secret")},
    }
    return DestinationSpec(**(told | changed))


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    made = Store(f"sqlite:///{tmp_path_factory.mktemp('workspace') / 'jejak.db'}")
    made.publish(a_run(0), a_night(a_run(0), 30), published_at=NOW)
    row = {"customer_id": "c3", "channel": "", "purpose": "", "source": "test"}
    row |= {"starts_at": NOW, "recorded_at": NOW}
    made.write(lambda connection: connection.execute(sa.insert(suppressions), row))
    yield made
    made.close()


@pytest.mark.parametrize("kind", SPECS)
def test_all_fields_arrive_and_nothing_is_left(store, tmp_path, kind):
    """Without the suppressed customer, without the workspace's secret, without a trace."""
    params = DeliveryParams()
    told = rehearse(store, a_spec(kind), now=NOW, folder=tmp_path, params=params, customers=28)
    assert told.books.complete
    assert (told.books.scored, told.books.acknowledged, told.rows) == (28, 28, 28)
    assert sum(told.calls.values()) >= 1
    assert CANARY not in str(told.facts())
    assert list(tmp_path.iterdir()) == []
    assert store.read(lambda connection: connection.execute(sa.select(outbox)).all()) == []


def test_what_has_no_stand_in_says_so(store, tmp_path):
    with pytest.raises(WorkspaceInvalid, match="cannot be rehearsed"):
        rehearse(store, a_spec("files"), now=NOW, folder=tmp_path, params=DeliveryParams())
