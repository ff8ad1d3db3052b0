"""Whatever the network does to a call, sending again leaves each row there once."""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import environments
import httpx
import orgs
import portals
import pytest
from calls import place, tools
from kills.proxy import RESET, SWALLOWED, UNHEARD, Harm, Proxy

from serving.destinations.calls.http import Http, Limits
from serving.destinations.dataverse import destination as dataverse
from serving.destinations.destination import Acknowledged, Batch, Destination, Notes
from serving.destinations.salesforce import destination as salesforce
from serving.destinations.troubles import OutcomeUnknown
from serving.rehearsal.clock import Clock
from serving.rehearsal.dataverse import DataverseStub
from serving.rehearsal.salesforce import SalesforceStub
from serving.rehearsal.stub import Stub

CALLS_MOST = 30
SENDINGS_MOST = 4
SHORT = Limits(connect_seconds=2, read_seconds=0.2, write_seconds=2, total_seconds=0.4)

QUICK = {
    "reset": RESET,
    "question cut": Harm(asked_bytes=150),
    "unheard": UNHEARD,
    "answer cut": Harm(answer_bytes=40),
}
SLOW = {"swallowed": SWALLOWED, "dripping": Harm(seconds_a_byte=0.01)}


class Ticking(Clock):
    """A clock that also goes by itself."""

    def __init__(self):
        super().__init__()
        self._began = time.monotonic()

    def now(self):
        return super().now() + timedelta(seconds=time.monotonic() - self._began)


@dataclass(frozen=True)
class Vendor:
    """How to write to a vendor, and what it then holds by key."""

    stub: Callable[[Clock], Stub]
    opened: Callable[[str, Clock], Destination]
    batch: Batch
    held: Callable[[Any], dict]


def _hubspot_rows(account):
    records = account.portal.by(portals.KEY)
    assert len(account.portal.records) == len(records)
    return records


def _salesforce_rows(stub):
    assert {job.state for job in stub.org.jobs.values()} <= {"JobComplete", "Aborted"}
    return stub.org.records


def _dataverse(clock):
    stub = DataverseStub(now=clock.now, columns=environments.COLUMNS)
    stub.client_secret = environments.CANARY
    return stub


def _singly(clock):
    stub = _dataverse(clock)
    stub.takes_many = False
    return stub


def _salesforce(clock):
    stub = SalesforceStub(now=clock.now, fields=orgs.FIELDS)
    stub.client_secret = orgs.CANARY
    return stub


def _open_dataverse(url, clock):
    return dataverse.opened(environments.a_spec(url), tools(clock))


def _open_salesforce(url, clock):
    return salesforce.opened(orgs.a_spec(url), tools(clock))


_CONTACTS = environments.a_batch(*map(environments.a_row, ("c1", "c2")))
VENDORS = {
    "hubspot": Vendor(
        portals.an_account, portals.opened, portals.a_batch(portals.some(2)), _hubspot_rows
    ),
    "dataverse": Vendor(_dataverse, _open_dataverse, _CONTACTS, lambda stub: stub.table.rows),
    "dataverse singly": Vendor(_singly, _open_dataverse, _CONTACTS, lambda stub: stub.table.rows),
    "salesforce": Vendor(
        _salesforce,
        _open_salesforce,
        orgs.a_batch(orgs.a_row("c1"), orgs.a_row("c2")),
        _salesforce_rows,
    ),
}
ONE_CALL = ("hubspot", "dataverse", "dataverse singly")
"""Whose rows go out in one call, whatever has to be asked before."""


@pytest.fixture(scope="module")
def here():
    with place() as here, pytest.MonkeyPatch.context() as patched:
        patched.setattr(httpx, "create_ssl_context", cache(httpx.create_ssl_context))
        with Proxy(int(here.url.rpartition(":")[2])) as here.proxy:
            yield here


def told(vendor, address, clock, memo):
    """What a process learns of the batch: its outcomes, or that nothing is known."""
    with closing(vendor.opened(address, clock)) as destination:
        try:
            return destination.send(vendor.batch, memo)
        except OutcomeUnknown:
            return None


def harmed(here, vendor, number, harm):
    """Whether a call of that number was harmed; afterwards every row is there once."""
    clock, memo = Ticking(), Notes()
    here.stub = vendor.stub(clock)
    here.proxy.on(number, harm)
    address = f"http://127.0.0.1:{here.proxy.port}"
    expected = {row.key: Acknowledged() for row in vendor.batch.rows}
    results = (told(vendor, address, clock, memo) for _ in range(SENDINGS_MOST))
    assert any(result == expected for result in results)
    assert vendor.held(here.stub).keys() == expected.keys()
    return not here.proxy.planned


def calls_of(here, vendor):
    """How many calls an unharmed sending makes."""
    before = here.proxy.calls
    assert not harmed(here, vendor, CALLS_MOST, RESET)
    here.proxy.planned.clear()
    return here.proxy.calls - before


@pytest.mark.parametrize("harm", QUICK)
@pytest.mark.parametrize("name", ONE_CALL)
def test_whichever_call_is_lost_sending_again_gives_one_effect(here, name, harm):
    vendor = VENDORS[name]
    for number in range(1, calls_of(here, vendor) + 1):
        assert harmed(here, vendor, number, QUICK[harm])


@pytest.mark.slow
@pytest.mark.parametrize("harm", ["question cut", "answer cut"])
def test_whichever_call_of_a_job_is_cut_sending_again_gives_one_effect(here, harm):
    vendor = VENDORS["salesforce"]
    for number in range(1, calls_of(here, vendor) + 1):
        assert harmed(here, vendor, number, QUICK[harm])


@pytest.mark.slow
@pytest.mark.parametrize("harm", SLOW)
@pytest.mark.parametrize("name", VENDORS)
def test_whichever_call_hangs_it_is_given_up_and_sent_again(here, monkeypatch, name, harm):
    vendor = VENDORS[name]
    count = calls_of(here, vendor)
    monkeypatch.setitem(Http.__init__.__kwdefaults__, "limits", SHORT)
    monkeypatch.setattr(salesforce, "_LIMITS", SHORT)
    for number in range(1, count + 1):
        assert harmed(here, vendor, number, SLOW[harm])


@pytest.mark.parametrize("name", ONE_CALL)
def test_of_a_sending_whose_last_call_is_lost_nothing_is_known(here, name):
    vendor, clock = VENDORS[name], Clock()
    count = calls_of(here, vendor)
    here.stub = vendor.stub(clock)
    here.proxy.on(count, UNHEARD)
    assert told(vendor, f"http://127.0.0.1:{here.proxy.port}", clock, Notes()) is None
    assert vendor.held(here.stub).keys() == {row.key for row in vendor.batch.rows}
