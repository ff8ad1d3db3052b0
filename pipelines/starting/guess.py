"""`jejak init --from FILE`: a first workspace file for a person's own data, to be corrected."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import cast
from zoneinfo import ZoneInfo

from features.clock import business_day
from features.contracts import EVENTS, Frame
from features.errors import DataRefused
from features.lake import Intake
from features.sources import SourceCount, SourceSpec, read
from features.sources.hints import words
from features.sources.sniff import Sniffed, sniff
from features.vocabulary import steps_by_frequency
from pipelines.starting.wording import columns, quoted, reading_keys, said
from pipelines.terminal.printable import one_line

INDONESIAN = """
    pelanggan nasabah konsumen klien pengguna pembeli tanggal tgl waktu nilai jumlah harga kanal
    saluran transaksi belanja pembayaran langkah jenis aktivitas kejadian
"""
"""Words that name columns in no English file."""

FAR = datetime(2199, 1, 1, tzinfo=UTC)
FRESH_DAYS = 7
HISTORY_DAYS = 112
LABELS_DAYS = 100
"""Label windows and a few cutoffs that a history must hold behind its first days."""


@dataclass(frozen=True)
class Place:
    """What is likely of a business; `unit` is what 1 US dollar is in its currency, roughly."""

    time_zone: str
    currency: str
    language: str
    unit: int


INDONESIA = Place("Asia/Jakarta", "IDR", "id", 15_000)
ANYWHERE = Place("UTC", "USD", "en", 1)


@dataclass(frozen=True)
class Guessed:
    """The text of a workspace file, and what a person should check in it."""

    text: str
    advice: tuple[str, ...]


def guess(file: Path, *, name: str, path: str, path_note: str, now: datetime) -> Guessed:
    """A commented workspace file for one CSV or Parquet file; `path` is where it will lie.

    Raises `DataRefused` if the file cannot be read or holds no row.
    """
    seen = sniff(file)
    if not seen.rows_seen:
        mend = "name a file with some rows: columns are guessed from what they hold"
        raise DataRefused("the file has no rows that can be read", where=str(file), mend=mend)
    place = INDONESIA if _is_indonesian(seen) else ANYWHERE
    zone = ZoneInfo(place.time_zone)
    reading = _read(seen, zone)
    values = {
        "name": quoted(name),
        "time_zone": quoted(place.time_zone),
        "currency": quoted(place.currency),
        "language": quoted(place.language),
        "as_of": _as_of(reading, now, zone),
        "source": quoted(file.stem),
        "kind": quoted(seen.kind),
        "path": quoted(path),
        "path_note": path_note,
        "reading": "".join(f"{line}\n" for line in reading_keys(seen)),
        "columns": "\n".join(columns(seen)),
        "steps": _steps(reading),
        "history_days": _history_days(reading),
        "customer_value": float(200 * place.unit),
        "offer_cost": float(10 * place.unit),
        "contact_cost": float(place.unit),
    }
    template = files("pipelines").joinpath("examples", "from-file.toml").read_text("utf-8")
    return Guessed(Template(template).substitute(values), tuple(_advice(seen, reading)))


def _is_indonesian(seen: Sniffed) -> bool:
    known = set(INDONESIAN.split())
    return any(word in known for column in seen.columns for word in words(column.name))


@dataclass(frozen=True)
class _Read:
    """What the guesses make of the file."""

    count: SourceCount
    events: Frame


def _read(seen: Sniffed, zone: ZoneInfo) -> _Read | None:
    """All rows under the guesses, or None if they do not hold."""
    spec = SourceSpec(
        name=seen.path.stem,
        kind=seen.kind,
        path=str(seen.path.resolve()),
        columns={column: text for column, text, _ in said(seen)},
        time_format=seen.time_format,
        number_format=seen.number_format,
        separator=seen.separator,
        encoding=seen.encoding,
    )
    try:
        intake = Intake()
        reading = read([spec], Path(), intake, as_of=FAR, zone=zone, max_quarantine_share=1.0)
        return _Read(reading.sources[0], intake.rows(EVENTS.name))
    except DataRefused:
        return None


def _as_of(reading: _Read | None, now: datetime, zone: ZoneInfo) -> str:
    """The day after the newest row, where the file is not fresh."""
    newest = reading and reading.count.newest
    if not newest or now - newest < timedelta(days=FRESH_DAYS):
        return "# as_of = 2026-03-01    # left out, every command stands at its last midnight"
    day = business_day(newest, zone) + timedelta(days=1)
    return f"as_of = {day}    # after the newest row; leave it out once fresh exports land"


def _steps(reading: _Read | None) -> str:
    """The steps that carry money, else the most frequent one; the others in a comment."""
    if reading is None or not len(reading.events):
        return '["purchase"]    # what shows that a customer is still there'
    steps = steps_by_frequency(reading.events)
    chosen = [step for step, paid in steps.items() if paid and len(steps) > 1] or list(steps)[:1]
    others = [step for step in steps if step not in chosen]
    text = f"[{', '.join(quoted(step) for step in chosen)}]    # what shows that one is still there"
    return f"{text}; there are also: {one_line(', '.join(others[:12]))}" if others else text


def _history_days(reading: _Read | None) -> int:
    """The usual history, or what a short file leaves for it, in whole weeks."""
    if reading is None or not len(reading.events):
        return HISTORY_DAYS
    times = reading.events["occurred_at"]
    first, last = cast("datetime", times.min()), cast("datetime", times.max())
    span_days = (last - first).days
    return min(HISTORY_DAYS, max(28, (span_days - LABELS_DAYS) // 7 * 7))


def _advice(seen: Sniffed, reading: _Read | None) -> Iterator[str]:
    for column, text, _ in said(seen):
        yield f"{column} = {text}"
    if reading is None:
        yield "these do not read the file yet: correct [sources.columns], then run `jejak ingest`"
        return
    count = reading.count
    reasons = ", ".join(f"{reason} {rows:,}" for reason, rows in count.reasons.items())
    yield f"read so, {count.rows_kept:,} of {count.rows_read:,} rows are sound" + (
        f" ({reasons})" if reasons else ""
    )
    if seen.guesses["occurred_at"].ambiguous:
        yield "days and months cannot be told apart: check time_format"
    if seen.guesses["value"].ambiguous:
        yield "thousands and decimals cannot be told apart: check number_format"
    yield "check in the file: [sources.columns], churn.steps, horizon_days, time_zone, currency"
