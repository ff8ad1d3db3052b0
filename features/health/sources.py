"""Sources: what is missing before any row is read, and what could not be read."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from features import quarantine
from features.errors import DataRefused
from features.health.finding import Finding, examined, refused, share
from features.sources import check, paths
from features.sources.expressions import expression
from features.sources.kinds import KINDS, complete
from features.sources.spec import SourceSpec

_OFFSET = r"(?:Z|UTC|[+-]\d{2}:?\d{2})$"
_CLOCK = r"\d:\d{2}"
_TIMES = ("occurred_at", "known_at", "valid_from", "starts_at", "entered_at", "assigned_at")


def check_files(specs: Sequence[SourceSpec], root: Path) -> list[Finding]:
    """S01 and T05: files, columns and expressions, and how the first rows write their times."""
    whole = [complete(spec) for spec in specs]
    faults = [
        refused(
            "S01",
            fault,
            "correct the source's table in jejak.toml",
            "say `required = false`, if jejak can do without that source",
        )
        for fault in check.faults(whole, root)
    ]
    mixed = [] if faults else [f for spec in whole for f in _offsets(spec, root)]
    sources = f"{len(specs)} source{'s' * (len(specs) > 1)}"
    return [
        *examined("S01", f"files and columns of {sources} are there", faults),
        *examined("T05", "the first times of each file are written alike", mixed),
    ]


def check_ingested(
    specs: Sequence[SourceSpec], counts: Sequence[Mapping[str, Any]], max_share: float
) -> list[Finding]:
    """S02 and S03: sources that the lake does not know yet, and rows that were set aside.

    `counts` are those of the lake's manifest.
    """
    told = {str(count["name"]): count for count in counts}
    unread = [spec for spec in specs if spec.required and spec.name not in told]
    aside = [
        finding
        for spec in specs
        if spec.name in told
        for finding in _set_aside(told[spec.name], max_share)
    ]
    return [
        *examined("S02", "every source has been ingested", map(_unread, unread)),
        *examined("S03", "every row could be read", aside),
    ]


def _offsets(spec: SourceSpec, root: Path) -> Iterator[Finding]:
    """Some times of a column name their offset and others leave it to the time zone."""
    files = paths.found(spec.path, root) if spec.path and not spec.sql else []
    if not files:
        return
    try:
        rows = KINDS[spec.kind].head(root / files[0], spec)
    except DataRefused:
        return
    for name in _TIMES:
        texts = _texts(rows, spec.columns.get(name))
        timed = texts.filter(texts.str.contains(_CLOCK))
        naming = int(timed.str.strip_chars().str.contains(_OFFSET).sum())
        if 0 < naming < len(timed):
            yield _mixed_offsets(spec.name, name, naming, len(timed))


def _texts(rows: pl.DataFrame, text: str | None) -> pl.Series:
    """The cells that a time is read from; none where they are no texts or cannot be told."""
    nothing = pl.Series(dtype=pl.String)
    if text is None:
        return nothing
    try:
        cells = rows.select(expression(text, rows.columns).alias("cell"))["cell"]
    except pl.exceptions.PolarsError:
        return nothing
    return cells.drop_nulls() if cells.dtype == pl.String else nothing


def _mixed_offsets(source: str, column: str, naming: int, timed: int) -> Finding:
    return Finding(
        code="T05",
        severity="warn",
        sentence=f"source {source}: {naming:,} of its first {timed:,} times in `{column}` name "
        "their offset and the others do not; those are read in the time zone",
        measured=round(share(naming, timed), 3),
        needed=0.0,
        mends=(
            "export all times with their offset, such as 2026-03-01T10:00:00+07:00",
            "declare the source's `time_zone`, in which the bare ones are",
            f"add the offset to the bare ones in the expression of `{column}`",
        ),
    )


def _unread(spec: SourceSpec) -> Finding:
    return Finding(
        code="S02",
        severity="warn",
        sentence=f"source {spec.name} is in jejak.toml but not in the lake",
        measured=0.0,
        needed=1.0,
        mends=(
            "run `jejak ingest`",
            "look at whether its name was changed: a source is known by it",
            "take it out of jejak.toml, if it is not wanted",
        ),
    )


def _set_aside(count: Mapping[str, Any], max_share: float) -> Iterator[Finding]:
    part = share(count["rows_quarantined"], count["rows_read"])
    if not part:
        return
    reasons = ", ".join(f"{reason} {rows:,}" for reason, rows in count["reasons"].items())
    yield Finding(
        code="S03",
        severity="stop" if part > max_share else "warn" if part > max_share / 2 else "note",
        sentence=f"source {count['name']}: {count['rows_quarantined']:,} of "
        f"{count['rows_read']:,} rows ({part:.1%}) were set aside: {reasons}",
        measured=round(part, 4),
        needed=max_share,
        mends=(
            quarantine.mend(dict(count["reasons"])),
            "look at the rows in the lake's quarantine: it tells file, row, reason and column",
            "raise `quarantine.max_share`, if such rows may be left out",
        ),
    )
