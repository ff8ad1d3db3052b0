"""`scores.csv` for people, `scores.parquet` for machines: whole, or as they were."""

import os
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from serving.scores import INSTANT, SCORES

FORMULA_STARTS = tuple("=+-@\t\r\n\0")
"""A cell that begins so, spaces aside, may be run as a formula by a spreadsheet."""

WRITTEN_AS: dict[str, pa.DataType] = {
    "str": pa.string(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "object": pa.list_(pa.struct([("code", pa.string()), ("sentence", pa.string())])),
    INSTANT: pa.timestamp("us", tz="UTC"),
}


def write_scores(folder: Path, scores: pd.DataFrame) -> list[Path]:
    """The paths of `scores.csv` and `scores.parquet`, each replaced as one.

    In the CSV, text that a spreadsheet would run is led by an apostrophe, and reasons are their
    sentences; a machine should read the Parquet file, where nothing is altered.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for name, write in (("scores.csv", write_csv), ("scores.parquet", write_parquet)):
        path = folder / name
        replace_file(path, lambda file, write=write: write(scores, file))
        written.append(path)
    return written


def write_csv(scores: pd.DataFrame, file: BinaryIO) -> None:
    """Scores as UTF-8 text that is safe to open in a spreadsheet."""
    texts = [name for name, dtype in SCORES.schema.items() if dtype == "str"]
    safe = {name: scores[name].map(without_formula) for name in texts}
    readable = scores.assign(**safe, reasons=scores["reasons"].map(_in_words))
    # With "\n" alone, a carriage return inside a text would not be quoted and would end the row.
    readable.to_csv(file, index=False, date_format="%Y-%m-%dT%H:%M:%SZ", lineterminator="\r\n")


def write_parquet(scores: pd.DataFrame, file: BinaryIO) -> None:
    """Scores with the types of their contract; reasons are a list of code and sentence."""
    columns = {
        name: pa.array(_values(scores, name), WRITTEN_AS[dtype])
        for name, dtype in SCORES.schema.items()
    }
    pq.write_table(pa.table(columns), file)


def without_formula(text: str) -> str:
    """Text that no spreadsheet takes for a formula.

    >>> without_formula("=1+2"), without_formula("+62 811"), without_formula("Ayu")
    ("'=1+2", "'+62 811", 'Ayu')
    """
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text


def replace_file(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """The file at `path` with what `write` puts in it; on failure the old one and no litter."""
    with _beside(path) as raw_path:
        with raw_path.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        raw_path.replace(path)
    _sync_folder(path.parent)


@contextmanager
def _beside(path: Path) -> Generator[Path]:
    """A new empty file in the same folder, gone at the end unless it was moved."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """The rename on the disk, where folders can be opened at all."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _values(scores: pd.DataFrame, name: str) -> NDArray[Any]:
    """A column as numpy holds it, instants in UTC."""
    if SCORES.schema[name] == INSTANT:
        return scores[name].dt.tz_convert(None).to_numpy()
    return scores[name].to_numpy()


def _in_words(reasons: list[dict[str, str]]) -> str:
    return without_formula("; ".join(reason["sentence"] for reason in reasons))
