"""A made-up HubSpot account: objects of one kind, their properties, and what it refuses."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from serving.rehearsal.journal import Journal, Received

Kind = Literal["string", "number", "bool", "enumeration", "date", "datetime"]

ROWS_MOST = 100
LETTERS_MOST = 65_536


@dataclass(frozen=True, kw_only=True)
class Property:
    """One property of the objects."""

    kind: Kind = "string"
    unique: bool = False
    read_only: bool = False
    options: tuple[str, ...] = ()


class Refusal(Exception):
    """What the account answers instead of writing: the status and the envelope of its error."""

    def __init__(
        self,
        status: int,
        category: str,
        message: str,
        code: str = "",
        context: Mapping[str, list[str]] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.category, self.message = status, category, message
        self.code, self.context = code, context or {}


@dataclass(kw_only=True)
class Record:
    """One object; a property that is empty is not there."""

    number: str
    properties: dict[str, str]
    created_at: datetime
    updated_at: datetime
    archived: bool = False


@dataclass(frozen=True, kw_only=True)
class Written:
    """What became of one row: the record, and whether it is new; or what the account says of it."""

    trace: str | None
    record: Record | None = None
    is_new: bool = False
    refusal: Refusal | None = None


@dataclass(kw_only=True)
class Portal:
    """What the account holds, by number.

    A key in `conflicts` spoils its whole batch; a key in `row_errors` is refused alone, with that
    code; a key in `archived` belongs to a record that somebody has deleted.
    """

    now: Callable[[], datetime]
    journal: Journal
    properties: Mapping[str, Property]
    kind: str = "contacts"
    conflicts: set[str] = field(default_factory=set[str])
    row_errors: dict[str, str] = field(default_factory=dict[str, str])
    archived: set[str] = field(default_factory=set[str])
    records: dict[str, Record] = field(default_factory=dict[str, Record])

    def __post_init__(self) -> None:
        self._numbers: dict[tuple[str, str], str] = {}
        self._made = 0

    def by(self, name: str) -> dict[str, dict[str, str]]:
        """The properties of every record by one of them."""
        return {
            one.properties[name]: dict(one.properties)
            for one in self.records.values()
            if name in one.properties
        }

    def find(self, name: str, value: str) -> Record | None:
        """The record that has a value in a unique property; case does not count."""
        number = self._numbers.get((name, value.casefold()))
        return None if number is None else self.records[number]

    def upsert(self, inputs: Sequence[Mapping[str, Any]]) -> list[Written]:
        """All rows but those that are refused alone; a `Refusal` with nothing written."""
        refusal = next(self._refusals(inputs), None)
        written = [] if refusal else [self._write(one) for one in inputs]
        for place, one in enumerate(inputs):
            self._note(one, accepted=bool(written) and written[place].record is not None)
        if refusal:
            raise refusal
        return written

    def _refusals(self, inputs: Sequence[Mapping[str, Any]]) -> Iterator[Refusal]:
        if len(inputs) > ROWS_MOST:
            message = f"The maximum number of inputs supported in a batch request is {ROWS_MOST}"
            yield Refusal(400, "VALIDATION_ERROR", message)
        for one in inputs:
            yield from self._of_key(one["idProperty"])
            for name, value in one["properties"].items():
                yield from self._of_value(name, value)
        keys = [one["id"] for one in inputs]
        folded = [key.casefold() for key in keys]
        twice = [key for key in keys if folded.count(key.casefold()) > 1]
        if twice:
            yield Refusal(400, "VALIDATION_ERROR", f"Duplicate IDs found in batch input: {twice}")
        for key in keys:
            if key in self.conflicts:
                message = f"Conflict: object with value {key} already exists"
                yield Refusal(409, "CONFLICT", message)

    def _of_key(self, name: str) -> Iterator[Refusal]:
        if name not in self.properties:
            yield _of_property(name, f'Property "{name}" does not exist', "PROPERTY_DOESNT_EXIST")
        elif not self.properties[name].unique:
            yield Refusal(400, "VALIDATION_ERROR", f"idProperty {name} is not a unique property")

    def _of_value(self, name: str, value: str) -> Iterator[Refusal]:
        held = self.properties.get(name)
        if held is None:
            yield _of_property(name, f'Property "{name}" does not exist', "PROPERTY_DOESNT_EXIST")
        elif held.read_only:
            yield _of_property(name, f'"{name}" is a read only property', "READ_ONLY_VALUE")
        elif value and held.kind == "number" and not _is_number(value):
            yield _of_property(name, f"{value} was not a valid number.", "INVALID_NUMBER")
        elif value and held.kind == "bool" and value not in ("true", "false"):
            yield _of_property(name, f"{value} was not one of true, false", "INVALID_OPTION")
        elif value and held.kind == "enumeration" and value not in held.options:
            message = f'{value} was not one of the allowed options of "{name}"'
            yield _of_property(name, message, "INVALID_OPTION")
        elif len(value) > LETTERS_MOST:
            yield _of_property(name, f'The value of "{name}" is too long', "INVALID_LENGTH")

    def _write(self, one: Mapping[str, Any]) -> Written:
        key, name, trace = one["id"], one["idProperty"], one.get("objectWriteTraceId")
        if key in self.row_errors:
            about = {"objectWriteTraceId": [trace]} if trace else {"ids": [key]}
            message = f"The record {key} cannot be written"
            refusal = Refusal(400, "VALIDATION_ERROR", message, self.row_errors[key], about)
            return Written(trace=trace, refusal=refusal)
        record = self.find(name, key)
        is_new = record is None
        if record is None:
            self._made += 1
            number = str(100 + self._made)
            record = Record(
                number=number, properties={name: key}, created_at=self.now(), updated_at=self.now()
            )
            self.records[number] = record
            self._numbers[(name, key.casefold())] = number
        for said, value in one["properties"].items():
            _put(record.properties, said, value)
        record.updated_at = self.now()
        record.archived = key in self.archived
        return Written(trace=trace, record=record, is_new=is_new)

    def _note(self, one: Mapping[str, Any], *, accepted: bool) -> None:
        self.journal.note_row(
            Received(
                at=self.now(),
                batch=one.get("objectWriteTraceId", ""),
                key=one["id"],
                op="upsert",
                values=dict(one["properties"]),
                accepted=accepted,
            )
        )


def _put(properties: dict[str, str], name: str, value: str) -> None:
    """Set a property; an empty text takes it away."""
    if value:
        properties[name] = value
    else:
        properties.pop(name, None)


def _of_property(name: str, message: str, code: str) -> Refusal:
    return Refusal(400, "VALIDATION_ERROR", message, code, {"propertyName": [name]})


def _is_number(text: str) -> bool:
    whole, _, rest = text.removeprefix("-").partition(".")
    return whole.isdecimal() and (not rest or rest.isdecimal())
