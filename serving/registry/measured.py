"""What was measured of a version out of time, as its run keeps it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from models.judging.bootstrap import POOLED, Interval
from models.judging.expected import Strayed
from models.trial import CHURN
from serving.recording import BOUNDS

if TYPE_CHECKING:
    from mlflow import MlflowClient

NONE = float("nan")


class Measured(NamedTuple):
    """Metrics over all origins, and how far each origin was from its probabilities."""

    pooled: Mapping[str, Interval]
    strayed: tuple[Strayed, ...]


def measured(client: "MlflowClient", run_id: str) -> Measured:
    """What the run of a model of churn tells; a bound that was not measured is NaN."""
    kept = client.get_run(run_id).data.metrics
    pooled = {
        name: Interval(*(kept.get(key + bound, NONE) for bound in BOUNDS.values()))
        for key in kept
        if (name := _pooled(key))
    }
    off, slopes = (
        _by_origin(client, run_id, name) for name in ("observed_over_expected", "calibration_slope")
    )
    both = sorted(off.keys() & slopes.keys())
    return Measured(pooled, tuple(Strayed(off[step], slopes[step]) for step in both))


def _pooled(key: str) -> str:
    """The metric of the model's own that a key names, pooled; empty for another key."""
    predictor, _, rest = key.partition("/")
    name, _, where = rest.partition("/")
    return name if (predictor, where) == (CHURN, POOLED) else ""


def _by_origin(client: "MlflowClient", run_id: str, name: str) -> dict[int, Interval]:
    told = [
        {one.step: one.value for one in client.get_metric_history(run_id, f"{CHURN}/{name}{bound}")}
        for bound in BOUNDS.values()
    ]
    return {step: Interval(*(one.get(step, NONE) for one in told)) for step in told[0]}
