"""Rows of a query as a frame: column by column, and each instant read once."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect

from serving.scores import INSTANT
from serving.store.database import Instant

ROWS_AT_ONCE = 50_000

_AS_ARROW = {
    "str": pa.large_string(),
    "float64": pa.float64(),
    "int64": pa.int64(),
    INSTANT: pa.timestamp("us", tz="UTC"),
}


def frame(
    connection: Connection, told: sa.Select[*tuple[Any, ...]], types: Mapping[str, str]
) -> pd.DataFrame:
    """The rows of a query in the order in which they come; `types` names its columns in theirs.

    A type is str, float64, int64 or that of instants. A database may keep instants as texts: among
    a million rows of a few nights only so many texts are read as there are nights.
    """
    kinds = [*types.values()]
    asked = [
        sa.type_coerce(column, sa.types.NULLTYPE) if kind == INSTANT else column
        for column, kind in zip(told.selected_columns, kinds, strict=True)
    ]
    rows = connection.execute(told.with_only_columns(*asked, maintain_column_froms=True))
    parts: list[list[pa.Array]] = [
        [
            _packed(cells, kind, connection.dialect)
            for cells, kind in zip(columns, kinds, strict=True)
        ]
        for columns in (zip(*some, strict=True) for some in rows.partitions(ROWS_AT_ONCE))
    ]
    columns = [
        pa.chunked_array([part[place] for part in parts], _AS_ARROW[kind])
        for place, kind in enumerate(kinds)
    ]
    return pa.table(columns, names=[*types]).to_pandas().astype({**types})


def _packed(cells: Sequence[Any], kind: str, dialect: Dialect) -> pa.Array:
    """Cells of a column as the database gave them, packed."""
    if kind != INSTANT:
        return pa.array(cells, _AS_ARROW[kind])
    places, distinct = pd.factorize(np.array(cells, dtype=object))
    read = Instant().dialect_impl(dialect).result_processor(dialect, None)
    instants = [read(one) for one in distinct] if read else [*distinct]
    return pa.array(instants, _AS_ARROW[kind]).take(pa.array(places, mask=places < 0))


def gathered(
    connection: Connection,
    names: sa.ColumnElement[str],
    keys: Mapping[str, sa.ColumnElement[Any]],
    types: Mapping[str, str],
    *where: sa.ColumnElement[bool],
) -> pd.DataFrame:
    """A row for each name, and beside it its `keys`; `types` names the columns, the names first.

    Where many names have the same keys, as all customers of a night, this reads them several times
    as fast as row by row: the database gathers them.
    """
    is_postgresql = connection.dialect.name == "postgresql"
    many = sa.func.array_agg(names) if is_postgresql else sa.func.json_group_array(names)
    told = sa.select(many, *keys.values()).where(*where).group_by(*keys.values())
    rows = [
        (pa.array(each if is_postgresql else json.loads(each), _AS_ARROW["str"]), *told_of)
        for each, *told_of in connection.execute(told)
    ]
    sizes = [len(each) for each, *_ in rows]
    everyone = pa.chunked_array([each for each, *_ in rows], _AS_ARROW["str"])
    first, *others = types
    found = {first: everyone.to_pandas()} | {
        name: pd.Series([row[at] for row in rows], dtype=types[name]).repeat(sizes).array
        for at, name in enumerate(others, start=1)
    }
    return pd.DataFrame(found).astype({**types})
