"""How much each source tells a day, as it was known when its week was over."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

import pandas as pd
import polars as pl

from features.contracts import CONTRACTS, EVENTS, SPEND, STAGES, PolarsDtype, Table
from features.lake.snapshot import Snapshot
from features.measures import SCALE
from features.rare import RARE, holders, shared, together

WEEK_DAYS = 7
WEEKS = 13
"""The last one, and a quarter before it."""

_TABLES = (EVENTS, CONTRACTS, STAGES, SPEND)
"""Those that a business fills day after day."""

_MONEY = {EVENTS.name: "value", CONTRACTS.name: "amount", SPEND.name: "cost"}
_KEYS = ("table", "source", "channel", "step", "age_days")
_WORDS = ("channel", "step")
_SUMS = ("rows", "valued", "value_log", "value_log_squared", "late")


def volumes(snapshot: Snapshot, cutoff: datetime, *, customers_least: int = 1) -> pd.DataFrame:
    """Rows of every source, channel and step on each of the days before a cutoff.

    `age_days` is 0 for the last 24 hours before the cutoff. The days make weeks, which end where
    the cutoff lies in them; a row counts if it was known, and not superseded, when its week ended,
    so that rows which come late are as many of late as they were before. `valued` rows have money
    other than 0; `value_log` sums the base-10 logarithms of how much, in currency units, and
    `value_log_squared` their squares. `late` ones were known more than a day after
    they happened. Channel and step are empty where a table has none, and where fewer than
    `customers_least` customers have the word. Read file after file; of the customers nothing is
    left.
    """
    parts = [part for table in _TABLES for part in _of(snapshot, table, cutoff, customers_least)]
    if not parts:
        return pd.DataFrame(columns=[*_KEYS, *_SUMS])
    return _summed(parts).sort(*_KEYS).to_pandas()


def _of(
    snapshot: Snapshot, table: Table[PolarsDtype], cutoff: datetime, customers_least: int
) -> Iterator[pl.DataFrame]:
    """One row a key, of all files."""
    wanted = {table.clock, "known_at", "superseded_at", "source", "channel", "step"}
    wanted |= {"customer_id", _MONEY.get(table.name, "")}
    counted: list[pl.DataFrame] = []
    held: dict[str, list[pl.DataFrame]] = {}
    for stored in snapshot.manifest.tables.get(table.name, ()):
        recent = _recent(snapshot.rows(stored, wanted), table, cutoff)
        if recent.height:
            counted.append(_counted(recent, table, cutoff))
            for word in _words_of_customers(recent):
                held.setdefault(word, []).append(holders(recent, word))
    if counted:
        known = {word: shared(together(parts), customers_least) for word, parts in held.items()}
        yield _summed(part.with_columns(*map(_told_apart, known.items())) for part in counted)


def _words_of_customers(rows: pl.DataFrame) -> list[str]:
    """What spend tells is nobody's."""
    of_customers = "customer_id" in rows.columns
    return [word for word in _WORDS if of_customers and word in rows.columns]


def _told_apart(known: tuple[str, Collection[str]]) -> pl.Expr:
    word, words = known
    return pl.when(pl.col(word).is_in([*words])).then(word).otherwise(pl.lit(RARE)).alias(word)


def _summed(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(parts).group_by(*_KEYS).agg(pl.col(*_SUMS).sum())


def _recent(rows: pl.DataFrame, table: Table[PolarsDtype], cutoff: datetime) -> pl.DataFrame:
    since = cutoff - timedelta(days=WEEKS * WEEK_DAYS)
    return rows.filter(pl.col(table.clock).is_between(since, cutoff, closed="left"))


def _counted(recent: pl.DataFrame, table: Table[PolarsDtype], cutoff: datetime) -> pl.DataFrame:
    clock, day = pl.col(table.clock), timedelta(days=1)
    age = ((pl.lit(cutoff) - clock).dt.total_microseconds() - 1) // (86_400 * 10**6)
    weeks = pl.col("age_days") // WEEK_DAYS * WEEK_DAYS
    ended = pl.lit(cutoff) - pl.duration(days=weeks)
    superseded = pl.col("superseded_at")
    known = (
        recent.with_columns(age_days=age.cast(pl.Int32))
        .filter(pl.col("known_at") < ended, superseded.is_null() | (superseded >= ended))
        .with_columns(
            pl.lit(table.name).alias("table"),
            *(_word(recent, name).alias(name) for name in _WORDS),
            _logarithm(table).alias("_log"),
        )
    )
    return known.group_by(*_KEYS).agg(
        rows=pl.len().cast(pl.Int64),
        valued=pl.col("_log").count().cast(pl.Int64),
        value_log=pl.col("_log").sum(),
        value_log_squared=(pl.col("_log") ** 2).sum(),
        late=(pl.col("known_at") - clock > day).sum().cast(pl.Int64),
    )


def _word(rows: pl.DataFrame, name: str) -> pl.Expr:
    return pl.col(name).fill_null("") if name in rows.columns else pl.lit("")


def _logarithm(table: Table[PolarsDtype]) -> pl.Expr:
    """The size of a row's money; null where it has none."""
    if table.name not in _MONEY:
        return pl.lit(None, pl.Float64)
    money = pl.col(_MONEY[table.name]).abs()
    return pl.when(money > 0).then((money / SCALE).log10())
