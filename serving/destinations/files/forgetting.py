"""Files that were delivered into a folder, written again without the rows of some keys."""

import csv
import io
import json
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features import durable
from serving.destinations.files import manifest
from serving.destinations.files.destination import OURS
from serving.destinations.files.formats import without_formula

Without = Callable[[bytes, str, Collection[str]], bytes]


def forget(folder: Path, keys: Collection[str]) -> int:
    """Take the rows of some keys out of every file that the manifest of a folder names.

    How many rows that were. The manifest is written last, with the new hashes; who is interrupted
    before that runs it again.
    """
    if not (folder / manifest.NAME).is_file():
        return 0
    with durable.only_writer(folder):
        told = json.loads((folder / manifest.NAME).read_bytes())
        _remove_unfinished(folder, {one["name"] for one in told["files"]})
        key_field = told["schema"][1]["name"]
        files = [_forgotten(folder / one["name"], one, key_field, keys) for one in told["files"]]
        before = sum(one["rows"] for one in told["files"])
        if files != told["files"]:
            manifest.write(folder, {**told, "files": files})
    return before - sum(one["rows"] for one in files)


def _remove_unfinished(folder: Path, named: set[str]) -> None:
    """What a process left that was killed while it wrote."""
    for path in folder.iterdir():
        if path.name.startswith(OURS) and path.name not in named:
            path.unlink()


def _forgotten(
    path: Path, entry: dict[str, Any], key_field: str, keys: Collection[str]
) -> dict[str, Any]:
    content = path.read_bytes()
    kept = _WAYS[path.suffix](content, key_field, keys)
    if kept != content:
        durable.write_bytes(path, kept)
    rows = _COUNTS[path.suffix](kept)
    return entry | manifest.entry(path, rows)


def _csv_without(content: bytes, key_field: str, keys: Collection[str]) -> bytes:
    """The lines that are left, as they were written."""
    gone = {*keys, *map(without_formula, keys)}
    records = _records(content)
    header, heading = next(records)
    at = header.index(key_field)
    return (heading + "".join(text for row, text in records if row[at] not in gone)).encode()


def _records(content: bytes) -> Iterator[tuple[list[str], str]]:
    """Each record of a CSV file, and the text it was read from, which may be several lines."""
    lines = list(io.StringIO(content.decode(), newline=""))
    reader, start = csv.reader(lines), 0
    for row in reader:
        yield row, "".join(lines[start : reader.line_num])
        start = reader.line_num


def _jsonl_without(content: bytes, key_field: str, keys: Collection[str]) -> bytes:
    lines = content.splitlines(keepends=True)
    return b"".join(line for line in lines if json.loads(line)[key_field] not in keys)


def _parquet_without(content: bytes, key_field: str, keys: Collection[str]) -> bytes:
    table = pq.read_table(io.BytesIO(content))
    left = [key not in keys for key in table[key_field].to_pylist()]
    if all(left):
        return content
    buffer = io.BytesIO()
    pq.write_table(table.filter(pa.array(left)), buffer)
    return buffer.getvalue()


def _rows_of_parquet(content: bytes) -> int:
    return pq.read_metadata(io.BytesIO(content)).num_rows


_WAYS: dict[str, Without] = {
    ".csv": _csv_without,
    ".jsonl": _jsonl_without,
    ".parquet": _parquet_without,
}
_COUNTS: dict[str, Callable[[bytes], int]] = {
    ".csv": lambda content: sum(1 for _ in _records(content)) - 1,
    ".jsonl": lambda content: content.count(b"\n"),
    ".parquet": _rows_of_parquet,
}
