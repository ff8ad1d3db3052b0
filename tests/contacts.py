"""Contacts, tickets, calls and bills under several handles, ingested night after night."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from features import lake
from features.identity.records import HandleParams
from features.identity.standing import IdentityParams
from features.sources import SourceSpec, read

FIRST_NIGHT = datetime(2026, 3, 10, tzinfo=UTC)
HANDLES = HandleParams(key=b"sixteen bytes ok", region="ID")
CONTACTS = SourceSpec(
    name="contacts",
    kind="csv",
    path="contacts.csv",
    table="customers",
    handles={"email": "mail", "phone": "hp", "account:crm": "company"},
    columns={"valid_from": "'2026-01-01'"},
    attributes=("plan",),
)
TICKETS = SourceSpec(
    name="tickets",
    kind="csv",
    path="tickets.csv",
    handles={"email": "mail"},
    columns={"occurred_at": "at", "channel": "'email'", "step": "'ticket'", "source_key": "key"},
)
CALLS = SourceSpec(
    name="calls",
    kind="csv",
    path="calls.csv",
    handles={"phone": "hp"},
    columns={"occurred_at": "at", "channel": "'call'", "step": "'call'", "source_key": "key"},
)
BILLS = SourceSpec(
    name="bills",
    kind="csv",
    path="bills.csv",
    columns={"customer_id": "client", "occurred_at": "at", "channel": "'app'", "step": "'bill'"},
)
HEADS = {
    "contacts": ("mail", "hp", "company", "plan"),
    "tickets": ("key", "mail", "at"),
    "calls": ("key", "hp", "at"),
    "bills": ("client", "at"),
}
MAILS = ("ana@one.example", "budi@two.example", "citra@one.example", "")
PHONES = ("0812 3456 7890", "+62 813-4567-8901", "0814-5678-9012", "")


def night(folder: Path, told: dict[str, list[tuple]], number: int, **params):
    for name, head in HEADS.items():
        rows = pl.DataFrame(told.get(name, []), schema=dict.fromkeys(head, pl.String), orient="row")
        rows.write_csv(folder / f"{name}.csv")
    specs = [CONTACTS, TICKETS, CALLS, BILLS]
    intake = lake.Intake(handles=HANDLES, partitions=3)
    as_of = FIRST_NIGHT + timedelta(days=number)
    optional = [SourceSpec(**{**vars(spec), "required": False}) for spec in specs]
    options = {"as_of": as_of, "zone": ZoneInfo("UTC"), "max_quarantine_share": 1}
    reading = read(optional, folder, intake, **options)
    identity = IdentityParams(hub_limit=20, **params)
    return lake.write(folder / "lake", intake, reading, identity=identity)


def days(number: int) -> str:
    return f"2026-03-{1 + number:02}T09:00:00Z"
