"""Made-up journeys for the whole catalog; the same size is the same data every time.

Events as in `panel_events`, of fourteen kinds, with what each family reads: tickets and their
topics, messages both ways, campaigns, offers, purchases and refunds, sentiment. One event in
a hundred was known up to three days late. A third of the customers have contracts, everyone a plan
and stages.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
from panel_events import batches, drawn, shares
from panel_work import DAYS, SIZES, START

KINDS = (  # channel, step, share
    ("web", "visit", 0.34),
    ("web", "purchase", 0.06),
    ("email", "email_sent", 0.11),
    ("email", "email_open", 0.08),
    ("email", "message_in", 0.04),
    ("email", "message_out", 0.04),
    ("call", "call", 0.09),
    ("call", "offer_sent", 0.03),
    ("ticket", "ticket_opened", 0.03),
    ("ticket", "ticket_replied_agent", 0.02),
    ("ticket", "ticket_solved", 0.02),
    ("ticket", "ticket_rated", 0.01),
    ("store", "purchase", 0.11),
    ("store", "refund", 0.02),
)
STAGES = ("awareness", "consideration", "decision", "retention", "advocacy", "churned")
TOPICS = ("billing", "delivery", "login", "product", "other")
PLANS = ("basic", "standard", "premium")
DAY_US = 86_400_000_000
HISTORY = Path("events") / "history.parquet"


def write(folder: Path, size: str) -> None:
    """Write the tables of one size, unless they are there already."""
    write_many(folder, *SIZES[size])


def write_many(folder: Path, n_events: int, n_customers: int) -> None:
    """Write the tables of so many events and customers, unless they are there already."""
    last = folder / "contracts.parquet"
    if last.exists():
        return
    (folder / "events").mkdir(parents=True, exist_ok=True)
    _write_parts(folder / HISTORY, _events(n_events, n_customers))
    rng = np.random.default_rng(20240102)
    _customers(rng, n_customers).write_parquet(folder / "customers.parquet")
    _stages(rng, n_customers).write_parquet(folder / "stages.parquet")
    _contracts(rng, n_customers // 3).write_parquet(last)


def _write_parts(path: Path, parts: Iterator[pl.DataFrame]) -> None:
    first = next(parts).to_arrow()
    with pq.ParquetWriter(path, first.schema, compression="zstd") as writer:
        writer.write_table(first)
        for part in parts:
            writer.write_table(part.to_arrow().cast(first.schema))


def _events(n_events: int, n_customers: int) -> Iterator[pl.DataFrame]:
    rng = np.random.default_rng(20240101)
    edges = shares(rng, n_customers)
    for first, rows in batches(n_events):
        customer, seconds = drawn(rng, edges, rows)
        yield _of_kinds(rng, customer, seconds).with_columns(
            source_key=pl.format("e{}", pl.int_range(first, first + rows))
        )


def _of_kinds(rng: np.random.Generator, customer: np.ndarray, seconds: np.ndarray) -> pl.DataFrame:
    """Events with all that their kind tells; what it does not tell is empty."""
    rows = len(customer)
    kind = rng.choice(len(KINDS), rows, p=[share for *_, share in KINDS])
    late_us = np.where(rng.random(rows) < 0.01, rng.integers(1, 3 * DAY_US, rows), 0)
    drawn_columns = pl.DataFrame(
        {
            "channel": pl.Series([channel for channel, *_ in KINDS])[kind],
            "step": pl.Series([step for _, step, _ in KINDS])[kind],
            "value": np.round(rng.lognormal(2.5, 1.0, rows), 2),
            "sentiment": np.round(rng.uniform(-1, 1, rows), 2),
            "ticket": pl.Series(customer * 4 + rng.integers(0, 4, rows)),
            "topic": pl.Series(TOPICS)[rng.integers(0, len(TOPICS), rows)],
            "item": rng.integers(0, 5_000, rows),
            "campaign": rng.integers(0, 50, rows),
        }
    )
    about = lambda *steps: pl.col("step").is_in(steps)  # noqa: E731
    ticket, money = pl.col("channel") == "ticket", about("purchase", "refund")
    mail = about("email_sent", "email_open", "offer_sent")
    return drawn_columns.with_columns(
        pl.when(money).then("value"),
        pl.when(ticket | about("message_in")).then("sentiment"),
        pl.when(ticket).then(pl.format("t{}", "ticket")).alias("ticket"),
        pl.when(ticket | about("call", "message_in")).then("topic"),
        pl.when(money).then(pl.format("i{}", "item")).alias("item"),
        pl.when(mail).then(pl.format("m{}", "campaign")).alias("campaign"),
        discount=pl.when(about("purchase")).then((pl.col("value") / 10).round(2)),
        customer_id=_named(customer),
        occurred_at=_instants(seconds * 1_000_000),
        known_at=_instants(seconds * 1_000_000 + late_us),
    )


def _customers(rng: np.random.Generator, n_customers: int) -> pl.DataFrame:
    """A version from the start, and of one customer in ten another from a later day."""
    changed = np.flatnonzero(rng.random(n_customers) < 0.1)
    everyone = np.concatenate([np.arange(n_customers), changed])
    days = np.concatenate([np.zeros(n_customers, np.int64), rng.integers(1, DAYS, len(changed))])
    return pl.DataFrame(
        {
            "customer_id": _named(everyone),
            "valid_from": _instants(days * DAY_US),
            "plan": pl.Series(PLANS)[rng.integers(0, len(PLANS), len(everyone))],
            "seats": rng.integers(1, 200, len(everyone)),
        }
    )


def _stages(rng: np.random.Generator, n_customers: int) -> pl.DataFrame:
    """Three entries into stages each."""
    customer = np.repeat(np.arange(n_customers), 3)
    return pl.DataFrame(
        {
            "customer_id": _named(customer),
            "stage": pl.Series(STAGES)[rng.integers(0, len(STAGES), len(customer))],
            "entered_at": _instants(rng.integers(0, DAYS * 86_400, len(customer)) * 1_000_000),
            "source_key": _labels("s", np.arange(len(customer))),
        }
    )


def _contracts(rng: np.random.Generator, n_customers: int) -> pl.DataFrame:
    """Terms of half a year, two for each third customer."""
    customer = np.repeat(np.arange(n_customers) * 3, 2)
    start = rng.integers(0, DAYS - 182, n_customers)
    starts = (np.repeat(start, 2) + np.tile([0, 182], n_customers)) * DAY_US
    return pl.DataFrame(
        {
            "customer_id": _named(customer),
            "contract": _named(customer),
            "starts_at": _instants(starts),
            "ends_at": _instants(starts + 182 * DAY_US),
            "amount": np.round(rng.lognormal(5, 0.5, len(customer)), 2),
            "source_key": _labels("k", np.arange(len(customer))),
        }
    )


def _named(customer: np.ndarray) -> pl.Series:
    return _labels("c", customer)


def _labels(letter: str, numbers: np.ndarray) -> pl.Series:
    """Texts such as c0000042, in the order of their numbers."""
    digits = pl.lit(pl.Series(numbers)).cast(pl.String).str.zfill(7)
    return pl.select(pl.format(letter + "{}", digits)).to_series()


def _instants(since_start_us: np.ndarray) -> pl.Series:
    start = pl.Series([START]).dt.epoch("us").item()
    instants = pl.Series(np.asarray(since_start_us, np.int64) + start)
    return instants.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
