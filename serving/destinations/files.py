"""`scores.csv` for people, `scores.parquet` for machines: whole, or as they were."""

from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features import durable
from serving.scores import INSTANT, REASON, SCORES

FORMULA_STARTS = tuple("=+-@\t\r\n\0" + "\uff1d\uff0b\uff0d\uff20")
"""A cell that begins so, spaces aside, may be run as a formula by a spreadsheet; the last four are
full-width, which some spreadsheets read as the first four."""

WRITTEN_AS: dict[str, pa.DataType] = {
    "str": pa.string(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    INSTANT: pa.timestamp("us", tz="UTC"),
}


LISTS: dict[str, pa.DataType] = {
    "next_steps": pa.list_(pa.struct([("step", pa.string()), ("probability", pa.float64())])),
    "reasons": pa.list_(pa.struct([(name, pa.string()) for name in REASON])),
    "further_horizons": pa.list_(
        pa.struct(
            [
                ("horizon_days", pa.int64()),
                ("probability", pa.float64()),
                ("low", pa.float64()),
                ("high", pa.float64()),
            ]
        )
    ),
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
        durable.write_file(path, partial(write, scores))
        written.append(path)
    durable.settle(folder)
    return written


def write_csv(scores: pd.DataFrame, file: BinaryIO) -> None:
    """Scores as UTF-8 text that is safe to open in a spreadsheet."""
    texts = [name for name, dtype in SCORES.schema.items() if dtype == "str"]
    safe = {name: scores[name].map(without_formula, na_action="ignore") for name in texts}
    readable = scores.assign(
        **safe,
        reasons=scores["reasons"].map(_in_words),
        further_horizons=scores["further_horizons"].map(_by_horizon),
        next_steps=scores["next_steps"].map(_steps),
    )
    # With "\n" alone, a carriage return inside a text would not be quoted and would end the row.
    readable.to_csv(file, index=False, date_format="%Y-%m-%dT%H:%M:%SZ", lineterminator="\r\n")


def write_parquet(scores: pd.DataFrame, file: BinaryIO) -> None:
    """Scores with the types of their contract; reasons are a list of structs."""
    columns = {
        name: pa.array(_values(scores, name), LISTS.get(name) or WRITTEN_AS[dtype])
        for name, dtype in SCORES.schema.items()
    }
    pq.write_table(pa.table(columns), file)


def _steps(few: list[dict[str, Any]]) -> str:
    return without_formula("; ".join(f"{one['step']} {one['probability']:.3f}" for one in few))


def without_formula(text: str) -> str:
    """Text that no spreadsheet takes for a formula.

    >>> without_formula("=1+2"), without_formula("+62 811"), without_formula("Ayu")
    ("'=1+2", "'+62 811", 'Ayu')
    """
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text


def _values(scores: pd.DataFrame, name: str) -> NDArray[Any]:
    """A column as numpy holds it, instants in UTC, a text that is missing as None."""
    if SCORES.schema[name] == INSTANT:
        return scores[name].dt.tz_convert(None).to_numpy()
    if SCORES.schema[name] == "str":
        return scores[name].astype(object).where(scores[name].notna(), None).to_numpy()
    return scores[name].to_numpy()


def _by_horizon(further: list[dict[str, float]]) -> str:
    return "; ".join(f"{one['horizon_days']:.0f} days: {one['probability']:.3f}" for one in further)


def _in_words(reasons: list[dict[str, str]]) -> str:
    return without_formula("; ".join(reason["sentence"] for reason in reasons))
