"""A model's answer read from JSON and booster texts; this file goes with it and needs no jejak.

MLflow runs this file where a registered model is loaded that no single booster can be. The JSON
names the columns that are read, the outputs, and the answer: a tree of parts, each by its kind.

    {"columns": ["orders_28d", "stage"], "outputs": ["stay", "advance"],
     "answer": {"kind": "floor", "floor": 0.001, "of": {"kind": "booster", "file": "booster.txt"}}}
"""

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd

ANSWER_FILE = "answer.json"

SMALLEST = 1e-15
"""Probabilities are kept this far from 0 and 1 before their logarithm is taken."""

Values = Any
"""64-bit floats: (rows,), or (rows, outputs)."""


class Answer:
    """What stands in a folder: `answer.json` and the boosters that it names."""

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)
        self._told: dict[str, Any] = json.loads((self._folder / ANSWER_FILE).read_text("utf-8"))

    def probabilities(self, frame: pd.DataFrame) -> Values:
        """Calibrated probabilities: (rows,), or (rows, outputs) where there are several."""
        return self._value(self._told["answer"], frame)

    def table(self, frame: pd.DataFrame) -> Values:
        """The same; of several outputs as a frame with a column each."""
        values = self.probabilities(frame)
        if values.ndim == 1:
            return values
        return pd.DataFrame(values, columns=self._told["outputs"], index=frame.index)

    def _value(self, part: Mapping[str, Any], frame: pd.DataFrame) -> Values:
        return self._kinds[part["kind"]](part, frame)

    @cached_property
    def _kinds(self) -> dict[str, Callable[[Mapping[str, Any], pd.DataFrame], Values]]:
        return {
            "booster": self._booster,
            "logistic": self._logistic,
            "floor": self._floor,
            "mask": self._mask,
            "horizons": self._horizons,
            "rules": self._rules,
        }

    def _booster(self, part: Mapping[str, Any], frame: pd.DataFrame) -> Values:
        """A LightGBM booster over columns in its own order."""
        booster = self._boosters.get(part["file"])
        if booster is None:
            text = (self._folder / part["file"]).read_text("utf-8")
            booster = self._boosters[part["file"]] = lgb.Booster(model_str=text)
        x = _matrix(frame, booster.feature_name())
        return np.asarray(booster.predict(x, num_threads=1), dtype=np.float64)

    def _logistic(self, part: Mapping[str, Any], frame: pd.DataFrame) -> Values:
        """A weighted sum of columns in spreads from their mean; what is missing lies on it."""
        x = _matrix(frame, part["columns"])
        x = _logit(x) if part["scale"] == "log_odds" else np.sign(x) * np.log1p(np.abs(x))
        away = (x - np.array(part["means"])) / np.array(part["spreads"])
        away = np.nan_to_num(np.clip(away, -part["spreads_most"], part["spreads_most"]))
        return _expit(part["intercept"] + away @ np.array(part["weights"]))

    def _floor(self, part: Mapping[str, Any], frame: pd.DataFrame) -> Values:
        """A share of the certainty spread evenly over the classes."""
        p = self._value(part["of"], frame)
        return (1 - part["floor"]) * p + part["floor"] / p.shape[1]

    def _mask(self, part: Mapping[str, Any], frame: pd.DataFrame) -> Values:
        """Classes that cannot be behind some values of a column, shared out over the others."""
        p = self._value(part["of"], frame)
        values = _matrix(frame, [part["column"]])[:, 0]
        possible = np.ones(p.shape, dtype=bool)
        for value, classes in part["impossible"].items():
            possible[np.ix_(values == float(value), classes)] = False
        kept = np.where(possible, p, 0.0)
        left = kept.sum(axis=1, keepdims=True)
        evenly = possible / possible.sum(axis=1, keepdims=True)
        shared = np.where(left > 0, kept / np.where(left > 0, left, 1.0), evenly)
        return np.where(possible.all(axis=1, keepdims=True), p, shared)

    def _horizons(self, part: Mapping[str, Any], frame: pd.DataFrame) -> Values:
        """Several horizons, ascending: none crosses its neighbour towards the primary one."""
        p = np.stack([self._value(one, frame) for one in part["of"]], axis=1)
        at, later = part["primary"], np.maximum if part["rises"] else np.minimum
        earlier = np.minimum if part["rises"] else np.maximum
        after = later.accumulate(p[:, at:], axis=1)
        before = earlier.accumulate(p[:, at::-1], axis=1)[:, :0:-1]
        return np.concatenate([before, after], axis=1)

    def _rules(self, part: Mapping[str, Any], frame: pd.DataFrame) -> Values:
        """Points of the rules that hold, and the band that they come to: 0, 1 or 2."""
        points = np.zeros(len(frame))
        for rule in part["rules"]:
            least = np.fmin.reduce(_matrix(frame, rule["columns"]), axis=1)
            if rule["at_least"] is not None:
                holds = least >= rule["at_least"]
            else:
                holds = np.isnan(least) if rule["below"] is None else least < rule["below"]
            points += rule["points"] * holds
        bands = np.searchsorted(part["borders"], points, side="right")
        return np.stack([points, bands.astype(np.float64)], axis=1)

    @cached_property
    def _boosters(self) -> dict[str, Any]:
        return {}


def _matrix(frame: pd.DataFrame, columns: list[str]) -> Values:
    return frame[columns].to_numpy(dtype=np.float64, na_value=np.nan)


def _logit(p: Values) -> Values:
    kept = np.clip(p, SMALLEST, 1 - SMALLEST)
    return np.log(kept) - np.log1p(-kept)


def _expit(z: Values) -> Values:
    return np.exp(-np.logaddexp(0, -z))


if __name__ != "serving.portable_model":  # MLflow runs the file; jejak's own tests import it
    from mlflow.models import set_model
    from mlflow.pyfunc.model import PythonModel

    class Portable(PythonModel):
        """The answer in the form that MLflow asks."""

        _skip_type_hint_validation = True  # rows are held against the signature already

        def load_context(self, context: Any) -> None:  # noqa: ANN401  # MLflow's own
            """Find the folder."""
            self._answer = Answer(context.artifacts["answer"])

        # Without hints: MLflow would take them for a signature.
        def predict(  # noqa: ANN201
            self,
            context,  # noqa: ANN001, ARG002  # pyright: ignore[reportMissingParameterType]
            model_input,  # noqa: ANN001  # pyright: ignore[reportMissingParameterType]
            params=None,  # noqa: ANN001, ARG002  # pyright: ignore[reportMissingParameterType]
        ):
            """Probabilities: one a row, or a column each output."""
            return self._answer.table(model_input)

    set_model(Portable())
