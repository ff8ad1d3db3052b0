"""What of a trial is recorded: plain values, so that it can be read without a registry."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import pandas as pd

from models.judging.bootstrap import POOLED
from models.trial import Trial
from serving.sealed import manifest_text

Item = TypeVar("Item")

BOUNDS = {"value": "", "low": "/low", "high": "/high"}


@dataclass(frozen=True)
class Point:
    """One number; `step` counts the origins from 1 and is 0 for all of them pooled."""

    key: str
    value: float
    step: int
    at: datetime


def metric_points(metrics: pd.DataFrame) -> Iterator[Point]:
    """Every metric with its interval: pooled, and as a curve over the origins.

    `metrics` has the columns predictor, origin ("pooled" or a date), metric, value, low, high.
    A bound that could not be measured is left out.
    """
    origins = sorted(set(metrics["origin"]) - {POOLED})
    steps = {origin: step for step, origin in enumerate(origins, start=1)}
    for row in metrics.to_dict("records"):
        pooled = row["origin"] == POOLED
        name = f"{row['predictor']}/{row['metric']}" + (f"/{POOLED}" if pooled else "")
        at = datetime.fromisoformat(origins[-1] if pooled and origins else row["origin"])
        for bound, suffix in BOUNDS.items():
            if math.isfinite(row[bound]):
                yield Point(name + suffix, row[bound], steps.get(row["origin"], 0), _in_utc(at))


def flat(nested: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Names joined by dots with their values as text.

    >>> list(flat({"seeds": 3, "target": {"horizon_days": 28, "name": "churn"}}))
    [('seeds', '3'), ('target.horizon_days', '28'), ('target.name', 'churn')]
    """
    for key, value in nested.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{key}.")
        else:
            text = value if isinstance(value, str) else json.dumps(value, default=str)
            yield f"{prefix}{key}", text


def portions(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """The items in order, at most `size` at a time.

    >>> list(portions([1, 2, 3], 2))
    [[1, 2], [3]]
    """
    for start in range(0, len(items), size):
        yield items[start : start + size]


def texts(trial: Trial, report: str = "") -> Iterator[tuple[str, str]]:
    """Names of files with what stands in them; `report` is HTML."""
    yield "metrics.csv", trial.metrics.to_csv(index=False)
    yield "differences.csv", trial.differences.to_csv(index=False)
    yield "grade.txt", "\n".join((trial.grade.letter, *trial.grade.reasons))
    yield "manifest.json", manifest_text(trial.model)
    yield "lineage.json", json.dumps(trial.lineage, indent=1, default=str)
    if report:
        yield "report.html", report


def _in_utc(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
