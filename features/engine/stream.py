"""A panel that no memory need hold: built piece after piece, each a Parquet file."""

import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from features.build import Seen, Span, Traces, Work
from features.catalog import Feature
from features.durable import unfinished
from features.engine.ahead import one_ahead
from features.errors import DataRefused
from features.known.told import Parts, narrowed


def stream(
    parts: Parts,
    cutoffs: Sequence[datetime],
    features: Sequence[Feature],
    zone: ZoneInfo,
    folder: Path,
    *,
    peers: pl.DataFrame | None = None,
    threads: int = 2,
) -> list[Path]:
    """Write the panel that `build` would make of everyone with an event; gives its files.

    Each file has the rows of some customers, ordered by cutoff, then customer; all files together
    have each row once. What lies in a file depends on the parts alone. The folder is there whole
    or not at all, and is refused if it is there already. The next part is read while one is built,
    so that about two of them are in memory, however many there are.
    """
    if folder.exists():
        raise DataRefused(
            "there is a folder of that name already",
            where=str(folder),
            mend="name another folder for the panel, or take that one away",
        )
    work = Work.of(cutoffs, features, zone, peers)
    raw_folder = folder.with_name(unfinished(folder))
    shutil.rmtree(raw_folder, ignore_errors=True)
    raw_folder.mkdir(parents=True)
    with ThreadPoolExecutor(threads) as pool:
        for number, traces in enumerate(one_ahead(_traces(parts, work))):
            otherwise = work.otherwise(traces, threads)
            put = partial(_put, work, traces, otherwise, raw_folder / f"part-{number:05d}")
            list(pool.map(put, enumerate(work.chunks(traces))))
    raw_folder.rename(folder)
    return sorted(folder.glob("*.parquet"))


def scan(folder: Path) -> pl.LazyFrame:
    """The panel in a folder, read when it is asked for."""
    return pl.scan_parquet(folder / "*.parquet")


def _traces(parts: Parts, work: Work) -> Iterator[Traces]:
    for told in narrowed(parts, work.needs):
        yield from work.traces(told, None)


def _put(
    work: Work, traces: Traces, otherwise: list[Seen], stem: Path, piece: tuple[int, Span]
) -> None:
    number, span = piece
    path = stem.with_name(f"{stem.name}-{number:05d}.parquet")
    rows = work.piece(traces, span, otherwise)
    rows.write_parquet(path, compression="zstd", compression_level=1, statistics=False)
