"""One table of Dataverse: rows by an alternate key, typed columns, all of a call or nothing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import NAMESPACE_OID, uuid5

from serving.destinations.dataverse.odata import UNADDRESSABLE

Edm = Literal["String", "Decimal", "Int32", "Boolean", "DateTimeOffset", "Date"]

Row = dict[str, Any]

_RECORD = re.compile(r"/?(?P<set>\w+)\((?P<name>\w+)='(?P<value>(?:[^']|'')*)'\)")


@dataclass(frozen=True, kw_only=True)
class Column:
    """What a column takes; of a choice only the numbers of its options."""

    edm: Edm
    length: int = 4000
    options: Sequence[int] = ()


class Refused(Exception):
    """What Dataverse answers to what it does not take."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


@dataclass(frozen=True, kw_only=True)
class Upsert:
    """One record and what shall stand in it."""

    key: str
    values: Mapping[str, Any]


@dataclass(kw_only=True)
class Table:
    """Rows as a database without regard to case and final blanks finds them.

    What a plug-in of the house refuses is in `refused`, by key.
    """

    name: str = "contact"
    entity_set: str = "contacts"
    key_field: str = "new_customerkey"
    columns: Mapping[str, Column]
    rows: dict[str, Row] = field(default_factory=dict[str, Row])
    refused: set[str] = field(default_factory=set[str])

    def key_of(self, address: str) -> str:
        """The alternate key in the address of a record."""
        found = _RECORD.fullmatch(address)
        if not found or any(character in UNADDRESSABLE for character in found["value"]):
            raise Refused(400, "0x80060888", "Bad Request - Error in query syntax.")
        if found["set"] != self.entity_set:
            raise Refused(
                404, "0x8006088a", f"Resource not found for the segment '{found['set']}'."
            )
        if found["name"] != self.key_field:
            about = f"Microsoft.Dynamics.CRM.{self.name}"
            message = (
                f"The key in the request URI is not valid for resource '{about}'. Ensure that the "
                "names and number of key properties match the declared or alternate key properties "
                f"for the resource '{about}'."
            )
            raise Refused(400, "0x80060888", message)
        return found["value"].replace("''", "'")

    def write(self, upserts: Sequence[Upsert]) -> None:
        """All of them, or none and a reason."""
        written: dict[str, Row] = {}
        for one in upserts:
            folded = one.key.rstrip(" ").casefold()
            if folded in written:
                raise Refused(412, "0x80040237", "Cannot insert duplicate key.")
            if one.key in self.refused:
                raise Refused(400, "0x80040265", "The plug-in refuses this record.")
            self._check(one.values)
            written[folded] = self._changed(folded, one)
        self.rows.update(written)

    def _changed(self, folded: str, one: Upsert) -> Row:
        """A row as it will be."""
        row = self.rows.get(folded)
        if row is None:
            if self.key_field in one.values:
                raise Refused(400, "0x80040216", "An unexpected error occurred.")
            row = {self.key_field: one.key, f"{self.name}id": _guid(one.key)}
        values = {name: value for name, value in one.values.items() if name in self.columns}
        return {**row, **values}

    def _check(self, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            column = self.columns.get(name)
            if name == self.key_field:
                continue
            if column is None:
                about = f"Microsoft.Dynamics.CRM.{self.name}"
                message = f"Invalid property '{name}' was found in entity '{about}'."
                raise Refused(400, "0x80048d19", message)
            if value is not None:
                _check(self.name, name, column, value)


def _check(table: str, name: str, column: Column, value: object) -> None:
    if not _fits(column.edm, value):
        message = f"Cannot convert the literal '{value}' to the expected type 'Edm.{column.edm}'."
        raise Refused(400, "0x80048d19", message)
    if isinstance(value, str) and len(value) > column.length:
        message = (
            f"A validation error occurred.  The length of the '{name}' attribute of the '{table}' "
            f"entity exceeded the maximum allowed length of '{column.length}'."
        )
        raise Refused(400, "0x80044331", message)
    if column.options and value not in column.options:
        accepted = ",".join(map(str, column.options))
        message = (
            f"The value '{value}' of '{name}' on record of type '{table}' is outside the valid "
            f"range. Accepted Values: {accepted}"
        )
        raise Refused(400, "0x80048408", message)


def _fits(edm: Edm, value: object) -> bool:
    match edm:
        case "Boolean":
            return isinstance(value, bool)
        case "Int32":
            return type(value) is int and abs(value) < 1 << 31
        case "Decimal":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "String":
            return isinstance(value, str) and "\0" not in value
        case "Date" | "DateTimeOffset":
            return isinstance(value, str) and _is_instant(value)


def _is_instant(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _guid(key: str) -> str:
    return str(uuid5(NAMESPACE_OID, key))
