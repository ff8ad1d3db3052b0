"""The churn model: what answers, the features that it needs, and how it came about."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd

from models.answers.horizons import Horizon, bounded
from models.answers.logistic import Logistic
from models.answers.model import Model, told_by, tuples
from models.judging.calibration import Calibration
from models.judging.intervals import Intervals
from models.learning.boosting import matrix
from models.logit import Floats
from models.targets.churn import Churn
from models.transforms.chosen import beside, from_json
from models.transforms.fitting import Fitted


@dataclass(frozen=True, kw_only=True)
class ChurnModel(Model):
    """Calibrated probabilities of churn, and what is needed to make them again.

    A booster answers, or, where data are few, a regression `instead`; then `booster_text` is empty.
    Behind the features it reads the columns of `transforms`, which the model adds itself.
    `intervals` say how far a probability may be trusted, `further` answers other horizons.
    """

    target: Churn
    booster_text: str = ""
    calibration: Calibration
    transforms: tuple[Fitted, ...] = ()
    instead: Logistic | None = None
    intervals: Intervals = field(default_factory=Intervals)
    further: tuple[Horizon, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """What is read, in its order: the features, then the transforms' columns."""
        return (*self.features, *(name for one in self.transforms for name in one.names))

    @property
    def horizons_days(self) -> tuple[int, ...]:
        """Every horizon that is answered, ascending."""
        return tuple(
            sorted([self.target.horizon_days, *(one.horizon_days for one in self.further)])
        )

    def probabilities(self, frame: pd.DataFrame, *, threads: int = 1) -> Floats:
        """Probability of churn for each row of features, all read as 64-bit floats.

        Threads change no digit.
        """
        told = self.with_columns(frame)
        if self.instead is not None:
            return self.instead.probabilities(told)
        x = matrix(told, self.columns)
        return np.asarray(self.booster().predict(x, num_threads=threads), dtype=np.float64)

    def by_horizon(self, frame: pd.DataFrame, *, threads: int = 1) -> Floats:
        """Probability within each of `horizons_days`: (rows, horizons).

        The target's own horizon is as `probabilities` tells it; none crosses its neighbour.
        """
        x = matrix(frame, tuple(self.features))
        own = {one.horizon_days: one.probabilities(x) for one in self.further}
        own[self.target.horizon_days] = self.probabilities(frame, threads=threads)
        p = np.stack([own[days] for days in self.horizons_days], axis=1)
        primary = self.horizons_days.index(self.target.horizon_days)
        return bounded(p, primary, rises=self.target.rises)

    def around(self, p: Floats) -> tuple[Floats, Floats]:
        """Bounds of each of the probabilities of `by_horizon`, both (rows, horizons)."""
        own = {one.horizon_days: one.intervals for one in self.further}
        own[self.target.horizon_days] = self.intervals
        bounds = [
            own[days].around(column) for days, column in zip(self.horizons_days, p.T, strict=True)
        ]
        low, high = zip(*bounds, strict=True)
        return np.stack(low, axis=1), np.stack(high, axis=1)

    def contributions(self, frame: pd.DataFrame, *, threads: int = 1) -> Floats:
        """What each column adds to a row's log-odds: (rows, columns + 1), the base rate last.

        Exact, TreeSHAP or the terms of a sum; a row sums to its log-odds.
        """
        told = self.with_columns(frame)
        if self.instead is not None:
            return self.instead.contributions(told)
        x = matrix(told, self.columns)
        added = self.booster().predict(x, pred_contrib=True, num_threads=threads)
        return np.asarray(added, dtype=np.float64)

    def with_columns(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Rows of features with the transforms' columns; none may be before what those saw."""
        return beside(frame, self.transforms)

    def booster(self) -> lgb.Booster:
        """The booster, parsed once."""
        return self._booster

    @cached_property
    def sha256(self) -> str:
        """Hash of all that a probability is made from."""
        answers = [
            self.instead and self.instead.as_json(),
            *(one.as_json() for one in self.further),
        ]
        others = json.dumps(answers, sort_keys=True) if any(answers) else ""
        return hashlib.sha256((self.booster_text + others).encode()).hexdigest()

    def manifest(self) -> dict[str, Any]:
        """Everything but the first horizon's booster, as JSON knows it."""
        return {
            **super().manifest(),
            "calibration": asdict(self.calibration),
            "transforms": [one.as_json() for one in self.transforms],
            "instead": self.instead and self.instead.as_json(),
            "intervals": asdict(self.intervals),
            "further": [one.as_json() for one in self.further],
            "booster_sha256": self.sha256,
        }

    @classmethod
    def load(cls, booster_text: str, manifest: Mapping[str, Any]) -> "ChurnModel":
        """The model of a booster's text and the manifest that was kept beside it.

        `ModelRefused` when the manifest lacks something that this version of jejak needs.
        """
        instead = manifest.get("instead")
        return cls(
            **told_by(manifest, ["calibration"]),
            booster_text=booster_text,
            calibration=Calibration(**tuples(manifest["calibration"])),
            transforms=tuple(map(from_json, manifest.get("transforms", ()))),
            instead=Logistic.from_json(instead) if instead else None,
            intervals=Intervals.from_json(manifest.get("intervals", {})),
            further=tuple(map(Horizon.from_json, manifest.get("further", ()))),
        )

    @cached_property
    def _booster(self) -> lgb.Booster:
        return lgb.Booster(model_str=self.booster_text)
