"""Scores as a database takes them, and as a frame again."""

import json
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from serving.scores import INSTANT, SCORES, ranked
from serving.store.tables import scores_table

ROWS_A_STATEMENT = 5_000
ROWS_A_COPY = 20_000

_COPY = "COPY scores ({}) FROM STDIN (FORMAT csv)"
_AS_ARROW = {
    "str": pa.string(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    INSTANT: pa.timestamp("us", tz="UTC"),
}


def write_rows(connection: Connection, scores: pd.DataFrame) -> None:
    """Put checked scores into the table, a portion at a time, so that memory stays bounded."""
    if connection.dialect.name == "postgresql":
        _copy(connection, scores)
        return
    for portion in _portions(scores, ROWS_A_STATEMENT):
        told = portion.astype(object).where(portion.notna(), None).to_dict("records")
        connection.execute(sa.insert(scores_table), told)


def read_frame(rows: Sequence[Row[tuple[Any, ...]]]) -> pd.DataFrame:
    """Rows of the table as the score table that they were, the most likely to leave first."""
    return ranked(pd.DataFrame(rows, columns=list(SCORES.schema)).astype(SCORES.schema))


def _portions(scores: pd.DataFrame, rows: int) -> Iterator[pd.DataFrame]:
    return (scores.iloc[start : start + rows] for start in range(0, len(scores), rows))


def _copy(connection: Connection, scores: pd.DataFrame) -> None:
    """By COPY, several times as fast as INSERT, in the same transaction."""
    names = ", ".join(SCORES.schema)
    cursor: Any = connection.connection.cursor()
    with cursor, cursor.copy(_COPY.format(names)) as copy:
        for portion in _portions(scores, ROWS_A_COPY):
            copy.write(as_csv(portion))


def as_csv(portion: pd.DataFrame) -> memoryview:
    """CSV in which every text is quoted and nothing is an empty cell."""
    columns = {name: _column(portion.loc[:, name], dtype) for name, dtype in SCORES.schema.items()}
    table = pa.table(columns)
    written = BytesIO()
    pa_csv.write_csv(table, written, pa_csv.WriteOptions(include_header=False))
    return written.getbuffer()


def _column(cells: pd.Series, dtype: str) -> pa.Array:
    if dtype == "object":
        texts = [json.dumps(told, allow_nan=False, ensure_ascii=False) for told in cells]
        return pa.array(texts, pa.string())
    if dtype == INSTANT:
        return pa.array(cells.dt.tz_convert(None).to_numpy(), _AS_ARROW[dtype])
    return pa.Array.from_pandas(cells, type=_AS_ARROW[dtype])
