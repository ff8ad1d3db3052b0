"""Rules in place of a model, where too few have left to learn from: bands, no probability."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.answers.model import Model, told_by, tuples
from models.learning.boosting import matrix
from models.logit import Floats
from models.targets.churn import Churn
from models.transforms.fitting import Fitted

BANDS = ("low", "medium", "high")
"""The risk bands, from the least urgent."""

COLOURS: Mapping[str, str] = {"low": "green", "medium": "amber", "high": "red"}
"""The colour of a customer's health in each band."""

MEDIUM, HIGH = 1, 4
"""Points from which on a customer is of a band."""

CALM = 0.5
"""Points that are taken, for the sake of reasons alone, from who has none."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Points for a condition, and the feature that tells it in a reason.

    Looked at is the least of some columns, of those that are known. It holds where that is
    `at_least`, or below `below`; with neither, where none of them is known.
    """

    columns: tuple[str, ...]
    points: int
    at_least: float | None = None
    below: float | None = None
    tells: str = ""

    def holds(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Whether the condition holds for each row."""
        least = np.fmin.reduce(matrix(frame, self.columns), axis=1)
        if self.at_least is not None:
            return np.asarray(least >= self.at_least)
        return np.asarray(np.isnan(least) if self.below is None else least < self.below)


@dataclass(frozen=True, kw_only=True)
class RulesModel(Model):
    """A risk band for everyone at risk, by rules that can be read; it tells no probability.

    Points of the rules that hold are added: from 1 on the band is medium, from 4 on high. Columns
    are those of the features and of the target itself.
    """

    target: Churn
    rules: tuple[Rule, ...]
    booster_text: str = ""
    transforms: tuple[Fitted, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """What the rules read."""
        return tuple(dict.fromkeys(name for rule in self.rules for name in rule.columns))

    def points(self, frame: pd.DataFrame) -> Floats:
        """The points of each row."""
        return np.sum([rule.points * rule.holds(frame) for rule in self.rules], axis=0, dtype=float)

    def bands(self, frame: pd.DataFrame) -> NDArray[np.str_]:
        """The risk band of each row."""
        return np.array(BANDS)[np.searchsorted([MEDIUM, HIGH], self.points(frame), side="right")]

    def contributions(self, frame: pd.DataFrame, *, threads: int = 1) -> Floats:
        """Points that each feature tells: (rows, features + 1), 0 in place of a base rate.

        Who has none is told by the first rule that there is little to fear.
        """
        del threads
        names = [*self.features]
        added = np.zeros((len(frame), len(names) + 1))
        for rule in self.rules:
            if rule.tells in names:
                added[:, names.index(rule.tells)] += rule.points * rule.holds(frame)
        if self.rules[0].tells in names:
            added[self.points(frame) == 0, names.index(self.rules[0].tells)] = -CALM
        return added

    def with_columns(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Rows as they are."""
        return frame

    @cached_property
    def sha256(self) -> str:
        """Hash of the rules."""
        told = json.dumps([asdict(rule) for rule in self.rules], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()

    def manifest(self) -> dict[str, Any]:
        """All of it, as JSON knows it."""
        rules = [asdict(rule) for rule in self.rules]
        return {**super().manifest(), "rules": rules, "booster_sha256": self.sha256}

    @classmethod
    def load(cls, manifest: Mapping[str, Any]) -> "RulesModel":
        """The model of a manifest; `ModelRefused` when it lacks something that is needed."""
        told = told_by(manifest, ["rules"])
        rules = tuple(Rule(**tuples(rule)) for rule in manifest["rules"])
        return cls(**told, rules=rules)
