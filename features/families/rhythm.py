"""Rhythm: the customer's own beat, and how far behind it they are."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from features.catalog import Compute, Feature, FeatureParams, Vocabulary, phrase, reads, slug
from features.known.asof import Floats
from features.known.past import EVERYTHING, Past, Where
from features.traits import gaps


def gap_mean(past: Past, where: Where) -> Floats:
    """Mean days between active days."""
    return gaps.mean(past, where)


def gap_spread(past: Past, where: Where) -> Floats:
    """Standard deviation of the days between active days."""
    return gaps.spread(past, where)


def gap_quantile(past: Past, where: Where, tenths: int) -> Floats:
    """Quantile of the days between active days."""
    return gaps.quantile(past, where, tenths)


def gap_last(past: Past, where: Where, nth: int) -> Floats:
    """The nth last gap in days."""
    return gaps.last(past, where, nth)


def gap_longest(past: Past, where: Where) -> Floats:
    """The longest gap in days."""
    return gaps.longest(past, where)


def overdue_ratio(past: Past, where: Where) -> Floats:
    """Silence divided by the mean gap."""
    return past.days_since_last(where) / gaps.mean(past, where)


def overdue_ratio_p90(past: Past, where: Where) -> Floats:
    """Silence divided by the 90th percentile of the gaps."""
    return past.days_since_last(where) / gaps.quantile(past, where, 9)


def overdue_z(past: Past, where: Where) -> Floats:
    """Silence beyond the mean gap, in standard deviations; NaN if all gaps are alike."""
    beyond = past.days_since_last(where) - gaps.mean(past, where)
    spread = gaps.spread(past, where)
    return np.divide(beyond, spread, out=np.full(beyond.shape, np.nan), where=spread > 0)


class _Beat(NamedTuple):
    name: str
    unit: str
    meaning: str
    function: Compute
    arguments: dict[str, Any]


BEATS = (
    _Beat("gap_days_mean", "days", "mean gap between days with an {}", gap_mean, {}),
    _Beat("gap_days_sd", "days", "spread of the gaps between days with an {}", gap_spread, {}),
    _Beat(
        "gap_days_median",
        "days",
        "median gap between days with an {}",
        gap_quantile,
        {"tenths": 5},
    ),
    _Beat(
        "gap_days_p90",
        "days",
        "90th percentile of the gaps between days with an {}",
        gap_quantile,
        {"tenths": 9},
    ),
    _Beat("gap_days_max", "days", "longest gap between days with an {}", gap_longest, {}),
    _Beat("gap_days_last", "days", "last gap between days with an {}", gap_last, {"nth": 1}),
    _Beat(
        "gap_days_last_2",
        "days",
        "gap before the last one between days with an {}",
        gap_last,
        {"nth": 2},
    ),
    _Beat(
        "gap_days_last_3",
        "days",
        "gap two before the last one between days with an {}",
        gap_last,
        {"nth": 3},
    ),
    _Beat("overdue_ratio", "ratio", "silence since the last {} / mean gap", overdue_ratio, {}),
    _Beat(
        "overdue_ratio_p90",
        "ratio",
        "silence since the last {} / 90th percentile of the gaps",
        overdue_ratio_p90,
        {},
    ),
    _Beat(
        "overdue_z",
        "standard deviations",
        "silence since the last {} beyond the mean gap",
        overdue_z,
        {},
    ),
)


def rhythm(_params: FeatureParams, vocabulary: Vocabulary) -> Iterator[Feature]:
    """Gaps between active days and how overdue the next is, over all events and of each step."""
    for where in (EVERYTHING, *(Where(step=step) for step in vocabulary.steps)):
        for beat in BEATS:
            yield Feature(
                name=f"{beat.name}{slug(where)}",
                family="rhythm",
                unit=beat.unit,
                meaning=beat.meaning.format(phrase(where)) + "; empty before the second such day",
                function=beat.function,
                arguments={"where": where, **beat.arguments},
                needs=reads(where),
            )
