"""What stands in for a workspace's own account, table or folder, with the fields it names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from serving.destinations.dataverse import settings as dataverse_settings
from serving.destinations.fields.cells import holds
from serving.destinations.fields.views import Holds
from serving.destinations.salesforce import settings as salesforce_settings
from serving.destinations.spec import DestinationSpec, Kind
from serving.rehearsal import dataverse_table, hubspot_portal, salesforce_org
from serving.rehearsal.dataverse import DataverseStub
from serving.rehearsal.holdings import Held, held_by_files, held_by_table
from serving.rehearsal.hubspot import HubSpotStub
from serving.rehearsal.salesforce import SalesforceStub
from serving.rehearsal.stub import Stub
from serving.rehearsal.webhook import PATH, WebhookStub
from serving.secret import Secret

POLL_SECONDS = 0.1

_PROPERTIES: Mapping[Holds, hubspot_portal.Kind] = {
    "text": "string",
    "whole": "number",
    "number": "number",
    "instant": "datetime",
    "date": "date",
}
_FIELDS: Mapping[Holds, salesforce_org.Kind] = {
    "text": "long text",
    "whole": "number",
    "number": "number",
    "instant": "text",
    "date": "text",
}
_COLUMNS: Mapping[Holds, dataverse_table.Edm] = {
    "text": "String",
    "whole": "Int32",
    "number": "Decimal",
    "instant": "DateTimeOffset",
    "date": "Date",
}


@dataclass(frozen=True)
class StandIn:
    """What stands in for a destination: what it holds by key, and the destination as it is there.

    Where a destination is called over the network that is a stub, at whose address it is then;
    other destinations lie in the folder of the rehearsal.
    """

    held: Callable[[], Held]
    at: Callable[[str], DestinationSpec]
    stub: Stub | None = None


def stand_in(spec: DestinationSpec, now: Callable[[], datetime], folder: Path) -> StandIn:
    """What a destination would be that has all fields of the settings, and nothing else.

    No secret of the workspace is used: what stands in has its own.
    """
    if spec.kind == "sql":
        return _table(spec, folder)
    if spec.kind == "files":
        return _folder(spec, folder)
    return _CALLED[spec.kind](spec, now)


def _table(spec: DestinationSpec, folder: Path) -> StandIn:
    """A table that is made as the fields are, in a database of SQLite, which has no schemas."""
    file = f"{spec.name}.db"
    table = str(spec.options["table"]).rpartition(".")[2]
    moved = _moved(spec, {"table": table, "create": True}, url=f"sqlite:///{file}")
    return StandIn(lambda: held_by_table(folder / file, table, spec.key_field), lambda _: moved)


def _folder(spec: DestinationSpec, folder: Path) -> StandIn:
    moved = _moved(spec, {"folder": f"files-{spec.name}"})
    held = folder / f"files-{spec.name}"
    return StandIn(lambda: held_by_files(held, spec.key_field), lambda _: moved)


def _hubspot(spec: DestinationSpec, now: Callable[[], datetime]) -> StandIn:
    fields = {
        name: hubspot_portal.Property(kind=_PROPERTIES[holds(spec, name)]) for name in spec.fields
    }
    fields |= {spec.key_field: hubspot_portal.Property(unique=True)}
    kind = str(spec.options.get("object", "contacts"))
    stub = HubSpotStub(now=now, properties=fields, kind=kind)
    return StandIn(
        held=lambda: stub.portal.by(spec.key_field),
        at=lambda url: _moved(spec, {"url": url}, token=stub.token),
        stub=stub,
    )


def _salesforce(spec: DestinationSpec, now: Callable[[], datetime]) -> StandIn:
    stub = SalesforceStub(
        now=now,
        fields={name: _FIELDS[holds(spec, name)] for name in spec.fields},
        object_name=salesforce_settings.params_of(spec).object,
        key_field=spec.key_field,
    )
    options = {"username": "", "poll_seconds": POLL_SECONDS}
    secrets = {"client_id": stub.client_id, "client_secret": stub.client_secret}
    return StandIn(
        held=lambda: stub.org.records,
        at=lambda url: _moved(spec, {**options, "instance": url}, **secrets),
        stub=stub,
    )


def _dataverse(spec: DestinationSpec, now: Callable[[], datetime]) -> StandIn:
    told = dataverse_settings.settings(spec)
    stub = DataverseStub(
        now=now,
        columns={
            name: dataverse_table.Column(edm=_COLUMNS[holds(spec, name)]) for name in spec.fields
        },
        name=told.table,
        entity_set=told.entity_set,
        key_field=spec.key_field,
    )

    def at(url: str) -> DestinationSpec:
        token_url = f"{url}/rehearsal/oauth2/v2.0/token"
        options = {"url": url, "token_url": token_url, "client_id": stub.client_id}
        options |= {"api_version": "9.2"}
        return _moved(spec, options, client_secret=stub.client_secret)

    return StandIn(
        held=lambda: {str(row[spec.key_field]): row for row in stub.table.rows.values()},
        at=at,
        stub=stub,
    )


def _webhook(spec: DestinationSpec, now: Callable[[], datetime]) -> StandIn:
    stub = WebhookStub(now=now, key_field=spec.key_field)
    return StandIn(
        held=lambda: stub.state,
        at=lambda url: _moved(spec, {"url": url + PATH}, secret=stub.secret),
        stub=stub,
    )


def _moved(
    spec: DestinationSpec, options: Mapping[str, str | float], **secrets: str
) -> DestinationSpec:
    return replace(
        spec,
        options={**spec.options, **options},
        secrets={name: Secret(lambda text=text: text) for name, text in secrets.items()},
    )


_CALLED: Mapping[Kind, Callable[[DestinationSpec, Callable[[], datetime]], StandIn]] = {
    "hubspot": _hubspot,
    "salesforce": _salesforce,
    "dataverse": _dataverse,
    "webhook": _webhook,
}
