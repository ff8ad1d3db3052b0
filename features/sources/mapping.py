"""From a raw table to rows of the contract; every row is either kept or quarantined."""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from datetime import timedelta
from hashlib import blake2b
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from features import quarantine
from features.contracts import CUSTOMERS, EVENTS, check
from features.errors import DataRefused
from features.sources import cells, times
from features.sources.cells import Cell
from features.sources.raw import ROW
from features.sources.spec import SourceSpec

_FAULT = "_jejak_fault"
_COLUMN = "_jejak_column"
_CONTENT = ("customer_id", "occurred_at", "known_at", "channel", "step", "value", "sentiment")


class Mapped(NamedTuple):
    """Rows of the contract, and the quarantine's rows; together as many as were read."""

    rows: pl.DataFrame
    quarantine: pl.DataFrame


def map_rows(raw: pl.LazyFrame, spec: SourceSpec, zone: ZoneInfo) -> Mapped:
    """Rows of the spec's table out of a raw one that may number its rows in `ROW`.

    Of rows with one key, the one first known is kept: which one comes first in the file does
    not matter. Times without a zone are the spec's, else of `zone`.
    """
    return map_batches([raw], spec, zone)


def map_batches(batches: Iterable[pl.LazyFrame], spec: SourceSpec, zone: ZoneInfo) -> Mapped:
    """The same of a raw table in parts, each of which is mapped before the next one is read."""
    cleaned = [_cleaned_rows(raw, spec, zone) for raw in batches]
    sound = pl.concat([rows for rows, _ in cleaned], rechunk=True)
    faulty = [entries for _, entries in cleaned]
    cleaned.clear()
    kept, again = _keyed(sound) if spec.table == "events" else _versions(sound)
    named = kept.with_columns(source=pl.lit(spec.name)).drop(ROW)
    if spec.table == "events":
        named = named.with_columns(superseded_at=pl.lit(None, EVENTS.schema["superseded_at"]))
    table = EVENTS if spec.table == "events" else CUSTOMERS
    found = pl.concat([*faulty, _entries(again)])
    return Mapped(check(table, named), quarantine.entries(spec.name, found))


def by_row(spec: SourceSpec) -> bool:
    """Whether each row is mapped by itself, so that the raw table may come in parts."""
    return spec.sql is None and all(map(_is_by_row, spec.columns.values()))


def _is_by_row(text: str) -> bool:
    try:
        waiting = [pl.sql_expr(text)]
        while waiting:
            part = waiting.pop()
            if not part.meta.is_literal():
                if not part.meta.is_row_separable():
                    return False
                waiting += part.meta.pop()
    except pl.exceptions.PolarsError:
        return False
    return True


def _cleaned_rows(
    raw: pl.LazyFrame, spec: SourceSpec, zone: ZoneInfo
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Sound rows, and the quarantine's entries of the others."""
    here = ZoneInfo(spec.time_zone) if spec.time_zone else zone
    timed = _with_clocks(_collect(pick(raw, spec), spec), spec, here)
    cleaned = (_events if spec.table == "events" else _customers)(timed, spec)
    sound = cleaned.filter(pl.col(_FAULT).is_null()).drop(_FAULT, _COLUMN)
    return sound, _entries(cleaned.filter(pl.col(_FAULT).is_not_null()))


def pick(raw: pl.LazyFrame, spec: SourceSpec) -> pl.LazyFrame:
    """The row number and one raw column for each mapped column and attribute."""
    names = raw.collect_schema().names()
    number = pl.col(ROW) if ROW in names else pl.lit(quarantine.UNNUMBERED)
    mapped = [expression(text, names).alias(name) for name, text in spec.columns.items()]
    return raw.select(number.alias(ROW), *mapped, *(pl.col(name) for name in spec.attributes))


def expression(text: str, names: list[str]) -> pl.Expr:
    """A column of the raw table if there is one of this name, else a Polars SQL expression."""
    return pl.col(text) if text in names else pl.sql_expr(text)


def _with_clocks(picked: pl.DataFrame, spec: SourceSpec, zone: ZoneInfo) -> pl.DataFrame:
    def clock(name: str) -> pl.Series:
        return times.instants(picked[name], zone=zone, time_format=spec.time_format)

    first = "occurred_at" if spec.table == "events" else "valid_from"
    latency = timedelta(hours=spec.latency_hours)
    happened = clock(first)
    known = clock("known_at") if "known_at" in picked.columns else happened + latency
    return picked.with_columns(happened.alias(first), known.alias("known_at"))


def _events(timed: pl.DataFrame, spec: SourceSpec) -> pl.DataFrame:
    schema = timed.schema
    parts = {
        "customer_id": _customer(schema),
        "occurred_at": _time("occurred_at"),
        "known_at": _time("known_at"),
        "channel": cells.text(pl.col("channel"), schema["channel"], "no_channel"),
        "step": cells.text(pl.col("step"), schema["step"], "no_step"),
        "value": _optional("value", schema, spec, cells.measure),
        "sentiment": _optional("sentiment", schema, spec, cells.sentiment),
    }
    key = (
        cells.identity(pl.col("source_key"), schema["source_key"])
        if "source_key" in spec.columns
        else pl.lit(None, pl.String)
    )
    return _cleaned(timed, parts, key.alias("source_key"))


def _customers(timed: pl.DataFrame, spec: SourceSpec) -> pl.DataFrame:
    schema = timed.schema
    parts = {
        "customer_id": _customer(schema),
        "valid_from": _time("valid_from"),
        "known_at": _time("known_at"),
    }
    attributes = [cells.attribute(pl.col(name), schema[name]) for name in spec.attributes]
    return _cleaned(timed, parts, *attributes)


def _cleaned(timed: pl.DataFrame, parts: dict[str, Cell], *others: pl.Expr) -> pl.DataFrame:
    """Each clean value; then the first fault in a row, and the column that has it."""
    values = [cell.value.alias(name) for name, cell in parts.items()]
    faults = [cell.fault.cast(pl.String).alias(_FAULT + name) for name, cell in parts.items()]
    cells = timed.lazy().select(ROW, *values, *faults, *others).collect()
    found = [name for name in parts if cells[_FAULT + name].null_count() < cells.height]
    columns = [pl.when(pl.col(_FAULT + name).is_not_null()).then(pl.lit(name)) for name in found]
    nothing = pl.lit(None, pl.String)
    return cells.with_columns(
        pl.coalesce(*(pl.col(_FAULT + name) for name in found), nothing).alias(_FAULT),
        pl.coalesce(*columns, nothing).alias(_COLUMN),
    ).drop(_FAULT + name for name in parts)


def _customer(schema: pl.Schema) -> Cell:
    value = cells.identity(pl.col("customer_id"), schema["customer_id"])
    return Cell(value, pl.when(value.is_null()).then(pl.lit("no_customer")))


def _time(name: str) -> Cell:
    clock = pl.col(name)
    return Cell(clock, pl.when(clock.is_null()).then(pl.lit("bad_time")))


def _optional(
    name: str,
    schema: pl.Schema,
    spec: SourceSpec,
    read: Callable[[pl.Expr, pl.DataType, str | None], Cell],
) -> Cell:
    if name in schema:
        return read(pl.col(name), schema[name], spec.number_format)
    return Cell(pl.lit(None, pl.Int64), pl.lit(None, pl.String))


def _collect(rows: pl.LazyFrame, spec: SourceSpec) -> pl.DataFrame:
    try:
        return rows.collect()
    except pl.exceptions.PolarsError as error:  # its text quotes cells, which are personal
        raise DataRefused(
            f"the rows of source {spec.name!r} cannot be computed ({type(error).__name__})",
            where=spec.path,
            mend="use TRY_CAST where text becomes a number or a time; or the file is damaged",
        ) from None


def _keyed(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows with a source key each, and those whose key came before."""
    content = [name for name in _CONTENT if name in rows.columns]
    without = rows["source_key"].is_null()
    if without.any():
        keys = pl.Series("source_key", _hashes(rows.filter(without).select(content)))
        hashed = rows.filter(without).with_columns(keys)
        rows = pl.concat([rows.filter(~without), hashed])
    return _first_known(rows, ["source_key"])


def _versions(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Versions of customers, and those that begin and are known when another one is."""
    return _first_known(rows, ["customer_id", "valid_from", "known_at"])


def _first_known(rows: pl.DataFrame, key: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    again = _share_a_hash(rows.select(key))
    order = [*key, "known_at", *sorted(set(rows.columns) - {ROW, *key, "known_at"}), ROW]
    twice = rows.filter(again).sort(*dict.fromkeys(order))
    first = pl.struct(key).is_first_distinct()
    duplicates = twice.filter(~first).with_columns(
        pl.lit("duplicate").alias(_FAULT), pl.lit(key[0]).alias(_COLUMN)
    )
    if twice.is_empty():
        return rows, duplicates
    return pl.concat([rows.filter(~again), twice.filter(first)]), duplicates


def _share_a_hash(keys: pl.DataFrame) -> pl.Series:
    """Which keys have the hash of another row's: all that come twice, and hardly one more."""
    hashes = keys.hash_rows()
    ordered = np.sort(hashes.to_numpy())
    return hashes.is_in(pl.Series(np.unique(ordered[1:][ordered[1:] == ordered[:-1]])).implode())


def _hashes(content: pl.DataFrame) -> list[str]:
    """Twelve characters that only equal rows share, on every machine and in every version."""
    instants = pl.selectors.datetime().to_physical()
    texts = content.with_columns(instants).select(
        pl.concat_str(pl.all().cast(pl.String).fill_null("\0"), separator="\x1f")
    )
    return [
        urlsafe_b64encode(blake2b(text.encode(), digest_size=9).digest()).decode()
        for text in texts.to_series()
    ]


def _entries(faulty: pl.DataFrame) -> pl.DataFrame:
    return faulty.select(
        pl.col(ROW).cast(pl.Int64).alias("row"),
        pl.col(_FAULT).alias("reason"),
        pl.col(_COLUMN).alias("column"),
    )
