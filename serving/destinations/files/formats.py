"""Rows of a batch as a file: CSV for people, CSV for machines, Parquet, JSON Lines."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import BinaryIO

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from serving.destinations.destination import Row, Value
from serving.destinations.fields.cells import to_json
from serving.destinations.fields.views import Holds

Shape = Mapping[str, Holds]
"""What the columns of a file hold: the operation, the key, the fields."""

OP = "op"
FORMULA_STARTS = tuple("=+-@\t\r\n\0" + "\uff1d\uff0b\uff0d\uff20")
"""A cell that begins so, spaces aside, may be run as a formula by a spreadsheet; the last four are
full-width, which some spreadsheets read as the first four."""

_TYPES: dict[Holds, pa.DataType] = {
    "text": pa.string(),
    "whole": pa.int64(),
    "number": pa.float64(),
    "instant": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
}


def write_csv(rows: Sequence[Row], shape: Shape, file: BinaryIO) -> None:
    """For people: text that a spreadsheet would run as a formula is led by an apostrophe."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    # With "\n" alone, a carriage return inside a text would not be quoted and would end the row.
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(map(without_formula, shape))
    writer.writerows(map(_safe, _cells(row, shape)) for row in rows)
    text.detach()


def write_machine_csv(rows: Sequence[Row], shape: Shape, file: BinaryIO) -> None:
    """For machines: text is quoted and unaltered, what is empty is not quoted."""
    plain: Shape = {n: "text" if h in ("instant", "date") else h for n, h in shape.items()}
    pa_csv.write_csv(_table(rows, plain), file)


def write_parquet(rows: Sequence[Row], shape: Shape, file: BinaryIO) -> None:
    """With types: instants in UTC, days, 64-bit numbers."""
    pq.write_table(_table(rows, shape), file)


def write_jsonl(rows: Sequence[Row], shape: Shape, file: BinaryIO) -> None:
    """One JSON object a line; what is empty is null."""
    objects = (dict(zip(shape, _cells(row, shape), strict=True)) for row in rows)
    file.writelines(f"{to_json(one)}\n".encode() for one in objects)


FORMATS: Mapping[str, tuple[str, Callable[[Sequence[Row], Shape, BinaryIO], None]]] = {
    "csv": (".csv", write_csv),
    "csv-machine": (".csv", write_machine_csv),
    "parquet": (".parquet", write_parquet),
    "jsonl": (".jsonl", write_jsonl),
}
"""Each format by its name: how its files end, and what writes them."""


def without_formula(text: str) -> str:
    """Text that no spreadsheet takes for a formula.

    >>> without_formula("=1+2"), without_formula("+62 811"), without_formula("Ayu")
    ("'=1+2", "'+62 811", 'Ayu')
    """
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text


def _safe(cell: Value) -> Value:
    return without_formula(cell) if isinstance(cell, str) else cell


def _cells(row: Row, shape: Shape) -> list[Value]:
    return [row.op, row.key, *(row.values[name] for name in [*shape][2:])]


def _table(rows: Sequence[Row], shape: Shape) -> pa.Table:
    """Rows with the types of their columns; `pa.ArrowInvalid` where a value is of another."""
    columns = zip(*(_cells(row, shape) for row in rows), strict=True)
    told = {name: _column(cells, shape[name]) for name, cells in zip(shape, columns, strict=True)}
    return pa.table(told)


def _column(cells: Sequence[Value], holds: Holds) -> pa.Array:
    if holds == "text":
        cells = [None if cell is None else str(cell) for cell in cells]
    if holds in ("instant", "date"):
        return pa.array(cells, pa.string()).cast(_TYPES[holds])
    return pa.array(cells, _TYPES[holds])
