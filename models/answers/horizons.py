"""Further horizons of a churn target: a booster for each, none crossing its neighbour.

A longer silence is rarer, and a later day finds more contracts ended, so probabilities must not
cross over the horizons. The first horizon's are never moved, lest its reasons cease to be exact;
the others are bounded by their neighbour towards it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import lightgbm as lgb
import numpy as np

from models.judging.calibration import Calibration
from models.judging.intervals import Intervals
from models.logit import Floats


@dataclass(frozen=True, kw_only=True)
class Horizon:
    """Churn within one further horizon: a booster over the features of the first one's."""

    horizon_days: int
    booster_text: str
    calibration: Calibration
    intervals: Intervals
    rounds: int

    def probabilities(self, x: Floats) -> Floats:
        """Probability for each row of the model's features, before any bound."""
        return np.asarray(self._booster.predict(x, num_threads=1), dtype=np.float64)

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON knows it; `from_json` reads it back."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Horizon":
        """A horizon as `as_json` told it."""
        parts: dict[str, Any] = {
            "calibration": Calibration(**told["calibration"]),
            "intervals": Intervals.from_json(told["intervals"]),
        }
        return cls(**{**told, **parts})

    @cached_property
    def _booster(self) -> lgb.Booster:
        return lgb.Booster(model_str=self.booster_text)


def bounded(p: Floats, primary: int, *, rises: bool) -> Floats:
    """Probabilities, (rows, horizons) ascending, of which none crosses its neighbour's.

    Column `primary` stays as it is; outward from it each is bounded by the one before.

    >>> bounded(np.array([[0.3, 0.4, 0.2, 0.25]]), 1, rises=False).tolist()
    [[0.4, 0.4, 0.2, 0.2]]
    """
    later, earlier = (np.maximum, np.minimum) if rises else (np.minimum, np.maximum)
    after = later.accumulate(p[:, primary:], axis=1)
    before = earlier.accumulate(p[:, primary::-1], axis=1)[:, :0:-1]
    return np.concatenate([before, after], axis=1)
