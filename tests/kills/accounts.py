"""Accounts at four vendors in a process of their own, which outlives whoever calls them."""

import multiprocessing
from contextlib import ExitStack
from typing import Any, NamedTuple

from calls import CANARY, Place
from kills.clock import SharedClock
from stores_together import ended, forked

from serving.destinations.spec import DestinationSpec
from serving.rehearsal.dataverse import DataverseStub
from serving.rehearsal.dataverse_table import Column
from serving.rehearsal.hubspot import HubSpotStub
from serving.rehearsal.hubspot_portal import Property
from serving.rehearsal.journal import Received
from serving.rehearsal.salesforce import SalesforceStub
from serving.rehearsal.server import serving
from serving.rehearsal.stub import Stub
from serving.rehearsal.webhook import PATH, SECRET, WebhookStub
from serving.rehearsal.window import Window
from serving.secret import Secret

COLUMNS = ("churn_probability", "risk_band", "reason_1")
NAMES = {
    "hubspot": ("customer_key", "{}"),
    "salesforce": ("Customer_Key__c", "{}__c"),
    "dataverse": ("new_customerkey", "new_{}"),
    "webhook": ("customer_key", "{}"),
}
OPTIONS = {
    "hubspot": lambda url: {"url": url},
    "salesforce": lambda url: {"instance": url, "poll_seconds": 1.0},
    "dataverse": lambda url: {
        "url": url,
        "tenant_id": "tenant",
        "client_id": "client",
        "token_url": f"{url}/tenant/oauth2/v2.0/token",
    },
    "webhook": lambda url: {"url": url + PATH},
}
SECRETS = {
    "hubspot": {"token": CANARY},
    "salesforce": {"client_id": "client", "client_secret": CANARY},
    "dataverse": {"client_secret": CANARY},
    "webhook": {"secret": SECRET},
}
CALLS_IN_TEN_SECONDS = 5
"""So few that a delivery has to wait for the window."""


class Told(NamedTuple):
    """What the accounts hold, by name, and what reached them since they were asked last.

    `highest` is the most that came within a window of HubSpot's.
    """

    held: dict[str, dict[str, dict[str, Any]]]
    rows: dict[str, list[Received]]
    calls: dict[str, int]
    highest: int


def a_spec(kind: str, url: str) -> DestinationSpec:
    key_field, name = NAMES[kind]
    return DestinationSpec(
        name=kind,
        kind=kind,
        key_field=key_field,
        fields={name.format(column): column for column in COLUMNS},
        options=OPTIONS[kind](url),
        secrets={name: Secret(lambda text=text: text) for name, text in SECRETS[kind].items()},
    )


def an_account(kind: str, clock: SharedClock) -> Stub:
    """An empty account with the fields that scores fill; its secrets are canaries."""
    key_field, name = NAMES[kind]
    number, *texts = [name.format(column) for column in COLUMNS]
    match kind:
        case "hubspot":
            known = {key_field: Property(unique=True), number: Property(kind="number")}
            known |= dict.fromkeys(texts, Property())
            made = HubSpotStub(now=clock.now, properties=known)
            made.token, made.window = CANARY, Window(CALLS_IN_TEN_SECONDS, 10, clock.now)
        case "salesforce":
            known = {number: "number"} | dict.fromkeys(texts, "long text")
            made = SalesforceStub(now=clock.now, fields=known)
            made.client_secret = CANARY
        case "dataverse":
            known = {number: Column(edm="Decimal")} | dict.fromkeys(texts, Column(edm="String"))
            made = DataverseStub(now=clock.now, columns=known)
            made.client_secret = CANARY
        case _:
            made = WebhookStub(now=clock.now)
    return made


class Accounts:
    """The process that serves them, as its parent speaks to it."""

    def __init__(self, clock: SharedClock) -> None:
        self._clock = clock

    def __enter__(self):
        self._here, there = multiprocessing.Pipe()
        self._child = forked(lambda: (self._here.close(), _serve(there, self._clock)))
        there.close()
        urls = self._here.recv()
        self.specs = {kind: a_spec(kind, urls[kind]) for kind in NAMES}
        return self

    def __exit__(self, *_):
        self._here.send("end")
        ended(self._child)

    def renew(self) -> None:
        """Empty accounts at the same addresses."""
        self._here.send("renew")
        self._here.recv()

    def told(self) -> Told:
        self._here.send("tell")
        return self._here.recv()


def _serve(connection, clock):
    with ExitStack() as stack:
        places = {kind: Place() for kind in NAMES}
        for place in places.values():
            place.url = stack.enter_context(serving(place))
        connection.send({kind: place.url for kind, place in places.items()})
        while (word := connection.recv()) != "end":
            if word == "renew":
                seen = dict.fromkeys(NAMES, (0, 0))
                for kind, place in places.items():
                    place.stub = an_account(kind, clock)
                connection.send(None)
            else:
                stubs = {kind: place.stub for kind, place in places.items()}
                told = _told(stubs, seen)
                seen = {
                    kind: (len(stub.journal.rows()), len(stub.journal.calls()))
                    for kind, stub in stubs.items()
                }
                connection.send(told)


def _told(stubs, seen):
    return Told(
        held={kind: HELD[kind](stub) for kind, stub in stubs.items()},
        rows={kind: stub.journal.rows()[seen[kind][0] :] for kind, stub in stubs.items()},
        calls={kind: len(stub.journal.calls()) - seen[kind][1] for kind, stub in stubs.items()},
        highest=stubs["hubspot"].window.highest,
    )


HELD = {
    "hubspot": lambda stub: stub.portal.by(NAMES["hubspot"][0]),
    "salesforce": lambda stub: {key: dict(row) for key, row in stub.org.records.items()},
    "dataverse": lambda stub: {
        row[NAMES["dataverse"][0]]: dict(row) for row in stub.table.rows.values()
    },
    "webhook": lambda stub: {key: dict(row) for key, row in stub.state.items()},
}
