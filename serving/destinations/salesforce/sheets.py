"""Rows as Salesforce's Bulk API reads and returns them: CSV in which `#N/A` empties a field."""

import csv
import io
import math
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from serving.destinations.destination import Rejected, Row, Value
from serving.destinations.fields.cells import is_plain
from serving.destinations.troubles import OutcomeUnknown

EMPTIES = "#N/A"
"""What empties a field; an empty cell would leave it as it is."""

FIELD_CHARACTERS = 32_000
RECORD_CHARACTERS = 400_000

_QUOTED = re.compile('[",\n]')
_CONTROL = re.compile("[\x00-\x1f\x7f]")


class CsvTable:
    """Rows under one header: the key first, then the fields. Lines end with LF, without a BOM."""

    def __init__(self, key_field: str, fields: Sequence[str]) -> None:
        self.key_field = key_field
        self.fields = tuple(fields)
        self.header = _line([key_field, *self.fields])

    def line(self, row: Row) -> bytes:
        r"""A row; a field of which it says nothing is left as it is.

        >>> table = CsvTable("Key__c", ["Score__c", "Why__c", "Band__c"])
        >>> table.line(Row(key="c1", op="set", values={"Score__c": 1e-05, "Why__c": 'a "b"\r\nc'}))
        b'c1,0.00001,"a ""b""\nc",\n'
        """
        told = (_cell(row.values[name]) if name in row.values else "" for name in self.fields)
        return _line([row.key, *told])

    def content(self, rows: Sequence[Row]) -> bytes:
        """The whole file; it is held once."""
        file = io.BytesIO()
        file.write(self.header)
        file.writelines(map(self.line, rows))
        return file.getvalue()

    def refusal(self, row: Row) -> Rejected | None:
        """Why a row cannot be sent, if it cannot: it would fail, or be read as something else."""
        if _CONTROL.search(row.key) or not is_plain(row.key):
            return Rejected("KEY_UNFIT", f"{self.key_field} holds a character that no key may")
        if row.key in ("", EMPTIES) or row.key != row.key.strip():
            return Rejected(
                "KEY_UNFIT", f"{self.key_field} is empty, {EMPTIES}, or begins or ends blank"
            )
        for name in self.fields:
            fault = _fault(row.values.get(name))
            if fault:
                return Rejected("VALUE_UNFIT", f"{name} {fault}")
        texts = (value for value in row.values.values() if isinstance(value, str))
        if sum(map(len, texts)) > RECORD_CHARACTERS:
            return Rejected("VALUE_UNFIT", f"the row is longer than {RECORD_CHARACTERS} characters")
        return None


def read_results(content: bytes, *columns: str) -> Iterator[tuple[str, ...]]:
    r"""Some columns of a list of results, by their names; an empty list tells nothing.

    Raises `OutcomeUnknown` when it cannot be read.

    >>> list(read_results(b'"sf__Id","sf__Created","Key__c"\n"003x","true","c1"\n', "Key__c"))
    [('c1',)]
    """
    try:
        yield from _read(content, columns)
    except (csv.Error, ValueError):
        pass
    else:
        return
    # Outside of the except clause, so that no row is in the traceback.
    raise OutcomeUnknown("the results of a job cannot be read as CSV", code="NO_CSV")


def _read(content: bytes, columns: Sequence[str]) -> Iterator[tuple[str, ...]]:
    lines = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="")
    rows = csv.reader(lines, strict=True)
    header = next(rows, [])
    for cells in rows:
        if len(cells) != len(header):
            msg = "a line has another number of columns than the header"
            raise ValueError(msg)
        yield tuple(cells[header.index(name)] for name in columns)


def _line(cells: Sequence[str]) -> bytes:
    return (",".join(map(_quoted, cells)) + "\n").encode()


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def _cell(value: Value) -> str:
    """A value as text; a carriage return would break a file whose lines end with LF."""
    if value is None or value == "":
        return EMPTIES
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}"
    return str(value).replace("\r\n", "\n").replace("\r", "\n")


def _fault(value: Value) -> str:
    """What is wrong with a value, after the name of its field; empty when nothing is."""
    if isinstance(value, float) and not math.isfinite(value):
        return "is no finite number"
    if not isinstance(value, str):
        return ""
    if value == EMPTIES:
        return f"holds the very text {EMPTIES}, which would empty it"
    if len(value) > FIELD_CHARACTERS:
        return f"is longer than {FIELD_CHARACTERS} characters"
    return "" if is_plain(value) else "holds a NUL or half of a character"
