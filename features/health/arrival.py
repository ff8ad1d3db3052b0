"""Arrival: sources that went silent, events of the future, and when rows became known."""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import polars as pl

from features.clock import MICROSECONDS_PER_DAY
from features.contracts import Frame
from features.health.finding import Finding, examined, share
from features.health.parts import parts
from features.sources.spec import SourceSpec

SILENT_DAYS = 3
GAPS_LEAST = 10
"""Fewer gaps are no rhythm."""
LATE_SHARE_MOST = 0.01
LATE_HOURS = 24.0
"""Rows that come so much later than declared are late; labels end on whole days."""
FUTURE_SHARE_MOST = 0.01


def check_arrival(
    events: Frame,
    specs: Sequence[SourceSpec],
    *,
    until: datetime,
    now: datetime,
    zone: ZoneInfo,
) -> list[Finding]:
    """T04 and S04 to S06 for every source of events; `until` is when the data should reach."""
    of = {spec.name: spec for spec in specs if spec.table == "events"}
    told = [(of[name], rows) for name, rows in parts(events, "source") if name in of]
    future = [finding for spec, rows in told for finding in _future(spec, rows, max(now, until))]
    silent = [finding for spec, rows in told for finding in _silent(spec, rows, until, zone)]
    late = [finding for spec, rows in told for finding in _late(spec, rows)]
    return [
        *examined("T04", "no event is of the future", future),
        *examined("S04", "no source has gone silent", silent),
        *examined("S05", "every source says when its rows became known", _at_once(told)),
        *examined("S06", "rows come as soon as their source declares", late),
    ]


def _future(spec: SourceSpec, rows: pl.DataFrame, now: datetime) -> Iterator[Finding]:
    ahead = rows.filter(pl.col("occurred_at") >= now + timedelta(days=1)).height
    if not ahead:
        return
    part = share(ahead, rows.height)
    yield Finding(
        code="T04",
        severity="warn" if part > FUTURE_SHARE_MOST else "note",
        sentence=f"source {spec.name}: {ahead:,} of {rows.height:,} events are of a day that has "
        "not come yet",
        measured=round(part, 4),
        needed=0.0,
        mends=(
            "look at the order of day and month in `time_format`",
            "map `occurred_at` to when it happened, not to when it is planned or due",
            "leave it, if these are plans: no feature sees them before their time",
        ),
    )


def _silent(
    spec: SourceSpec, rows: pl.DataFrame, until: datetime, zone: ZoneInfo
) -> Iterator[Finding]:
    told = rows["occurred_at"].filter(rows["occurred_at"] < until)
    days = told.dt.convert_time_zone(zone.key).dt.date().unique().sort()
    gaps = days.diff().drop_nulls().dt.total_days()
    if len(gaps) < GAPS_LEAST:
        return
    newest = cast("datetime", told.max())
    silent_days = (until - newest) / timedelta(days=1)
    longest = float(cast("float", gaps.quantile(0.99, interpolation="higher")))
    if silent_days <= max(SILENT_DAYS, longest):
        return
    yield Finding(
        code="S04",
        severity="warn" if spec.required else "note",
        sentence=f"source {spec.name}: no event since {newest:%Y-%m-%d}, {silent_days:.0f} days; "
        f"until then hardly a gap was longer than {longest:.0f}",
        measured=round(silent_days, 1),
        needed=max(float(SILENT_DAYS), longest),
        mends=(
            "export it again, and look at whether the export still runs",
            "say `complete_until`, so that labels wait for it",
            "declare `stale_after_days`, so that the next time the night is refused",
        ),
    )


def _at_once(told: list[tuple[SourceSpec, pl.DataFrame]]) -> Iterator[Finding]:
    silent = [
        spec.name
        for spec, rows in told
        if not spec.latency_hours and (rows["known_at"] == rows["occurred_at"]).all()
    ]
    if not silent:
        return
    yield Finding(
        code="S05",
        severity="note",
        sentence=f"{', '.join(silent)}: neither a time of knowing nor a latency, so every row "
        "counts as known in the instant in which it happened",
        measured=float(len(silent)),
        needed=0.0,
        mends=(
            "map `known_at` to when the row was written, if the file tells",
            "declare `latency_hours`: how long until a row is in the export",
            "leave it, if the export is made at midnight and holds all until then",
        ),
    )


def _late(spec: SourceSpec, rows: pl.DataFrame) -> Iterator[Finding]:
    lateness = (rows["known_at"] - rows["occurred_at"]).dt.total_microseconds()
    hours = lateness / (MICROSECONDS_PER_DAY / 24)
    late = int((hours > spec.latency_hours + LATE_HOURS).sum())
    part = share(late, rows.height)
    if part <= LATE_SHARE_MOST:
        return
    usual = math.ceil(cast("float", hours.quantile(1 - LATE_SHARE_MOST)))
    yield Finding(
        code="S06",
        severity="warn",
        sentence=f"source {spec.name}: {part:.0%} of the rows became known more than "
        f"{LATE_HOURS:.0f} hours later than the declared {spec.latency_hours:g}; labels that end "
        "before they come take customers for gone",
        measured=round(part, 4),
        needed=LATE_SHARE_MOST,
        mends=(
            f"declare `latency_hours = {usual}`, within which 99 % of the rows come",
            "export it more often",
            "map `known_at` to when the row was written, not to when it was changed last",
        ),
    )
