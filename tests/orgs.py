"""A Salesforce org on this machine, and a destination that writes to it."""

from contextlib import contextmanager
from functools import cache

import httpx
import pytest
from calls import CANARY, place, tools

from serving.destinations.destination import Batch, Notes, Row
from serving.destinations.salesforce.destination import opened
from serving.destinations.spec import DestinationSpec
from serving.rehearsal.clock import Clock
from serving.rehearsal.salesforce import SalesforceStub
from serving.secret import Secret

KEY = "Customer_Key__c"
FIELDS = {"Churn_Score__c": "number", "Band__c": "text", "Why__c": "long text", "LastName": "text"}


@contextmanager
def served():
    """A place for one org after another; certificates that nobody asks for are read once."""
    with place() as here, pytest.MonkeyPatch.context() as patched:
        patched.setattr(httpx, "create_ssl_context", cache(httpx.create_ssl_context))
        yield here


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


class World:
    """An org, its clock, and as many destinations as processes are started."""

    def __init__(self, here, clock=None):
        self.address = here.url
        self.clock = clock or Clock()
        self.memo = Notes()
        self.stub = here.stub = SalesforceStub(
            now=self.clock.now, fields=FIELDS, keeps_content=True
        )
        self.stub.client_secret = CANARY

    @property
    def org(self):
        return self.stub.org

    def opened(self, **options):
        return opened(a_spec(self.address, **options), tools(self.clock))

    def send(self, *rows, memo=None, **options):
        destination = self.opened(**options)
        try:
            return destination.send(a_batch(*rows), memo or self.memo)
        finally:
            destination.close()

    def states(self):
        return [job.state for job in self.org.jobs.values()]
