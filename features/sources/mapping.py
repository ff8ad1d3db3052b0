"""From a raw table to rows of a contract; every row is either kept or quarantined."""

from base64 import urlsafe_b64encode
from collections.abc import Iterable
from datetime import timedelta
from hashlib import blake2b
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from features import quarantine
from features.contracts import INPUTS, Column, PolarsDtype, check
from features.errors import DataRefused
from features.sources import cells, money, roles, times
from features.sources.cells import Cell
from features.sources.expressions import HANDLE, by_row, pick
from features.sources.money import RATE, Rates
from features.sources.raw import ROW
from features.sources.spec import SourceSpec

__all__ = ["HANDLE", "Mapped", "by_row", "clean", "map_batches", "map_rows"]

_FAULT = "reason"
_COLUMN = "column"
_PLACE = "place"
_FAULTS = pl.Schema({_PLACE: pl.UInt32, _FAULT: pl.String, _COLUMN: pl.String})
_NO_FAULT = pl.lit(None, pl.String)
_CONTENT = ("customer_id", "occurred_at", "known_at", "channel", "step", "value", "sentiment")


class Mapped(NamedTuple):
    """Rows of the contract, and the quarantine's rows; together as many as were read."""

    rows: pl.DataFrame
    quarantine: pl.DataFrame


def clean(
    raw: pl.LazyFrame, spec: SourceSpec, zone: ZoneInfo, rates: Rates | None = None
) -> Mapped:
    """Rows of the spec's table out of a raw one that may number its rows in `ROW`.

    The rows have `ROW`, the contract's columns but `source` and `superseded_at`, and the
    attributes. Where the spec has handles, a column `HANDLE` + kind for each of them stands in
    place of `customer_id`; a row may be without any. Times without a zone are the spec's, else
    of `zone`, whose business day also decides which rate of exchange counts. Raises
    `DataRefused` if an expression fails.
    """
    picked = _collect(pick(raw, spec), spec)
    clocks = _clocks(picked, spec, zone)
    picked = money.priced(picked, clocks[INPUTS[spec.table].clock], spec, zone, rates)
    found = _cells(picked, clocks, spec)
    handles = (HANDLE + kind for kind in spec.handles)
    rows = (
        picked.lazy()
        .select(
            pl.col(ROW).cast(pl.Int64),
            *(cell.value.alias(name) for name, cell in found.items()),
            *(cells.attribute(pl.col(name), picked.schema[name]) for name in spec.attributes),
            *(cells.identity(pl.col(name), picked.schema[name]).alias(name) for name in handles),
        )
        .collect()
    )
    faulty = _faulty(picked, rows, found)
    entries = faulty.with_columns(row=rows[ROW].gather(faulty[_PLACE]))
    sound = rows if faulty.is_empty() else rows.filter(~_at(faulty[_PLACE], rows.height))
    return Mapped(sound, quarantine.entries(spec.name, entries))


def map_rows(raw: pl.LazyFrame, spec: SourceSpec, zone: ZoneInfo) -> Mapped:
    """Rows of the spec's table out of a raw one that may number its rows in `ROW`.

    Of rows with one key, the one first known is kept: which one comes first in the file does
    not matter. Times without a zone are the spec's, else of `zone`.
    """
    return map_batches([raw], spec, zone)


def map_batches(batches: Iterable[pl.LazyFrame], spec: SourceSpec, zone: ZoneInfo) -> Mapped:
    """The same of a raw table in parts, each of which is mapped before the next one is read."""
    parts = [clean(raw, spec, zone) for raw in batches]
    sound = pl.concat([part.rows for part in parts], rechunk=True)
    faulty = [part.quarantine for part in parts]
    parts.clear()
    kept, again = _keyed(sound) if spec.table == "events" else _versions(sound)
    named = kept.with_columns(source=pl.lit(spec.name)).drop(ROW)
    table = INPUTS[spec.table]
    if "superseded_at" in table.schema:
        named = named.with_columns(superseded_at=pl.lit(None, table.schema["superseded_at"]))
    found = quarantine.entries(spec.name, again.rename({ROW: "row"}))
    return Mapped(check(table, named), pl.concat([*faulty, found]).sort("row", _FAULT, _COLUMN))


def _columns(spec: SourceSpec) -> list[Column[PolarsDtype]]:
    """The contract's columns that rows of a source have when they leave here."""
    columns = roles.expected(INPUTS[spec.table])
    return [one for one in columns if not (spec.handles and one.name == "customer_id")]


def _clocks(picked: pl.DataFrame, spec: SourceSpec, zone: ZoneInfo) -> dict[str, pl.Series]:
    """Instants by the column that holds them; what is not said is known by the latency."""
    here = ZoneInfo(spec.time_zone) if spec.time_zone else zone
    found = {
        column.name: times.instants(picked[column.name], zone=here, time_format=spec.time_format)
        for column in _columns(spec)
        if roles.is_instant(column) and column.name in picked.columns
    }
    happened = found[INPUTS[spec.table].clock]
    return {"known_at": happened + timedelta(hours=spec.latency_hours), **found}


def _cells(picked: pl.DataFrame, clocks: dict[str, pl.Series], spec: SourceSpec) -> dict[str, Cell]:
    """How each column of the contract is read; one that is not mapped is null."""
    rate = pl.col(RATE) if RATE in picked.columns else None
    found: dict[str, Cell] = {}
    for column in _columns(spec):
        dtype = picked.schema.get(column.name)
        if column.name in clocks:
            value = pl.lit(clocks[column.name])
            fault = _NO_FAULT if dtype is None else roles.instant(column, dtype)
            found[column.name] = Cell(value, fault)
        elif dtype is None:
            found[column.name] = Cell(pl.lit(None, column.dtype), _NO_FAULT)
        else:
            found[column.name] = roles.cell(column, dtype, spec.number_format, rate)
    return found


def _faulty(picked: pl.DataFrame, rows: pl.DataFrame, found: dict[str, Cell]) -> pl.DataFrame:
    """The rows that have a fault, by their place, with the first one and its column.

    Only where a value is null is there a reason to look for.
    """
    parts = [_FAULTS.to_frame()]
    for name, cell in found.items():
        if name in picked.columns and rows[name].null_count():
            places = rows[name].is_null().arg_true()
            needed = picked.select(pl.col(name, *({RATE} & {*picked.columns})))[places]
            told = needed.select(places.alias(_PLACE), cell.fault.alias(_FAULT))
            parts.append(told.drop_nulls().with_columns(pl.lit(name).alias(_COLUMN)))
    return pl.concat(parts).unique(_PLACE, keep="first", maintain_order=True)


def _at(places: pl.Series, height: int) -> pl.Series:
    return pl.repeat(False, height, eager=True).scatter(places, True)


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
    duplicates = twice.filter(~first).select(
        ROW, pl.lit("duplicate").alias(_FAULT), pl.lit(key[0]).alias(_COLUMN)
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
