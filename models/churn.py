"""The churn model: one native booster, the features that it needs, and how it came about."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd

from models.boosting import matrix
from models.calibration import Calibration
from models.logit import Floats
from models.model import Model, told_by, tuples
from models.targets.churn import Churn
from models.transforms.chosen import beside, from_json
from models.transforms.fitting import Fitted


@dataclass(frozen=True, kw_only=True)
class ChurnModel(Model):
    """Calibrated probabilities of churn, and what is needed to make them again.

    Behind the features the booster reads the columns of `transforms`, which the model adds itself.
    """

    target: Churn
    booster_text: str
    calibration: Calibration
    transforms: tuple[Fitted, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """What the booster reads, in its order: the features, then the transforms' columns."""
        return (*self.features, *(name for one in self.transforms for name in one.names))

    def probabilities(self, frame: pd.DataFrame) -> Floats:
        """Probability of churn for each row of features, all read as 64-bit floats."""
        x = matrix(self.with_columns(frame), self.columns)
        return np.asarray(self.booster().predict(x, num_threads=1), dtype=np.float64)

    def contributions(self, frame: pd.DataFrame, *, threads: int = 1) -> Floats:
        """What each column adds to a row's log-odds: (rows, columns + 1), the base rate last.

        Exact TreeSHAP; a row sums to its log-odds.
        """
        x = matrix(self.with_columns(frame), self.columns)
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
        """Hash of the booster's text."""
        return hashlib.sha256(self.booster_text.encode()).hexdigest()

    def manifest(self) -> dict[str, Any]:
        """Everything but the booster's text, as JSON knows it."""
        return {
            **super().manifest(),
            "calibration": asdict(self.calibration),
            "transforms": [one.as_json() for one in self.transforms],
            "booster_sha256": self.sha256,
        }

    @classmethod
    def load(cls, booster_text: str, manifest: Mapping[str, Any]) -> "ChurnModel":
        """The model of a booster's text and the manifest that was kept beside it.

        `ModelRefused` when the manifest lacks something that this version of jejak needs.
        """
        return cls(
            **told_by(manifest, ["calibration"]),
            booster_text=booster_text,
            calibration=Calibration(**tuples(manifest["calibration"])),
            transforms=tuple(map(from_json, manifest.get("transforms", ()))),
        )

    @cached_property
    def _booster(self) -> lgb.Booster:
        return lgb.Booster(model_str=self.booster_text)
