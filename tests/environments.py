"""An environment of Dataverse on this machine, fresh for each test behind one server."""

from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache

import httpx
import pytest
from calls import CANARY, Noting, tools

from serving.destinations.dataverse.destination import opened
from serving.destinations.destination import Batch, Notes, Row
from serving.destinations.spec import DestinationSpec
from serving.rehearsal.clock import Clock
from serving.rehearsal.dataverse import DataverseStub
from serving.rehearsal.dataverse_table import Column
from serving.rehearsal.server import serving
from serving.secret import Secret

KEY = "new_customerkey"
COLUMNS = {
    "new_churn": Column(edm="Decimal"),
    "new_health": Column(edm="Int32"),
    "new_band": Column(edm="Int32", options=(100000000, 100000001)),
    "new_action": Column(edm="String", length=20),
    "new_scoredon": Column(edm="DateTimeOffset"),
}
FIELDS = {
    "new_churn": "churn_probability",
    "new_health": "health",
    "new_band": "risk_band",
    "new_action": "action",
    "new_scoredon": "as_of",
}


@dataclass
class Environment:
    """A stub, the address that leads to it, and the clock of both sides."""

    url: str = ""
    clock: Clock = field(default_factory=Clock)
    stub: DataverseStub = None
    pacer: Noting = field(default_factory=Noting)
    held: list = field(default_factory=list)

    def renew(self, **options):
        self.close()
        self.clock, self.pacer = Clock(), Noting()
        self.stub = DataverseStub(
            now=self.clock.now, columns=COLUMNS, keeps_content=True, **options
        )
        self.stub.client_secret = CANARY

    def opened(self, **options):
        spec = a_spec(options.pop("url", self.url), **options)
        self.held.append(opened(spec, tools(self.clock, pacer=self.pacer)))
        return self.held[-1]

    def close(self):
        while self.held:
            self.held.pop().close()

    @property
    def rows(self):
        """What stands in the table, by key, without the vendor's own columns."""
        return {
            row[KEY]: {name: value for name, value in row.items() if name in COLUMNS}
            for row in self.stub.table.rows.values()
        }

    def paths(self):
        return [(call.method, call.path.rpartition("/")[2]) for call in self.stub.journal.calls()]


def a_spec(url, *, secret=CANARY, **options):
    return DestinationSpec(
        name="crm",
        kind="dataverse",
        fields=FIELDS,
        key_field=KEY,
        options={
            "url": url,
            "tenant_id": "tenant",
            "client_id": "client",
            "token_url": f"{url}/tenant/oauth2/v2.0/token",
            **options,
        },
        secrets={"client_secret": Secret(lambda: secret)},
    )


@contextmanager
def an_environment(*, tls=None):
    """One server; `renew` puts a fresh stub behind it. Certificates are read once."""
    here = Environment()
    here.renew()

    async def app(scope, receive, send):
        await here.stub.app(scope, receive, send)

    with serving(app, tls=tls) as here.url, pytest.MonkeyPatch.context() as patched:
        patched.setattr(httpx, "create_ssl_context", cache(httpx.create_ssl_context))
        yield here
        here.close()


def a_row(key, **values):
    return Row(key=key, op="set", values={"new_churn": 0.25, **values})


def a_batch(*rows, batch_id="b1"):
    return Batch(batch_id=batch_id, run_id="r1", rows=rows)


def sent(destination, *rows, batch_id="b1"):
    return destination.send(a_batch(*rows, batch_id=batch_id), Notes())
