"""Stages by rules: which rule wins at each business midnight, and when its stage is entered."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl

from features.catalog import Vocabulary
from features.contracts import INSTANT
from features.known.told import Told
from features.stages.rules import facts_of, first_that_holds, parsed, refuse_unknown
from features.stages.stage_facts import KNOWN, Facts

BY_RULE = "rule"
"""Says of a stage that the workspace's rules derived it; otherwise a source's name stands there."""

SPAN_ROWS = 1 << 20
"""About so many customers times midnights are in memory at a time."""

_SECTION = "stages.rules"
_NONE = -1
_INSTANT_BEFORE = timedelta(microseconds=1)

Stages = npt.NDArray[np.int16]


def derive(
    told: Told,
    midnights: Sequence[datetime],
    rules: Mapping[str, str],
    dwell_days: int,
    vocabulary: Vocabulary,
    zone: ZoneInfo,
) -> pl.DataFrame:
    """Entries into stages: customer_id, stage, entered_at, known_at, superseded_at, said_by.

    `midnights` are consecutive business midnights. At each the first rule that holds wins, for
    every customer of whom anything was known by then; its stage is entered once it has won at
    `dwell_days` midnights in a row, in the last microsecond of the day whose facts decided it: it
    is known at the midnight after, and not before. Customers are independent of each other.
    """
    expressions = parsed(_SECTION, rules)
    facts = Facts(told, facts_of(expressions), vocabulary, zone)
    refuse_unknown(_SECTION, expressions, facts.names)
    runs = [_runs(stages, first) for first, stages in _over_spans(facts, midnights, expressions)]
    entered = _settled(_joined(runs), dwell_days)
    closing = pl.Series(midnights, dtype=INSTANT)[entered["settles"]] - _INSTANT_BEFORE
    return pl.select(
        customer_id=facts.everyone[entered["customer"]],
        stage=pl.Series(list(rules), dtype=pl.String)[entered["stage"]],
        entered_at=closing,
        known_at=closing,
        superseded_at=pl.lit(None, INSTANT),
        said_by=pl.lit(BY_RULE),
    )


def _over_spans(
    facts: Facts, midnights: Sequence[datetime], rules: Mapping[str, pl.Expr]
) -> Iterator[tuple[int, Stages]]:
    """The number of each span's first midnight, and the stages that won: midnights × customers."""
    customers = len(facts.everyone)
    numbers = {stage: number for number, stage in enumerate(rules)}
    size = max(1, SPAN_ROWS // max(1, customers))
    for first in range(0, len(midnights), size):
        span = midnights[first : first + size]
        table = facts.at(span)
        won = first_that_holds(table, _SECTION, rules)
        numbered = won.replace_strict(numbers, default=_NONE, return_dtype=pl.Int16).to_numpy()
        stages = np.where(table[KNOWN].to_numpy(), numbered, np.int16(_NONE))
        yield first, stages.reshape(len(span), customers)


def _runs(stages: Stages, first: int) -> pl.DataFrame:
    """Midnights in a row at which one stage won: customer, stage, and the run's two ends."""
    by_customer = stages.T
    begins = np.ones(by_customer.shape, dtype=np.bool_)
    begins[:, 1:] = by_customer[:, 1:] != by_customer[:, :-1]
    customer, begin = np.nonzero(begins)
    end = np.full(len(begin), stages.shape[0])
    end[:-1] = np.where(customer[1:] == customer[:-1], begin[1:], end[:-1])
    return pl.DataFrame(
        {
            "customer": customer,
            "stage": by_customer[customer, begin],
            "begin": first + begin,
            "end": first + end,
        }
    )


def _joined(runs: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The runs of all spans, those joined that only the end of a span had cut."""
    ordered = pl.concat(runs).sort("customer", "begin")
    run = pl.struct("customer", "stage").rle_id()
    return (
        ordered.group_by(run.alias("run"), maintain_order=True)
        .agg(pl.col("customer", "stage", "begin").first(), pl.col("end").last())
        .drop("run")
    )


def _settled(runs: pl.DataFrame, dwell_days: int) -> pl.DataFrame:
    """Runs long enough whose stage is not the one that held already, and the midnight they do."""
    dwelt = runs.filter(
        (pl.col("stage") != _NONE) & (pl.col("end") - pl.col("begin") >= dwell_days)
    )
    changed = pl.col("stage").ne_missing(pl.col("stage").shift().over("customer"))
    return dwelt.filter(changed).with_columns(settles=pl.col("begin") + dwell_days - 1)
