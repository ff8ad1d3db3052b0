"""From a raw table to rows of a contract; every row is either kept or quarantined."""

from datetime import timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import polars as pl

from features import quarantine
from features.contracts import INPUTS, Column, PolarsDtype
from features.errors import DataRefused
from features.sources import cells, money, roles, times
from features.sources.cells import Cell
from features.sources.expressions import HANDLE, TEXT, TRAIT, pick
from features.sources.feelings import Words, felt
from features.sources.money import RATE, Rates
from features.sources.raw import ROW
from features.sources.spec import SourceSpec
from features.sources.zones import first_instant

_FAULT = "reason"
_COLUMN = "column"
_PLACE = "place"
_FAULTS = pl.Schema({_PLACE: pl.UInt32, _FAULT: pl.String, _COLUMN: pl.String})
_NO_FAULT = pl.lit(None, pl.String)


class Mapped(NamedTuple):
    """Rows of the contract, and the quarantine's rows; together as many as were read."""

    rows: pl.DataFrame
    quarantine: pl.DataFrame


def clean(
    raw: pl.LazyFrame, spec: SourceSpec, zone: ZoneInfo, rates: Rates | None = None
) -> Mapped:
    """Rows of the spec's table out of a raw one that may number its rows in `ROW`.

    The rows have `ROW`, the contract's columns but `source` and `superseded_at`, and the
    attributes. Where the spec has handles, a column `HANDLE` + its name in `handle_columns` for
    each of them stands in place of `customer_id`; a row may be without any. Traits are columns
    `TRAIT` + kind. Of a text nothing is kept but its sentiment. Times
    without a zone are the spec's, else of `zone`, whose business day also decides which rate of
    exchange counts. Raises `DataRefused` if an expression fails.
    """
    picked = _collect(pick(raw, spec), spec)
    if spec.sentiment_from:
        picked = felt(picked, TEXT, spec.words or Words())
    clocks = _clocks(picked, spec, zone)
    picked = money.priced(picked, clocks[INPUTS[spec.table].clock], spec, zone, rates)
    found = _cells(picked, clocks, spec)
    names = [HANDLE + kind for kind in spec.handle_columns]
    names += [TRAIT + kind for kind in spec.likely]
    cleaned = picked.lazy().select(
        pl.col(ROW).cast(pl.Int64),
        *(cell.value.alias(name) for name, cell in found.items()),
        *(cells.attribute(pl.col(name), picked.schema[name]) for name in spec.attributes),
        *(cells.identity(pl.col(name), picked.schema[name]).alias(name) for name in names),
    )
    rows = _collect(cleaned, spec)
    faulty = _faulty(picked, rows, found)
    entries = faulty.with_columns(row=rows[ROW].gather(faulty[_PLACE]))
    sound = rows if faulty.is_empty() else rows.filter(~_at(faulty[_PLACE], rows.height))
    return Mapped(sound, quarantine.entries(spec.name, entries))


def _columns(spec: SourceSpec) -> list[Column[PolarsDtype]]:
    """The contract's columns that rows of a source have when they leave here."""
    columns = roles.expected(INPUTS[spec.table])
    return [one for one in columns if not (spec.handles and one.name == "customer_id")]


def _clocks(picked: pl.DataFrame, spec: SourceSpec, zone: ZoneInfo) -> dict[str, pl.Series]:
    """Instants by the column that holds them; what is not said is known by the latency.

    A day is cut to its first instant, and is known no earlier for that.
    """
    here = ZoneInfo(spec.time_zone) if spec.time_zone else zone
    found = {
        column.name: times.instants(picked[column.name], zone=here, time_format=spec.time_format)
        for column in _columns(spec)
        if roles.is_instant(column) and column.name in picked.columns
    }
    happened = found[INPUTS[spec.table].clock]
    known = {"known_at": happened + timedelta(hours=spec.latency_hours)}
    days = {name: _begin(told, zone) for name, told in found.items() if roles.is_day(name)}
    return {**known, **found, **days}


def _begin(told: pl.Series, zone: ZoneInfo) -> pl.Series:
    """The first instant of the business day of each instant."""
    days = told.dt.convert_time_zone(zone.key).dt.date()
    return pl.select(first_instant(pl.lit(days), zone)).to_series()


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
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        # its text quotes cells, which are personal; a damaged Parquet file makes Polars panic
        raise DataRefused(
            f"the rows of source {spec.name!r} cannot be computed ({type(error).__name__})",
            where=spec.path,
            mend="use TRY_CAST where text becomes a number or a time; or the file is damaged",
        ) from None
