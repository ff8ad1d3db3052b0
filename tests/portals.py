"""A HubSpot account to write to, and rows for it."""

from calls import CANARY, tools
from hypothesis import strategies as st

from serving.destinations.destination import Batch, Notes, Row
from serving.destinations.hubspot import destination as hubspot
from serving.destinations.spec import DestinationSpec
from serving.rehearsal.clock import Clock
from serving.rehearsal.hubspot import HubSpotStub
from serving.rehearsal.hubspot_portal import Property
from serving.secret import Secret

KEY = "customer_key"
PROPERTIES = {
    KEY: Property(unique=True),
    "churn_score": Property(kind="number"),
    "risk_band": Property(kind="enumeration", options=("low", "medium", "high")),
    "reason": Property(),
    "at_risk": Property(kind="bool"),
}
FIELDS = {
    "churn_score": "churn_probability",
    "risk_band": "risk_band",
    "reason": "reason_1",
    "at_risk": "is_at_risk",
}

keys = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=8)
values = st.fixed_dictionaries(
    {
        "churn_score": st.none() | st.floats(0, 1) | st.integers(-(10**12), 10**12),
        "risk_band": st.sampled_from([None, "low", "medium", "high"]),
        "reason": st.none() | st.text(max_size=8),
        "at_risk": st.none() | st.booleans(),
    }
)
tables = st.dictionaries(keys, values, min_size=1, max_size=6).filter(
    lambda rows: len({key.strip().casefold() for key in rows}) == len(rows)
)


def an_account(clock: Clock, **said) -> HubSpotStub:
    """An account that lets in whoever has the canary for a token."""
    account = HubSpotStub(now=clock.now, properties=PROPERTIES, **said)
    account.token = CANARY
    return account


def a_spec(url: str = "https://api.hubapi.com", **changed) -> DestinationSpec:
    options = {"url": url, **changed.pop("options", {})}
    said = {
        "name": "crm",
        "kind": "hubspot",
        "fields": FIELDS,
        "secrets": {"token": Secret(lambda: CANARY)},
    }
    return DestinationSpec(**(said | {"options": options} | changed))


def opened(url: str, clock: Clock, *, pacer=None, **changed) -> hubspot.HubSpot:
    return hubspot.opened(a_spec(url, **changed), tools(clock, pacer=pacer))


def a_batch(rows: dict[str, dict]) -> Batch:
    told = [Row(key=key, op="set", values=held) for key, held in rows.items()]
    return Batch(batch_id="b1", run_id="r1", rows=told)


def some(count: int, **values) -> dict[str, dict]:
    return {f"C-{n}": {"churn_score": n / 1000, **values} for n in range(count)}


def send(destination: hubspot.HubSpot, rows: dict[str, dict]):
    return destination.send(a_batch(rows), Notes())


class Account:
    """A fresh account at a place, and the destination that writes to it."""

    def __init__(self, here, clock=None, pacer=None, **said):
        self.clock = clock or Clock()
        self.stub = here.stub = an_account(self.clock, keeps_content=True)
        self.portal = self.stub.portal
        self.destination = opened(here.url, self.clock, pacer=pacer, **said)

    def send(self, rows):
        return send(self.destination, rows)

    def calls(self):
        return len(self.stub.journal.calls())
