"""The model of several outcomes: one native booster, a floor, and what cannot be."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd

from models.answers.model import Model, told_by
from models.learning.boosting import BoostingParams, matrix
from models.logit import Floats
from models.multiclass.masks import Mask


@dataclass(frozen=True, kw_only=True)
class OutcomeModel(Model):
    """Probabilities of the target's classes, and what is needed to make them again.

    `floor` is what every class gets of the certainty, spread evenly; `mask`, if any, takes what
    cannot be and shares it out again.
    """

    booster_text: str
    floor: float
    boosting: BoostingParams
    mask: Mask | None = None

    @property
    def classes(self) -> tuple[str, ...]:
        """What may become of a customer, in the order of the probabilities."""
        return self.target.classes

    @property
    def columns(self) -> tuple[str, ...]:
        """What the booster reads, in its order."""
        return tuple(self.features)

    def probabilities(self, frame: pd.DataFrame) -> Floats:
        """Probability of each class for each row: (rows, classes), adding up to 1.

        The frame has the features, and the column of the mask where there is one.
        """
        raw = np.asarray(self._booster.predict(matrix(frame, self.columns), num_threads=1))
        p = (1 - self.floor) * raw + self.floor / len(self.classes)
        return p if self.mask is None else self.mask.masked(frame, p)

    @cached_property
    def sha256(self) -> str:
        """Hash of the booster's text."""
        return hashlib.sha256(self.booster_text.encode()).hexdigest()

    def manifest(self) -> dict[str, Any]:
        """Everything but the booster's text, as JSON knows it."""
        return {
            **super().manifest(),
            "classes": list(self.classes),
            "floor": self.floor,
            "boosting": asdict(self.boosting),
            "mask": None if self.mask is None else asdict(self.mask),
            "booster_sha256": self.sha256,
        }

    @classmethod
    def load(cls, booster_text: str, manifest: Mapping[str, Any]) -> "OutcomeModel":
        """The model of a booster's text and the manifest that was kept beside it.

        `ModelRefused` when the manifest lacks something that this version of jejak needs.
        """
        told = told_by(manifest, ["floor", "boosting", "mask"])
        return cls(
            **told,
            booster_text=booster_text,
            floor=manifest["floor"],
            boosting=BoostingParams(**manifest["boosting"]),
            mask=_mask(manifest["mask"]),
        )

    @cached_property
    def _booster(self) -> lgb.Booster:
        return lgb.Booster(model_str=self.booster_text)


def _mask(told: Mapping[str, Any] | None) -> Mask | None:
    """A mask whose values JSON has made texts of."""
    if told is None:
        return None
    impossible = {int(value): tuple(classes) for value, classes in told["impossible"].items()}
    return Mask(told["column"], impossible)
