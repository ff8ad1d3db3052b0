"""Intervals from drawing customers again: rows of one customer come and go together."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, product
from typing import NamedTuple, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.judging.metrics import METRICS, measure
from models.logit import Floats

POOLED = "pooled"
"""The origin under which the rows of all origins are measured together."""

DRAWS = 500
BLOCK_CELLS = 500_000
QUANTILES = (0.025, 0.975)


class Gauge(NamedTuple):
    """Names of metrics, and what measures them: labels, predictions, weights in; a row a draw."""

    names: tuple[str, ...]
    measure: Callable[[Floats, Floats, Floats | None], Floats]


TWO_CLASSES = Gauge(METRICS, measure)


class Interval(NamedTuple):
    """A measured value and the bounds between which 95 % of the draws lie."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """The model beside its baselines.

    `metrics` has the columns predictor, origin, metric, value, low, high; `differences` has
    baseline, origin, metric, value, low, high, where value is the model's metric minus the
    baseline's on the same draws. Intervals hold 95 % of the draws.
    """

    metrics: pd.DataFrame
    differences: pd.DataFrame

    @property
    def origins(self) -> int:
        """How many origins were measured."""
        return len(set(self.metrics["origin"]) - {POOLED})

    def pooled(self, metric: str) -> Interval:
        """A metric of the model over all origins."""
        return next(iter(_pooled(self.metrics, metric).values()))

    def lowest_auc(self) -> tuple[str, float]:
        """The worst origin: its name and the model's AUC there."""
        rows, model = self.metrics, self.metrics["predictor"].iloc[0]
        own = rows.loc[rows["predictor"].eq(model) & rows["metric"].eq("auc")]
        worst = own.loc[own["origin"].ne(POOLED)].sort_values("value").iloc[0]
        return str(worst["origin"]), float(worst["value"])

    def margins(self, metric: str) -> dict[str, Interval]:
        """The model's metric minus each baseline's, over all origins."""
        return _pooled(self.differences, metric)


def compare(  # noqa: PLR0913  # what is measured, and how
    y: Floats,
    predictions: Mapping[str, Floats],
    customers: NDArray[np.int64],
    origins: NDArray[np.str_],
    *,
    gauge: Gauge = TWO_CLASSES,
    weights: Floats | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Comparison:
    """Every metric of every predictor, a customer-clustered interval beside each.

    The first prediction is the model's, the others are baselines. `customers` are codes from 0,
    `origins` the names under which rows are measured, one by one and pooled; `gauge` measures, and
    `weights` say how many rows each row stands for, one where nothing is said.
    """
    own = np.ones(len(y)) if weights is None else weights
    drawn = (own * times for times in customer_draws(customers, draws, seed))
    measured = _measured(y, predictions, origins, gauge, chain([own[None]], drawn))
    model, *baselines = predictions
    metrics = [
        _table({"predictor": name, "origin": origin}, gauge, values)
        for (name, origin), values in measured.items()
    ]
    differences = [
        _table({"baseline": name, "origin": origin}, gauge, measured[model, origin] - values)
        for (name, origin), values in measured.items()
        if name in baselines
    ]
    return Comparison(_stack(metrics, "predictor"), _stack(differences, "baseline"))


def customer_draws(
    customers: NDArray[np.int64], draws: int, seed: int, block_cells: int = BLOCK_CELLS
) -> Iterator[Floats]:
    """Row weights of bootstrap samples of customers, in blocks of (draws, rows).

    A weight says how often the row's customer was drawn; each draw draws as many customers as
    there are.
    """
    rng, crowd = np.random.default_rng(seed), int(customers.max()) + 1
    at_once = max(1, block_cells // len(customers))
    for first in range(0, draws, at_once):
        counts = [
            np.bincount(rng.integers(0, crowd, crowd), minlength=crowd)
            for _ in range(min(at_once, draws - first))
        ]
        yield np.stack(counts).astype(np.float64)[:, customers]


def mean_interval(
    values: Floats, customers: NDArray[np.int64], *, draws: int = DRAWS, seed: int = 0
) -> Interval:
    """The mean of a value of each row, `customers` being codes from 0.

    >>> mean_interval(np.array([1.0, 1.0, 1.0]), np.array([0, 0, 1]))
    Interval(value=1.0, low=1.0, high=1.0)
    """
    drawn = np.concatenate(
        [
            weights @ values / weights.sum(axis=1)
            for weights in customer_draws(customers, draws, seed)
        ]
    )
    low, high = np.quantile(drawn, QUANTILES)
    return Interval(float(values.mean()), float(low), float(high))


def _measured(
    y: Floats,
    predictions: Mapping[str, Floats],
    origins: NDArray[np.str_],
    gauge: Gauge,
    draws: Iterable[Floats],
) -> dict[tuple[str, str], Floats]:
    """By predictor and origin: every metric of each draw, the first of which is the sample."""
    places = {str(origin): np.flatnonzero(origins == origin) for origin in np.unique(origins)}
    places[POOLED] = np.arange(len(y))
    keys = product(predictions, places)
    found: dict[tuple[str, str], list[Floats]] = {key: [] for key in keys}
    for weights in draws:
        for origin, rows in places.items():
            drawn = weights[:, rows]
            for name, p in predictions.items():
                found[name, origin].append(gauge.measure(y[rows], p[rows], drawn))
    return {key: np.concatenate(blocks) for key, blocks in found.items()}


def _pooled(table: pd.DataFrame, metric: str) -> dict[str, Interval]:
    """By predictor or baseline, in the table's order."""
    return {
        cast("str", who): Interval(value, low, high)
        for who, origin, name, value, low, high in table.itertuples(index=False)
        if origin == POOLED and name == metric
    }


def _table(key: dict[str, str], gauge: Gauge, values: Floats) -> pd.DataFrame:
    low, high = _bounds(values[1:])
    told = {"metric": gauge.names, "value": values[0], "low": low, "high": high}
    return pd.DataFrame({**key, **told})


def _bounds(drawn: Floats) -> Floats:
    """Bounds of each column over the draws that define it; NaN where none does."""
    bounds = np.full((2, drawn.shape[1]), np.nan)
    told = ~np.isnan(drawn).all(axis=0)
    bounds[:, told] = np.nanquantile(drawn[:, told], QUANTILES, axis=0)
    return bounds


def _stack(tables: list[pd.DataFrame], who: str) -> pd.DataFrame:
    if not tables:
        return pd.DataFrame(columns=[who, "origin", "metric", "value", "low", "high"])
    return pd.concat(tables, ignore_index=True)
