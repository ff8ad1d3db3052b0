"""The scores of a whole run: `scores.csv` for people, `scores.parquet`, and their manifest."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features import durable
from features.errors import AnotherAtWork, DataRefused
from serving.destinations.files import manifest
from serving.destinations.files.formats import without_formula
from serving.scores import INSTANT, REASON, SCORES

NAMES = ("scores.csv", "scores.parquet")
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
    sentences; a machine should read the Parquet file, where nothing is altered. The manifest is
    written last: where its hashes fit, both files are of its run. `AnotherAtWork` while another
    process writes them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        written: list[Path] = []
        _sweep(folder)
        for name, write in zip(NAMES, (write_csv, write_parquet), strict=True):
            path = folder / name
            durable.write_file(path, partial(write, scores))
            written.append(path)
        manifest.write(folder, _told(scores, written))
    return written


@contextmanager
def _alone(folder: Path) -> Generator[None]:
    try:
        with durable.only_writer(folder):
            yield
    except DataRefused:
        what, mend = "another run is writing its files", "wait until it is done"
        raise AnotherAtWork(what, where=str(folder), mend=mend) from None


def _sweep(folder: Path) -> None:
    """Remove what killed processes have left unfinished: it may name customers."""
    for name in (*NAMES, manifest.NAME):
        for path in folder.glob(f"{durable.unfinished(Path(name))}*"):
            path.unlink()


def _told(scores: pd.DataFrame, written: Sequence[Path]) -> dict[str, Any]:
    """The manifest of a run: no customer."""
    first = scores.iloc[0]
    return {
        "run_id": first["run_id"],
        "as_of": first["as_of"].isoformat(),
        "rows": len(scores),
        "schema": [{"name": name, "type": dtype} for name, dtype in SCORES.schema.items()],
        "files": [manifest.entry(path, len(scores)) for path in written],
    }


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
