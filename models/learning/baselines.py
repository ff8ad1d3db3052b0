"""What the model must beat: a rule on recency, and a regression on recency, frequency, money."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from models.logit import Floats, expit
from models.rows.panel import Panel


@dataclass(frozen=True)
class FittedBaseline:
    """A logistic regression on a few compressed, standardised columns."""

    columns: tuple[str, ...]
    means: Floats
    spreads: Floats
    weights: Floats
    intercept: float

    def probabilities(self, frame: pd.DataFrame) -> Floats:
        """Probability of churn for each row of features."""
        return expit(self.intercept + self._standardised(frame) @ self.weights)

    def _standardised(self, frame: pd.DataFrame) -> Floats:
        return standardised(compressed(frame, self.columns), self.means, self.spreads)


@dataclass(frozen=True)
class Baseline:
    """Learns churn from a few columns of a panel, and from its rows alone."""

    name: str
    columns: tuple[str, ...]

    def fit(self, train: Panel) -> FittedBaseline:
        """A regularised logistic regression of churn on the columns."""
        x = compressed(train.rows, self.columns)
        means = np.nan_to_num(np.nanmean(x, axis=0))
        spreads = np.nan_to_num(np.nanstd(x, axis=0))
        spreads = np.where(spreads > 0, spreads, 1.0)
        away = standardised(x, means, spreads)
        fitted = LogisticRegression(max_iter=1000).fit(away, train.y, train.weights)
        weights = np.asarray(fitted.coef_, dtype=np.float64)[0]
        return FittedBaseline(self.columns, means, spreads, weights, float(fitted.intercept_[0]))


def compressed(frame: pd.DataFrame, columns: tuple[str, ...]) -> Floats:
    """Columns as logarithms of one plus their size, the sign kept."""
    x = frame[list(columns)].to_numpy(dtype=np.float64, na_value=np.nan)
    return np.sign(x) * np.log1p(np.abs(x))


def standardised(x: Floats, means: Floats, spreads: Floats) -> Floats:
    """Columns in spreads from the training mean; what is missing lies on the mean."""
    return np.nan_to_num((x - means) / spreads)
