"""Records: the rows of a source with the handles in them, as keyed marks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import phonenumbers
import polars as pl

from features.contracts import check
from features.errors import DataRefused
from features.identity import accounts, handles
from features.identity.marks import check_key, mark
from features.identity.tables import RECORDS
from features.sources import cells

Normalise = Callable[[str], str | None]


@dataclass(frozen=True, kw_only=True)
class HandleParams:
    """How handles are read and hidden; `DataRefused` for a region or key that cannot be."""

    key: bytes = field(repr=False)
    """16 to 64 random bytes, kept with the workspace; another key is another identity."""
    region: str = "ID"
    """Country, in two letters, of phone numbers without a country code."""

    def __post_init__(self) -> None:
        check_key(self.key)
        if self.region not in phonenumbers.SUPPORTED_REGIONS:
            raise DataRefused(
                f"region {self.region!r} is no country",
                where="identity.region",
                mend="write its two capital letters, such as 'ID'",
            )


def records(
    source: str, rows: pl.DataFrame, kinds: Sequence[tuple[str, str]], params: HandleParams
) -> pl.DataFrame:
    """The records of one source: `rows` with `key`, `known_at` and columns that hold handles.

    `kinds` pairs a column with what it holds: `email`, `phone`, `id:NAME` (one person in that
    system), `device:NAME` (a person may have many), and, for accounts only, `account:NAME` and
    `domain` (of an e-mail address). A cell that is no such handle is as good as empty.

    >>> from datetime import UTC, datetime
    >>> rows = pl.DataFrame({"key": ["1", "2"], "hp": ["0812345678", "+62 812 345 678"]})
    >>> rows = rows.with_columns(known_at=datetime(2026, 3, 1, tzinfo=UTC))
    >>> params = HandleParams(key=b"sixteen bytes ok")
    >>> records("chats", rows, [("hp", "phone")], params)["handle"].n_unique()
    1
    """
    _refuse_unknown(kinds)
    base = rows.select(
        pl.lit(source).alias("source"),
        pl.col("key").cast(pl.String),
        pl.col("known_at").dt.cast_time_unit("us"),
    )
    parts = [
        base.with_columns(
            pl.lit(kind).alias("kind"), _marks(rows, column, kind, params).alias("handle")
        ).drop_nulls("handle")
        for column, kind in kinds
    ]
    found = pl.concat([pl.DataFrame(schema=RECORDS.schema), *parts]).unique()
    without = base.join(found, on=["source", "key", "known_at"], how="anti").unique()
    table = pl.concat([found, without], how="diagonal")
    return check(RECORDS, table.sort("source", "key", "known_at", "kind", "handle"))


def marked(distinct: pl.Series, kind: str, params: HandleParams) -> pl.DataFrame:
    """Each cell as `cell`, and as `mark` the handle in it; null where there is none."""
    normalise = _normaliser(kind, params.region)
    read = (normalise(cell) for cell in distinct)
    marks = [mark(kind, handle, params.key) if handle else None for handle in read]
    return pl.DataFrame({"cell": distinct, "mark": pl.Series(marks, dtype=pl.String)})


def _marks(rows: pl.DataFrame, column: str, kind: str, params: HandleParams) -> pl.Series:
    """Each distinct cell is read once."""
    written = rows.select(cells.identity(pl.col(column), rows.schema[column]).alias("cell"))
    known = marked(written["cell"].drop_nulls().unique(), kind, params)
    return written.join(known, on="cell", how="left", maintain_order="left")["mark"]


def _normaliser(kind: str, region: str) -> Normalise:
    match kind:
        case "email":
            return handles.email
        case "phone":
            return lambda raw: handles.phone(raw, region)
        case "domain":
            return accounts.work_domain
        case _:
            return handles.identifier


def _refuse_unknown(kinds: Sequence[tuple[str, str]]) -> None:
    unknown = sorted({kind for _, kind in kinds if not handles.KIND.fullmatch(kind)})
    if unknown:
        raise DataRefused(
            f"no such kind of handle: {', '.join(map(repr, unknown))}",
            where="identity",
            mend=f"use {', '.join(handles.KINDS_TOLD)}",
        )
