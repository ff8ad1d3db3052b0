"""Rows that could not be read: which source, which row, why; nothing is dropped in silence."""

from collections.abc import Iterable, Sequence

import polars as pl

from features.contracts import QUARANTINE, check

REASONS = {
    "broken_row": "too few or too many cells, an unclosed quote, NUL or bytes of another encoding",
    "no_customer": "the customer is blank",
    "bad_time": "the time is missing, unreadable, ambiguous or out of range",
    "no_channel": "the channel is blank",
    "no_step": "the step is blank",
    "no_stage": "the stage is blank",
    "no_arm": "the arm is blank",
    "no_cost": "the cost is blank",
    "not_a_number": "the value is not a finite number",
    "no_rate": "no rate of exchange is declared for the money's currency by that day",
    "too_large": "the value is larger than a measure may be",
    "bad_sentiment": "the sentiment is not a number from -1 to 1",
    "bad_share": "the probability is not a number from 0 to 1",
    "bad_count": "the count is not a whole number from 0",
    "bad_flag": "the flag is none of true, yes, ya, 1, false, no, tidak, 0",
    "bad_arm": "the arm is neither treated nor control",
    "duplicate": "the row came before, under the same key",
}
"""Every reason, and what it means to a person."""

_MENDS = {
    "broken_row": "look at `separator`, `encoding` and the file's quotes",
    "bad_time": "declare `time_format` as the file writes its times",
    "not_a_number": "declare `number_format` as the file writes 1234.56",
    "bad_arm": "map `arm` as in CASE lot WHEN 'A' THEN 'treated' WHEN 'B' THEN 'control' END",
    "no_rate": "add the currency and its earliest day to `money.rates`",
    "duplicate": "map a `source_key` that is different in every row",
}

UNNUMBERED = 0
"""Row number of what a query returned: it has no place in the file."""

ROWS_OF_A_FILE = 2**32
"""Where a source is several files, the rows of the n-th are numbered on from n times this."""


def entries(source: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The quarantine's table from `row`, `reason` and `column` of one source's rows."""
    named = rows.select(
        pl.lit(source).alias("source"),
        pl.lit(None, pl.String).alias("file"),
        pl.col("row").cast(pl.Int64),
        pl.col("reason").cast(pl.String),
        pl.col("column").cast(pl.String),
    )
    return check(QUARANTINE, named.sort("row", "reason", "column"))


def broken(source: str, rows: Iterable[int]) -> pl.DataFrame:
    """The quarantine's table for rows whose cells could not be told apart."""
    numbers = pl.DataFrame({"row": list(rows)}, schema={"row": pl.Int64})
    fault = (pl.lit("broken_row").alias("reason"), pl.lit(None).alias("column"))
    return entries(source, numbers.with_columns(*fault))


def located(table: pl.DataFrame, files: Sequence[str]) -> pl.DataFrame:
    """The quarantine of one source, its rows numbered within its files, which are named.

    >>> located(broken("chats", [7, ROWS_OF_A_FILE + 2]), ["ana.txt", "budi.txt"]).rows()
    [('chats', 'ana.txt', 7, 'broken_row', None), ('chats', 'budi.txt', 2, 'broken_row', None)]
    """
    names = dict(enumerate(files))
    place = pl.when(pl.col("row") != UNNUMBERED).then(pl.col("row") // ROWS_OF_A_FILE)
    return table.with_columns(
        place.replace_strict(names, default=None, return_dtype=pl.String).alias("file"),
        pl.col("row") % ROWS_OF_A_FILE,
    )


def mend(reasons: dict[str, int]) -> str:
    """What to look at where rows were set aside, by their commonest reason.

    >>> mend({"no_customer": 2, "bad_time": 90})
    'declare `time_format` as the file writes its times'
    """
    return _MENDS.get(max(reasons, key=reasons.__getitem__), "correct the mapping or the file")


def empty() -> pl.DataFrame:
    """A quarantine without rows."""
    return pl.DataFrame(schema=QUARANTINE.schema)


def by_reason(table: pl.DataFrame) -> dict[str, int]:
    """How many rows there are of each reason, in the order of `REASONS`.

    >>> by_reason(broken("calls", [7, 9]))
    {'broken_row': 2}
    """
    counts = dict(table.group_by("reason").len().iter_rows())
    return {reason: counts[reason] for reason in REASONS if reason in counts}
