"""All sources of a workspace, read: what could be, what could not, and until when."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, cast
from zoneinfo import ZoneInfo

import polars as pl

from features import quarantine
from features.clock import midnight
from features.contracts import INPUTS
from features.engine.ahead import one_ahead
from features.errors import DataRefused
from features.sources import check, table
from features.sources.expressions import by_row
from features.sources.kinds import complete, is_there
from features.sources.mapping import Mapped, clean
from features.sources.money import Rates
from features.sources.raw import ROW
from features.sources.resuming import LastRead, how_mapped, read_on
from features.sources.spec import SourceSpec
from features.sources.whose import whose


class Sink(Protocol):
    """Where rows go that could be read."""

    def add(self, spec: SourceSpec, rows: pl.DataFrame) -> pl.DataFrame:
        """Keep rows as `mapping.clean` gives them; the quarantine's entries of those it cannot."""
        ...

    def held(self, source: str) -> LastRead | None:
        """What there is of a source from former nights."""
        ...


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
    """Latest event, or what the table's clock tells, before `as_of`."""
    only_changed: bool = False
    """Whether rows that the lake holds were left out; `newest` is of those, too."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What became of the rows of all sources."""

    quarantine: pl.DataFrame
    sources: tuple[SourceCount, ...]
    as_of: datetime
    watermark: datetime
    specs: tuple[SourceSpec, ...] = ()
    max_quarantine_share: float = 1.0
    files: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    """A hash, by source, of what decides how its rows are mapped."""

    def without(self, duplicates: pl.DataFrame) -> "Reading":
        """The same after rows (`source`, `ROW`) turned out to say nothing that others do not.

        Raises `DataRefused` if a source is too dirty by that.
        """
        specs = {spec.name: spec for spec in self.specs}
        parts, counts = [self.quarantine], list(self.sources)
        for at, count in enumerate(counts):
            again = duplicates.filter(pl.col("source") == count.name)
            if again.height:
                entries = _duplicates(specs[count.name], again, self.files.get(count.name, ()))
                parts.append(entries)
                counts[at] = _with(count, entries)
        settled = replace(self, quarantine=pl.concat(parts), sources=tuple(counts))
        share = self.max_quarantine_share
        check.refuse(
            [fault for one in settled.sources for fault in _dirt(specs[one.name], one, share)]
            if duplicates.height
            else []
        )
        return settled


def read(
    specs: Sequence[SourceSpec],
    root: Path,
    into: Sink,
    *,
    as_of: datetime,
    zone: ZoneInfo,
    rates: Rates | None = None,
    max_quarantine_share: float = 0.01,
) -> Reading:
    """Every source under the folder `root`, its rows mapped to the contracts and handed on.

    Of a source that `into` holds as it would be read now, a kind that can reads only what changed.
    Raises `DataRefused`, naming all faults at once, if a file or column is missing, or a source
    is empty, stale or too dirty.
    """
    specs = whose([complete(spec) for spec in specs])
    check.refuse(check.faults(specs, root, rates))
    specs = [with_words(spec, root) for spec in specs]
    settings = {spec.name: how_mapped(spec, zone, rates) for spec in specs}
    present = [
        read_on(spec, into.held(spec.name), settings=settings[spec.name], as_of=as_of)
        for spec in specs
        if is_there(spec, root)
    ]
    files = {spec.name: table.names(spec, root) for spec in present}
    told = [_Told(spec, as_of, into.held(spec.name)) for spec in present]
    for one in told:
        one.read(root, into, zone, rates)
    counts = [one.count(files[one.spec.name]) for one in told]
    pairs = list(zip(present, counts, strict=True))
    check.refuse([fault for pair in pairs for fault in _faults(*pair, as_of, max_quarantine_share)])
    return Reading(
        quarantine=pl.concat([quarantine.empty(), *(one.quarantine for one in told)]),
        sources=tuple(counts),
        as_of=as_of,
        watermark=watermark(specs, as_of=as_of, zone=zone),
        specs=tuple(present),
        max_quarantine_share=max_quarantine_share,
        files=files,
        settings=settings,
    )


def watermark(specs: Iterable[SourceSpec], *, as_of: datetime, zone: ZoneInfo) -> datetime:
    """The instant before which every required source says that it is complete."""
    ends = [
        midnight(spec.complete_until, zone)
        for spec in specs
        if spec.required and spec.complete_until
    ]
    return min([as_of, *ends])


def with_words(spec: SourceSpec, root: Path) -> SourceSpec:
    """The spec with the words that its texts are judged by, where it has texts."""
    return replace(spec, words=spec.feelings.told(root)) if spec.sentiment_from else spec


class _Told:
    """What one source tells while it is read."""

    def __init__(self, spec: SourceSpec, as_of: datetime, last: LastRead | None) -> None:
        self.spec = spec
        self.quarantine = quarantine.empty()
        self._as_of = as_of
        self._kept = 0
        self._newest = last.newest if last and spec.since else None

    def read(self, root: Path, into: Sink, zone: ZoneInfo, rates: Rates | None) -> None:
        spec, clock = self.spec, INPUTS[self.spec.table].clock
        parts: list[pl.DataFrame] = []
        for broken, (rows, faulty) in one_ahead(self._mapped(root, zone, rates)):
            nobody = into.add(spec, rows)
            parts += [quarantine.broken(spec.name, broken), faulty, nobody]
            self._kept += rows.height - nobody.height
            past = cast("datetime | None", rows[clock].filter(rows[clock] < self._as_of).max())
            self._newest = max(filter(None, (self._newest, past)), default=None)
        found = pl.concat([part for part in parts if part.height] or [quarantine.empty()])
        self.quarantine = found

    def _mapped(
        self, root: Path, zone: ZoneInfo, rates: Rates | None
    ) -> Iterator[tuple[tuple[int, ...], Mapped]]:
        """The rows in parts, mapped, with the numbers of those that are broken."""
        spec = self.spec
        for raw in table.batches(spec, root) if by_row(spec) else [table.read(spec, root)]:
            yield raw.broken, clean(raw.rows, spec, zone, rates)

    def count(self, files: Sequence[str]) -> SourceCount:
        """The counts, once everything was read; the quarantine then names the files."""
        found = self.quarantine.sort("row", "reason", "column")
        self.quarantine = quarantine.located(found, files)
        return SourceCount(
            name=self.spec.name,
            table=self.spec.table,
            rows_read=self._kept + self.quarantine.height,
            rows_kept=self._kept,
            rows_quarantined=self.quarantine.height,
            reasons=quarantine.by_reason(self.quarantine),
            newest=self._newest,
            only_changed=self.spec.since is not None,
        )


def _duplicates(spec: SourceSpec, again: pl.DataFrame, files: Sequence[str]) -> pl.DataFrame:
    column = "source_key" if "source_key" in INPUTS[spec.table].schema else "customer_id"
    rows = again.select(
        pl.col(ROW).alias("row"),
        pl.lit("duplicate").alias("reason"),
        pl.lit(column).alias("column"),
    )
    return quarantine.located(quarantine.entries(spec.name, rows), files)


def _with(count: SourceCount, duplicates: pl.DataFrame) -> SourceCount:
    reasons = {**count.reasons, **quarantine.by_reason(duplicates)}
    return replace(
        count,
        rows_kept=count.rows_kept - duplicates.height,
        rows_quarantined=count.rows_quarantined + duplicates.height,
        reasons={reason: reasons[reason] for reason in quarantine.REASONS if reason in reasons},
    )


def _faults(
    spec: SourceSpec, count: SourceCount, as_of: datetime, max_share: float
) -> Iterator[DataRefused]:
    if count.rows_read == 0 and not count.only_changed:
        if spec.required:
            yield _refusal(spec, "it has no rows", "export it again")
        return
    dirt = list(_dirt(spec, count, max_share))
    yield from dirt
    if not dirt and spec.required and _is_stale(spec, count, as_of):
        limit = as_of - timedelta(days=spec.stale_after_days or 0)
        yield _refusal(
            spec,
            f"{_newest(count, as_of)}; there should be one of {limit:%Y-%m-%d %H:%M} UTC or later",
            "export it again, raise `stale_after_days`, or stand at an earlier day with --as-of",
        )


def _dirt(spec: SourceSpec, count: SourceCount, max_share: float) -> Iterator[DataRefused]:
    if count.rows_quarantined > max_share * count.rows_read:
        reasons = ", ".join(f"{reason} {rows}" for reason, rows in count.reasons.items())
        yield _refusal(
            spec,
            f"{count.rows_quarantined} of {count.rows_read} rows were set aside ({reasons}),"
            f" more than the {max_share:.1%} that are allowed",
            f"{quarantine.mend(count.reasons)}, or raise `quarantine.max_share`",
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
