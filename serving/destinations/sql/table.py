"""The table of a database that takes scores: found as it is, checked before any row, or made."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Inspector
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.schema import CreateTable

from features.mistakes import nearest
from serving.destinations.fields.cells import decimals, holds
from serving.destinations.fields.views import Holds
from serving.destinations.spec import DestinationSpec
from serving.destinations.troubles import Misconfigured

_TYPES: dict[Holds, type[sa.types.TypeEngine[Any]]] = {
    "text": sa.Text,
    "whole": sa.BigInteger,
    "number": sa.Double,
    "date": sa.Date,
}
_KEY = sa.Text().with_variant(sa.String(255), "mysql", "mariadb", "mssql", "oracle")


@dataclass(frozen=True, kw_only=True)
class Target:
    """A table by its schema, if one is said, and its name; the columns that are written."""

    schema: str | None
    name: str
    key: str
    fields: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The key first, then the fields."""
        return (self.key, *self.fields)

    def table(self) -> sa.TableClause:
        """The table for statements, whose values go to the driver as they are."""
        return sa.table(self.name, *map(sa.column, self.columns), schema=self.schema)


def target(spec: DestinationSpec) -> Target:
    """The table that the settings name."""
    schema, _, name = str(spec.options["table"]).rpartition(".")
    return Target(schema=schema or None, name=name, key=spec.key_field, fields=(*spec.fields,))


def create(connection: Connection, spec: DestinationSpec) -> None:
    """Make the table, each column as its field holds, unless it is there."""
    wanted = target(spec)
    columns = [
        sa.Column(name, _TYPES[told] if told in _TYPES else sa.DateTime(timezone=True))
        for name, told in ((name, holds(spec, name)) for name in wanted.fields)
    ]
    key = sa.Column(wanted.key, _KEY, primary_key=True)
    table = sa.Table(wanted.name, sa.MetaData(), key, *columns, schema=wanted.schema)
    connection.execute(CreateTable(table, if_not_exists=True))


def check(connection: Connection, spec: DestinationSpec) -> None:
    """`Misconfigured` unless the table can take every row of the settings, clears included."""
    wanted, inspector = target(spec), sa.inspect(connection)
    if not inspector.has_table(wanted.name, wanted.schema):
        tables = inspector.get_table_names(wanted.schema)
        mend = f"make it, or say `options.create = true`; {nearest(wanted.name, tables)}"
        raise Misconfigured(f"table {spec.options['table']} is missing", mend=mend)
    found = {one["name"]: one for one in inspector.get_columns(wanted.name, wanted.schema)}
    faults = [
        *_missing(wanted, found),
        *_of_another_type(spec, wanted, found),
        *_never_empty(spec, wanted, found),
    ]
    if not faults and not _is_unique(inspector, wanted):
        mend = f"make {wanted.key} its primary key, or add a unique index on it alone"
        faults.append((f"column {wanted.key} is not unique", mend))
    if faults:
        what = "; ".join(fault for fault, _ in faults)
        raise Misconfigured(f"table {spec.options['table']}: {what}", mend=faults[0][1])


def _missing(wanted: Target, found: Mapping[str, ReflectedColumn]) -> Iterator[tuple[str, str]]:
    for name in wanted.columns:
        if name not in found:
            yield f"it has no column {name}", nearest(name, found)


def _of_another_type(
    spec: DestinationSpec, wanted: Target, found: Mapping[str, ReflectedColumn]
) -> Iterator[tuple[str, str]]:
    """Columns that no value of their field fits: one mistake, not one a row."""
    for name in wanted.fields:
        told = holds(spec, name)
        kind = "whole" if told == "number" and not decimals(spec, name) else told
        if name in found and kind not in _takes(found[name]["type"]):
            mend = f"change the type of {name}, or map another column to it"
            yield f"column {name} is {found[name]['type']}, which holds no {_SAID[told]}", mend


_SAID: dict[Holds, str] = {
    "text": "text",
    "whole": "whole numbers",
    "number": "numbers with decimals",
    "instant": "instants",
    "date": "dates",
}


def _takes(column: sa.types.TypeEngine[Any]) -> frozenset[str]:
    """What a column of some type takes; everything where the type is none that we know."""
    try:
        kind = column.python_type
    except NotImplementedError:
        return frozenset(_SAID)
    if issubclass(kind, date):
        return frozenset({"instant", "date"})
    return frozenset(_TAKEN.get(kind, ()))


_TAKEN: Mapping[type, Collection[str]] = {
    str: _SAID,
    bool: ("whole",),
    int: ("whole",),
    float: ("whole", "number"),
    Decimal: ("whole", "number"),
}


def _never_empty(
    spec: DestinationSpec, wanted: Target, found: Mapping[str, ReflectedColumn]
) -> Iterator[tuple[str, str]]:
    """Columns that refuse what a clear, or a row that is new, would leave in them."""
    for name, column in found.items():
        if column["nullable"]:
            continue
        if name in wanted.fields and name not in spec.clear:
            yield f"column {name} may not be empty", f"let it be, or say `clear.{name}`"
        elif name not in wanted.columns and not _fills_itself(column):
            yield f"column {name} may not be empty and is not filled", f"give {name} a default"


def _fills_itself(column: ReflectedColumn) -> bool:
    made = column.get("computed") or column.get("identity") or column.get("default") is not None
    return bool(made) or column.get("autoincrement") is True


def _is_unique(inspector: Inspector, wanted: Target) -> bool:
    name, schema = wanted.name, wanted.schema
    unique = [inspector.get_pk_constraint(name, schema)["constrained_columns"]]
    unique += [one["column_names"] for one in inspector.get_unique_constraints(name, schema)]
    indexes = inspector.get_indexes(name, schema)
    unique += [one["column_names"] for one in indexes if one["unique"] and not _is_partial(one)]
    return [wanted.key] in unique


def _is_partial(index: Mapping[str, Any]) -> bool:
    return any("where" in option for option in index.get("dialect_options", {}))
