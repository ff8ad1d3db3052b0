"""The churn model: one native booster, the features that it needs, and how it came about."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, cast

import lightgbm as lgb
import numpy as np
import pandas as pd

from features.catalog import Catalog, Feature, FeatureParams, Vocabulary
from features.errors import ModelRefused
from features.families import catalog
from features.needs import Attribute
from models.boosting import matrix
from models.calibration import Calibration
from models.logit import Floats
from models.targets.churn import Churn
from models.targets.kinds import from_json as target_from_json
from models.transforms.chosen import beside, from_json
from models.transforms.fitting import Fitted


@dataclass(frozen=True, kw_only=True)
class ChurnModel:
    """Calibrated probabilities of churn, and what is needed to make them again.

    `features` maps names to definition hashes, in the booster's order; behind them the booster
    reads the columns of `transforms`, which the model adds itself. `grade` and `tier` say how
    far the scores may be trusted, `trained_through` is the last cutoff learned from (ISO). `own`
    are those of the workspace's own features that it needs.
    """

    booster_text: str
    features: Mapping[str, str]
    target: Churn
    feature_params: FeatureParams
    vocabulary: Vocabulary
    calibration: Calibration
    tier: str
    grade: str
    trained_through: str
    rounds: int
    transforms: tuple[Fitted, ...] = ()
    own: tuple[Feature, ...] = field(default=(), compare=False, repr=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """What the booster reads, in its order: the features, then the transforms' columns."""
        return (*self.features, *(name for one in self.transforms for name in one.names))

    def needed(self) -> tuple[Feature, ...]:
        """The features to build tonight; refused if one is missing or defined otherwise."""
        return Catalog([*self._given(), *self.own]).select(self.features)

    def with_own(self, tell: Callable[[], Iterable[Feature]]) -> "ChurnModel":
        """The same with those of the workspace's own features that it needs.

        They are asked for only if no family gives a feature that the model needs.
        """
        others = self.features.keys() - {feature.name for feature in self._given()}
        own = tuple(feature for feature in tell() if feature.name in others) if others else ()
        return replace(self, own=own)

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
        nested = {name: asdict(getattr(self, name)) for name in _NESTED}
        plain = {name: getattr(self, name) for name in _PLAIN}
        return {
            "features": dict(self.features),
            "target": self.target.as_json(),
            **nested,
            **plain,
            "transforms": [one.as_json() for one in self.transforms],
            "booster_sha256": self.sha256,
        }

    @classmethod
    def load(cls, booster_text: str, manifest: Mapping[str, Any]) -> "ChurnModel":
        """The model of a booster's text and the manifest that was kept beside it.

        `ModelRefused` when the manifest lacks something that this version of jejak needs.
        """
        needed = ("features", "target", *_NESTED, *_PLAIN)
        lacking = [name for name in needed if name not in manifest]
        if lacking:
            raise ModelRefused(
                f"the model's manifest does not tell {', '.join(lacking)}",
                where="manifest.json",
                mend="run `jejak retrain`",
            )
        nested = {name: kind(**_tuples(manifest[name])) for name, kind in _NESTED.items()}
        plain = {name: manifest[name] for name in ("features", *_PLAIN)}
        fitted = tuple(map(from_json, manifest.get("transforms", ())))
        target = cast("Churn", target_from_json(manifest["target"]))
        return cls(booster_text=booster_text, target=target, transforms=fitted, **nested, **plain)

    def _given(self) -> tuple[Feature, ...]:
        return catalog(self.feature_params, self.vocabulary).features

    @cached_property
    def _booster(self) -> lgb.Booster:
        return lgb.Booster(model_str=self.booster_text)


def _vocabulary(attributes: Iterable[Mapping[str, Any]] = (), **words: Any) -> Vocabulary:  # noqa: ANN401
    return Vocabulary(attributes=tuple(Attribute(**one) for one in attributes), **words)


_NESTED: dict[str, Any] = {
    "feature_params": FeatureParams,
    "vocabulary": _vocabulary,
    "calibration": Calibration,
}

_PLAIN = ("tier", "grade", "trained_through", "rounds")


def _tuples(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Lists, as JSON gives them back, as the tuples that parameters hold."""
    return {name: _tuple(value) for name, value in fields.items()}


def _tuple(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, Mapping):
        return _tuples(cast("Mapping[str, Any]", value))
    return tuple(map(_tuple, value)) if isinstance(value, list | tuple) else value
