"""All sources of a workspace, read: what could be, what could not, and until when."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import polars as pl

from features import quarantine
from features.clock import midnight
from features.contracts import CUSTOMERS, EVENTS
from features.errors import DataRefused
from features.sources import check, table
from features.sources.kinds import complete, is_there
from features.sources.mapping import Mapped, by_row, map_batches
from features.sources.spec import SourceSpec

_CLOCKS = {"events": "occurred_at", "customers": "valid_from"}


@dataclass(frozen=True, kw_only=True)
class SourceCount:
    """How many rows of a source were read, kept and quarantined; read is the sum of the others.

    Where a query is declared, the rows are those that it returns.
    """

    name: str
    table: str
    rows_read: int
    rows_kept: int
    rows_quarantined: int
    reasons: dict[str, int]
    newest: datetime | None
    """Latest event (or version of a customer) before `as_of`."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Rows of the contracts out of all sources."""

    events: pl.DataFrame
    customers: pl.DataFrame
    quarantine: pl.DataFrame
    sources: tuple[SourceCount, ...]
    as_of: datetime
    watermark: datetime


def read(
    specs: Sequence[SourceSpec],
    root: Path,
    *,
    as_of: datetime,
    zone: ZoneInfo,
    max_quarantine_share: float = 0.01,
) -> Reading:
    """Every source under the folder `root`, mapped to the contracts.

    Raises `DataRefused`, naming all faults at once, if a file or column is missing, or a source
    is empty, stale or too dirty.
    """
    specs = [complete(spec) for spec in specs]
    check.refuse(check.faults(specs, root))
    present = [spec for spec in specs if is_there(spec, root)]
    parts = [_read_one(spec, root, zone) for spec in present]
    counts = [_count(spec, part, as_of) for spec, part in zip(present, parts, strict=True)]
    pairs = list(zip(present, counts, strict=True))
    check.refuse([fault for pair in pairs for fault in _faults(*pair, as_of, max_quarantine_share)])
    by_table = {
        name: [part.rows for spec, part in zip(present, parts, strict=True) if spec.table == name]
        for name in ("events", "customers")
    }
    return Reading(
        events=pl.concat([pl.DataFrame(schema=EVENTS.schema), *by_table["events"]]),
        customers=_together(by_table["customers"]),
        quarantine=pl.concat([quarantine.empty(), *(part.quarantine for part in parts)]),
        sources=tuple(counts),
        as_of=as_of,
        watermark=watermark(specs, as_of=as_of, zone=zone),
    )


def watermark(specs: Iterable[SourceSpec], *, as_of: datetime, zone: ZoneInfo) -> datetime:
    """The instant before which every required source says that it is complete."""
    ends = [
        midnight(spec.complete_until, zone)
        for spec in specs
        if spec.required and spec.complete_until
    ]
    return min([as_of, *ends])


def _read_one(spec: SourceSpec, root: Path, zone: ZoneInfo) -> Mapped:
    broken: list[int] = []

    def batches() -> Iterator[pl.LazyFrame]:
        for raw in table.batches(spec, root) if by_row(spec) else [table.read(spec, root)]:
            broken.extend(raw.broken)
            yield raw.rows

    rows, faulty = map_batches(batches(), spec, zone)
    return Mapped(rows, pl.concat([quarantine.broken(spec.name, broken), faulty]))


def _together(versions: list[pl.DataFrame]) -> pl.DataFrame:
    types: dict[str, set[pl.DataType]] = {}
    for name, dtype in (pair for part in versions for pair in part.schema.items()):
        types.setdefault(name, set()).add(dtype)
    mixed = [
        DataRefused(
            f"attribute {name!r} is {' and '.join(sorted(map(str, kinds)))} in different sources",
            mend="cast it in `sql`, or give the attributes two names",
        )
        for name, kinds in types.items()
        if len(kinds) > 1 and not all(dtype.is_numeric() for dtype in kinds)
    ]
    check.refuse(mixed)
    return pl.concat([pl.DataFrame(schema=CUSTOMERS.schema), *versions], how="diagonal_relaxed")


def _count(spec: SourceSpec, part: Mapped, as_of: datetime) -> SourceCount:
    clock = part.rows[_CLOCKS[spec.table]]
    return SourceCount(
        name=spec.name,
        table=spec.table,
        rows_read=part.rows.height + part.quarantine.height,
        rows_kept=part.rows.height,
        rows_quarantined=part.quarantine.height,
        reasons=quarantine.by_reason(part.quarantine),
        newest=cast("datetime | None", clock.filter(clock < as_of).max()),
    )


def _faults(
    spec: SourceSpec, count: SourceCount, as_of: datetime, max_share: float
) -> Iterator[DataRefused]:
    if count.rows_read == 0:
        if spec.required:
            yield _refusal(spec, "it has no rows", "export it again")
        return
    share = count.rows_quarantined / count.rows_read
    if share > max_share:
        reasons = ", ".join(f"{reason} {rows}" for reason, rows in count.reasons.items())
        yield _refusal(
            spec,
            f"{count.rows_quarantined} of {count.rows_read} rows were set aside ({reasons}),"
            f" more than the {max_share:.1%} that are allowed",
            f"{quarantine.mend(count.reasons)}, or raise `quarantine.max_share`",
        )
    elif spec.required and _is_stale(spec, count, as_of):
        limit = as_of - timedelta(days=spec.stale_after_days or 0)
        yield _refusal(
            spec,
            f"{_newest(count, as_of)}; there should be one of {limit:%Y-%m-%d %H:%M} UTC or later",
            "export it again, raise `stale_after_days`, or stand at an earlier day with --as-of",
        )


def _newest(count: SourceCount, as_of: datetime) -> str:
    if count.newest is None:
        return f"no row is of before {as_of:%Y-%m-%d %H:%M} UTC"
    return (
        f"its newest row before {as_of:%Y-%m-%d %H:%M} UTC is of {count.newest:%Y-%m-%d %H:%M} UTC"
    )


def _is_stale(spec: SourceSpec, count: SourceCount, as_of: datetime) -> bool:
    if spec.stale_after_days is None:
        return False
    return count.newest is None or count.newest < as_of - timedelta(days=spec.stale_after_days)


def _refusal(spec: SourceSpec, what: str, mend: str) -> DataRefused:
    return DataRefused(f"source {spec.name!r}: {what}", where=spec.path, mend=mend)
