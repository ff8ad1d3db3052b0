"""A stub in the place of a workspace's own account, with the fields that it names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from features.errors import WorkspaceInvalid
from serving.destinations import dataverse_settings, salesforce_settings
from serving.destinations.cells import holds
from serving.destinations.spec import DestinationSpec, Kind
from serving.destinations.views import Holds
from serving.rehearsal import dataverse_table, hubspot_portal, salesforce_org
from serving.rehearsal.dataverse import DataverseStub
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
    """A stub, and the destination as it is once the stub has an address."""

    stub: Stub
    at: Callable[[str], DestinationSpec]


def stand_in(spec: DestinationSpec, now: Callable[[], datetime]) -> StandIn:
    """What a vendor's account would be that has all fields of a destination, and nothing else.

    No secret of the workspace is used: the stub has its own.
    """
    made = _MADE.get(spec.kind)
    if made is None:
        raise WorkspaceInvalid(
            f"a destination of the kind {spec.kind} cannot be rehearsed",
            where=f"destination {spec.name}",
            mend="look at it with --dry-run",
        )
    return made(spec, now)


def _hubspot(spec: DestinationSpec, now: Callable[[], datetime]) -> StandIn:
    fields = {
        name: hubspot_portal.Property(kind=_PROPERTIES[holds(spec, name)]) for name in spec.fields
    }
    fields |= {spec.key_field: hubspot_portal.Property(unique=True)}
    kind = str(spec.options.get("object", "contacts"))
    stub = HubSpotStub(now=now, properties=fields, kind=kind)
    return StandIn(stub, lambda url: _moved(spec, {"url": url}, token=stub.token))


def _salesforce(spec: DestinationSpec, now: Callable[[], datetime]) -> StandIn:
    stub = SalesforceStub(
        now=now,
        fields={name: _FIELDS[holds(spec, name)] for name in spec.fields},
        object_name=salesforce_settings.params_of(spec).object,
        key_field=spec.key_field,
    )
    options = {"username": "", "poll_seconds": POLL_SECONDS}
    secrets = {"client_id": stub.client_id, "client_secret": stub.client_secret}
    return StandIn(stub, lambda url: _moved(spec, {**options, "instance": url}, **secrets))


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

    return StandIn(stub, at)


def _webhook(spec: DestinationSpec, now: Callable[[], datetime]) -> StandIn:
    stub = WebhookStub(now=now, key_field=spec.key_field)
    return StandIn(stub, lambda url: _moved(spec, {"url": url + PATH}, secret=stub.secret))


def _moved(
    spec: DestinationSpec, options: Mapping[str, str | float], **secrets: str
) -> DestinationSpec:
    return replace(
        spec,
        options={**spec.options, **options},
        secrets={name: Secret(lambda text=text: text) for name, text in secrets.items()},
    )


_MADE: Mapping[Kind, Callable[[DestinationSpec, Callable[[], datetime]], StandIn]] = {
    "hubspot": _hubspot,
    "salesforce": _salesforce,
    "dataverse": _dataverse,
    "webhook": _webhook,
}
