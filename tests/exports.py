"""A small valid export of every kind of source, of invented people, to be spoilt by tests."""

import json
import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import crm
import polars as pl
import vendors
import xlsxwriter

from features.sources import SourceSpec

_LINE_END = re.compile("\r\n|\n|\r")
_WHOLE = {
    "customer_id": "who",
    "occurred_at": "at",
    "channel": "channel",
    "step": "step",
    "value": "value",
    "sentiment": "mood",
    "known_at": "known",
    "source_key": "id",
}


@dataclass(frozen=True, kw_only=True)
class Export:
    """One file as its product writes it, and how a workspace names it."""

    kind: str
    name: str
    content: bytes
    records: Callable[[bytes], int | None] = lambda _: None
    """How many records the bytes hold, told without the code under test; None if it cannot be."""
    said: dict[str, object] = field(default_factory=dict[str, object])

    @property
    def is_text(self) -> bool:
        """Whether the bytes are text."""
        return not self.content.startswith((b"PK", b"PAR1", b"SQLite"))

    def spec(self, **more: object) -> SourceSpec:
        """The source as a workspace names it."""
        said = {"path": self.name, **self.said, **more}
        return SourceSpec(name="export", kind=self.kind, **said)

    def put(self, folder: Path, content: bytes) -> None:
        """Write these bytes where the source says that its file is."""
        (folder / self.name).write_bytes(content)


def lines(content: bytes) -> list[str]:
    """Lines that are not empty, as a text of UTF-8 has them."""
    text = content.decode("utf-8-sig", errors="surrogateescape")
    return [line for line in _LINE_END.split(text) if line]


def rows_of_csv(content: bytes) -> int | None:
    """Lines below the header; where there are quotes, lines and rows are not the same."""
    return None if b'"' in content else len(lines(content)) - 1


def lines_of_json(content: bytes) -> int:
    """Lines that hold anything; only a newline ends one."""
    text = content.decode("utf-8-sig", errors="surrogateescape")
    return sum(bool(line.strip()) for line in text.split("\n"))


def tickets(content: bytes) -> int | None:
    """Tickets, audits or what stands in their place, in JSON of any shape or in CSV."""
    text = content.decode("utf-8-sig", errors="surrogateescape")
    if not content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"[")):
        return rows_of_csv(content)
    texts = [line for line in re.split("\r\n|\n|\r", text) if line.strip()]
    if _json(texts[0]) is None and _json(text) is not None:
        texts = [text]
    values = [_json(one) for one in texts]
    held = [
        next(
            (one[name] for name in ("tickets", "audits") if isinstance(one.get(name), list)), [one]
        )
        if isinstance(one, dict)
        else one
        for one in values
    ]
    return sum(len(one) if isinstance(one, list) else 1 for one in held)


def _json(text: str) -> Any:
    try:
        return json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return None


def _rows() -> list[dict[str, object]]:
    start = datetime(2026, 3, 28, 21, 30, tzinfo=UTC)
    return [
        {
            "id": f"k{number}",
            "who": ("ana", "budi", "citra")[number % 3],
            "at": start + timedelta(hours=number),
            "channel": "web",
            "step": ("visit", "purchase")[number % 2],
            "value": number * 1250.5,
            "mood": 0.25,
            "known": start + timedelta(hours=number + 1),
        }
        for number in range(6)
    ]


def _csv() -> bytes:
    return pl.DataFrame(_rows()).write_csv(datetime_format="%Y-%m-%d %H:%M").encode()


def _xlsx() -> bytes:
    made = BytesIO()
    options = {"in_memory": True, "default_date_format": "yyyy-mm-dd", "remove_timezone": True}
    with xlsxwriter.Workbook(made, options) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate([{name: name for name in _rows()[0]}, *_rows()]):
            sheet.write_row(at, 0, row.values())
    return made.getvalue()


def _parquet(rows: list[dict[str, object]]) -> bytes:
    made = BytesIO()
    pl.DataFrame(rows).write_parquet(made)
    return made.getvalue()


def _sqlite() -> bytes:
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE t (id, who, at, channel, step, value, mood, known)")
        places = ", ".join("?" * len(_rows()[0]))
        texts = [
            [c.isoformat() if isinstance(c, datetime) else c for c in row.values()]
            for row in _rows()
        ]
        database.executemany(f"INSERT INTO t VALUES ({places})", texts)
        database.commit()
        return database.serialize()


def _json_lines(rows: list[dict[str, object]]) -> bytes:
    return "".join(f"{json.dumps(row, default=str)}\n" for row in rows).encode()


def _crm(kind: str, text: str, what: str, table: str = "events") -> Export:
    said = {"options": {"object": what}, "table": table}
    return Export(kind=kind, name="crm.csv", content=text.encode(), records=rows_of_csv, said=said)


def _options(**said: str) -> dict[str, object]:
    return {"options": said}


_PLAIN = {"columns": _WHOLE}
_OURS = _options(ours="Tim, Tim Jejak, jejak.test")
_SQL = {"columns": _WHOLE, "path": "", "options": {"url": "sqlite:///t.db", "table": "t"}}

EXPORTS = {
    "csv": Export(kind="csv", name="t.csv", content=_csv(), records=rows_of_csv, said=_PLAIN),
    "jsonl": Export(
        kind="jsonl",
        name="t.jsonl",
        content=_json_lines(_rows()),
        records=lines_of_json,
        said=_PLAIN,
    ),
    "xlsx": Export(kind="xlsx", name="t.xlsx", content=_xlsx(), said=_PLAIN),
    "parquet": Export(kind="parquet", name="t.parquet", content=_parquet(_rows()), said=_PLAIN),
    "sql": Export(kind="sql", name="t.db", content=_sqlite(), said=_SQL),
    "hubspot-contacts": _crm("hubspot", crm.CONTACTS, "contacts"),
    "hubspot-customers": _crm("hubspot", crm.CONTACTS, "contacts", "customers"),
    "hubspot-deals": _crm("hubspot", crm.DEALS, "deals"),
    "hubspot-engagements": _crm("hubspot", crm.ENGAGEMENTS, "engagements"),
    "salesforce-history": _crm("salesforce", crm.HISTORY, "opportunity_history"),
    "salesforce-fields": _crm("salesforce", crm.FIELDS, "opportunity_history"),
    "salesforce-opportunities": _crm("salesforce", crm.OPPORTUNITIES, "opportunities"),
    "zendesk-tickets": Export(
        kind="zendesk",
        name="t.json",
        content=_json_lines(vendors.TICKETS),
        records=tickets,
        said=_options(object="tickets"),
    ),
    "zendesk-pages": Export(
        kind="zendesk",
        name="t.json",
        content=json.dumps({"tickets": vendors.TICKETS}).encode(),
        records=tickets,
    ),
    "zendesk-events": Export(
        kind="zendesk",
        name="t.json",
        content=_json_lines(vendors.AUDITS),
        records=tickets,
        said=_options(object="events"),
    ),
    "zendesk-csv": Export(
        kind="zendesk", name="t.csv", content=vendors.TICKETS_CSV, records=tickets
    ),
    "whatsapp-android": Export(
        kind="whatsapp", name="chat.txt", content=vendors.ANDROID, said=_OURS
    ),
    "whatsapp-ios": Export(kind="whatsapp", name="chat.txt", content=vendors.IOS, said=_OURS),
    "meetings-zoom": Export(kind="meetings", name="zoom.csv", content=vendors.ZOOM, said=_OURS),
    "meetings-teams": Export(kind="meetings", name="teams.csv", content=vendors.TEAMS, said=_OURS),
    "meetings-outlook": Export(
        kind="meetings", name="outlook.csv", content=vendors.OUTLOOK, said=_OURS
    ),
    "ga4-lines": Export(
        kind="ga4", name="t.jsonl", content=_json_lines(vendors.VISITS), records=lines_of_json
    ),
    "ga4-parquet": Export(kind="ga4", name="t.parquet", content=_parquet(vendors.VISITS)),
    "mails-lines": Export(
        kind="email_events",
        name="t.jsonl",
        content=_json_lines(vendors.MAILS),
        records=lines_of_json,
    ),
    "mails-csv": Export(
        kind="email_events", name="t.csv", content=vendors.MAILS_CSV, records=rows_of_csv
    ),
    "surveys-nps": Export(kind="surveys", name="t.csv", content=vendors.NPS, records=rows_of_csv),
    "surveys-csat": Export(kind="surveys", name="t.csv", content=vendors.CSAT, records=rows_of_csv),
    "ads-google": Export(kind="ads", name="t.csv", content=vendors.GOOGLE, said={"table": "spend"}),
    "ads-meta": Export(kind="ads", name="t.csv", content=vendors.META, said={"table": "spend"}),
}
