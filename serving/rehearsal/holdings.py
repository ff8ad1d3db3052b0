"""What tables and folders hold after a rehearsal, by the keys of customers."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from serving.destinations.files import manifest
from serving.destinations.files.formats import OP

Held = Mapping[str, Mapping[str, Any]]
"""Values of fields by the key of a customer; a field that is empty may be missing."""


def held_by_table(file: Path, table: str, key: str) -> Held:
    """The rows of a table of SQLite; none where nothing was written."""
    if not file.exists():
        return {}
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(file)), poolclass=sa.NullPool)
    all_rows = sa.select(sa.text("*")).select_from(sa.table(table))
    with engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(all_rows).mappings()]
    return _by_key(rows, key)


def held_by_files(folder: Path, key: str) -> Held:
    """The rows of every file that the manifest of a folder names; the last of a key counts."""
    held: dict[str, Mapping[str, Any]] = {}
    for file in manifest.files_of(folder):
        path = folder / file["name"]
        told = _read(path).drop(columns=OP)
        held |= _by_key(told.astype(object).where(told.notna(), None).to_dict("records"), key)
    return held


def _read(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    if path.suffix == ".jsonl":
        with path.open("rb") as lines:
            return pd.DataFrame([json.loads(line) for line in lines])
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def _by_key(rows: list[dict[str, Any]], key: str) -> dict[str, Mapping[str, Any]]:
    return {str(row.pop(key)): row for row in rows}
