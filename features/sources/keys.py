"""Keys of rows by their content, the same on every machine and in every version."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import polars as pl

_Words = npt.NDArray[np.uint64]
_Lanes = tuple[_Words, _Words]

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_PAIRS = np.array([first + 256 * second for second in _ALPHABET for first in _ALPHABET], np.uint16)
_PAIR_BITS = 12
_PAIRS_OF_LANES = (5, 3)
_STARTS = (0x9E3779B97F4A7C15, 0xD1B54A32D192ED03)
_FACTORS = ((0xBF58476D1CE4E5B9, 0x94D049BB133111EB), (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53))
_SHIFTS = ((30, 27, 31), (33, 29, 32))
_NULL = -(2**63) + 0x5EED_0BAD
"""Stands for no value; no measure and no instant is as far from zero."""


def content_keys(rows: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    """A key of each row, which only rows with equal cells in these columns share.

    It has 96 bits: among a billion rows that differ, two share one with a chance of 1 : 10^11.
    The order of the columns counts, their names do not.

    >>> rows = pl.DataFrame({"who": ["ana", "budi", "ana"], "value": [1, None, 1]})
    >>> content_keys(rows, ["who", "value"]).n_unique()
    2
    """
    first, second = (np.full(rows.height, start, np.uint64) for start in _STARTS)
    for name in columns:
        words = _words(rows[name])
        first ^= words[0]
        second += words[1]
        _mix(first, _FACTORS[0], _SHIFTS[0])
        _mix(second, _FACTORS[1], _SHIFTS[1])
    return _texts((first, second))


def _words(cells: pl.Series) -> _Lanes:
    """Two words for each cell: of a text, its digest; of anything else, its bits twice."""
    if isinstance(cells.dtype, pl.String | pl.Categorical | pl.Enum):
        return _digests(cells.cast(pl.String))
    if cells.dtype.is_float():
        zero = cells == 0  # -0.0 too
        bits = cells.cast(pl.Float64).set(zero, 0.0).reinterpret(signed=True)
    else:
        bits = cells.to_physical().cast(pl.Int64)
    words = _filled(bits)
    return words, words


def _digests(texts: pl.Series) -> _Lanes:
    """Each distinct text is digested once."""
    distinct = texts.drop_nulls().unique()
    digests = b"".join(blake2b(text.encode(), digest_size=16).digest() for text in distinct)
    pairs = np.frombuffer(digests, "<i8").astype(np.int64).reshape(-1, 2)
    known = pl.DataFrame({"text": distinct, "first": pairs[:, 0], "second": pairs[:, 1]})
    found = texts.alias("text").to_frame().join(known, "text", how="left", maintain_order="left")
    return _filled(found["first"]), _filled(found["second"])


def _filled(bits: pl.Series) -> _Words:
    return bits.fill_null(_NULL).to_numpy().view(np.uint64)


def _mix(words: _Words, factors: tuple[int, int], shifts: tuple[int, int, int]) -> None:
    """Scatter the bits of each word over all of it, in place; no two words become one."""
    for shift, factor in zip(shifts, factors, strict=False):
        words ^= words >> np.uint64(shift)
        words *= np.uint64(factor)
    words ^= words >> np.uint64(shifts[-1])


def _texts(lanes: _Lanes) -> pl.Series:
    """Two characters for each twelve bits."""
    mask = np.uint64(len(_PAIRS) - 1)
    pairs = [
        _PAIRS[(lane >> np.uint64(_PAIR_BITS * place)) & mask]
        for lane, count in zip(lanes, _PAIRS_OF_LANES, strict=True)
        for place in range(count)
    ]
    written = np.stack(pairs, axis=1).astype("<u2").view(f"S{2 * len(pairs)}").ravel()
    return pl.Series("source_key", written, pl.Binary).cast(pl.String)
