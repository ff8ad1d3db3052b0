"""A Salesforce org on this machine, and a destination that writes to it."""

from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import httpx
import pytest

from serving.destinations.destination import Batch, Notes, Row, Tools
from serving.destinations.salesforce import opened
from serving.destinations.spec import DestinationSpec
from serving.rehearsal.clock import Clock
from serving.rehearsal.salesforce import SalesforceStub
from serving.rehearsal.server import serving
from serving.secret import Secret

KEY = "Customer_Key__c"
FIELDS = {"Churn_Score__c": "number", "Band__c": "text", "Why__c": "long text", "LastName": "text"}
CANARY = "canary-in-a-secret"


class Unpaced:
    """Nobody is kept waiting."""

    def before_call(self):
        pass

    def after_call(self):
        pass

    def allow(self, calls, seconds):
        pass


class Switch:
    """One server for one world after another: starting a server takes longer than a test."""

    stub = None
    address = ""

    async def __call__(self, scope, receive, send):
        await self.stub.app(scope, receive, send)

    def world(self):
        told = World(self.address)
        self.stub = told.stub
        return told


@contextmanager
def served():
    """A server of worlds; the certificates that nobody needs here are read once."""
    switch = Switch()
    with serving(switch) as switch.address, pytest.MonkeyPatch.context() as patched:
        patched.setattr(httpx, "create_ssl_context", cache(httpx.create_ssl_context))
        yield switch


def a_spec(address, *, secrets=None, key_field=KEY, fields=FIELDS, **options):
    told = secrets or {"client_id": "client", "client_secret": CANARY}
    return DestinationSpec(
        name="crm",
        kind="salesforce",
        fields=dict.fromkeys(fields, "churn_probability"),
        key_field=key_field,
        options={"instance": address, **options},
        secrets={name: Secret(lambda text=text: text) for name, text in told.items()},
    )


def a_row(key, **values):
    told = {"Churn_Score__c": 0.71, "Band__c": "high", "Why__c": None, "LastName": "Ayu"}
    return Row(key=key, op="set", values={**told, **values})


def a_batch(*rows):
    return Batch(batch_id="b1", run_id="r1", rows=rows)


@dataclass
class World:
    """A stub, its clock, and as many destinations as processes were started."""

    address: str
    stub: SalesforceStub = None
    clock: Clock = field(default_factory=Clock)
    memo: Notes = field(default_factory=Notes)

    def __post_init__(self):
        self.stub = SalesforceStub(now=self.clock.now, fields=FIELDS, keeps_content=True)
        self.stub.client_secret = CANARY

    @property
    def org(self):
        return self.stub.org

    def opened(self, **options):
        tools = Tools(
            pacer=Unpaced(), timing=self.clock.timing, folder=Path("unused"), loopback=True
        )
        return opened(a_spec(self.address, **options), tools)

    def send(self, *rows, memo=None, **options):
        destination = self.opened(**options)
        try:
            return destination.send(a_batch(*rows), memo or self.memo)
        finally:
            destination.close()

    def states(self):
        return [job.state for job in self.org.jobs.values()]
