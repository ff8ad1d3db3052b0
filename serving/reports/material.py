"""What a report is made of, and what its parts ask of that."""

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from models.evidence.tables import Evidence
from models.judging.bootstrap import POOLED, Interval
from models.judging.promotion import Verdict
from models.trial import CHURN, Trial
from models.uplift.adoption import Adoption
from serving.pages.words import Words

HIGHER_IS_BETTER: Mapping[str, bool] = {
    "auc": True,
    "average_precision": True,
    "log_loss": False,
    "brier": False,
    "ece": False,
    "lift_5": True,
    "lift_10": True,
    "lift_20": True,
    "macro_f1": True,
    "accuracy": True,
}
"""Which way each metric is better; those that are best at 1 are not among them."""

OUTCOMES_SHOWN = 6
"""So many outcomes have charts of their own."""

BEST_AT_ONE = ("observed_over_expected", "calibration_slope")


@dataclass(frozen=True, kw_only=True)
class Material:
    """A trial, what speaks for and against it, the decision, and how to say it.

    `adoption` is told where experiments were looked at: whether uplift ranks customers.
    """

    trial: Trial
    evidence: Evidence
    verdict: Verdict
    words: Words
    currency: str
    adoption: Adoption | None = None

    @property
    def is_churn(self) -> bool:
        """Whether there are two classes, and money."""
        return self.trial.name == CHURN

    @property
    def predictors(self) -> list[str]:
        """The model, then its baselines."""
        return list(dict.fromkeys(self.trial.metrics["predictor"]))

    @property
    def rules(self) -> set[str]:
        """The baselines that the model must beat; other predictors are rivals."""
        return set(self.trial.differences["baseline"])

    @property
    def metrics(self) -> list[str]:
        """Names of what was measured, in their order."""
        return list(dict.fromkeys(self.trial.metrics["metric"]))

    @property
    def origins(self) -> list[str]:
        """The measured dates, ascending."""
        return sorted(set(self.trial.metrics["origin"]) - {POOLED})

    def pooled(self, metric: str) -> dict[str, Interval]:
        """A metric of each predictor over all dates."""
        rows = self.trial.metrics
        return _intervals(rows.loc[rows["metric"].eq(metric) & rows["origin"].eq(POOLED)])

    def margins(self, metric: str) -> dict[str, Interval]:
        """The model's metric minus that of each baseline, over all dates."""
        rows = self.trial.differences
        return _intervals(rows.loc[rows["metric"].eq(metric) & rows["origin"].eq(POOLED)])

    def best_rule(self, metric: str) -> tuple[str, float] | None:
        """The baseline that is best in a metric, and its value."""
        others = {name: one for name, one in self.pooled(metric).items() if name in self.rules}
        if not others:
            return None
        choose = max if HIGHER_IS_BETTER[metric] else min
        name = choose(others, key=lambda one: others[one].value)
        return name, others[name].value

    def own(self, table: pd.DataFrame) -> pd.DataFrame:
        """The rows of a table that are the model's."""
        return table.loc[table["predictor"].eq(table["predictor"].iloc[0])]

    def outcomes(self, most: int) -> list[str]:
        """Outcomes of the calibration table, those that came to most customers first."""
        rows = self.evidence.calibration
        if rows.empty:
            return []
        came: Counter[str] = Counter()
        for row in self.own(rows).to_dict("records"):
            came[row["outcome"]] += row["rows"] * row["observed"]
        return [outcome for outcome, _ in came.most_common(most)]

    def shown(self, rows: pd.DataFrame) -> list[str]:
        """The commonest outcomes of a table, so many as a page can hold."""
        there = list(dict.fromkeys(rows["outcome"].astype(str)))
        ranked = dict.fromkeys([*self.outcomes(len(there)), *there])
        return [outcome for outcome in ranked if outcome in there][:OUTCOMES_SHOWN]

    def unshown(self, rows: pd.DataFrame) -> list[str]:
        """That there are more outcomes, if there are."""
        count = len(set(rows["outcome"]))
        if count <= OUTCOMES_SHOWN:
            return []
        return [self.words.say("outcomes_shown", shown=OUTCOMES_SHOWN, count=count)]

    def rate(self, outcome: str) -> float:
        """The share of rows to whom an outcome came; NaN if that is not told."""
        rows = self.evidence.calibration
        if rows.empty:
            return float("nan")
        rows = self.own(rows.loc[rows["outcome"].eq(outcome)])
        weights = rows["rows"].to_numpy(np.float64)
        return float(rows["observed"].to_numpy(np.float64) @ weights / weights.sum())


def near(rows: pd.DataFrame, share: float) -> dict[Hashable, Any]:
    """The row whose share is nearest."""
    distance = np.abs(rows["share"].to_numpy(np.float64) - share)
    return rows.to_dict("records")[int(distance.argmin())]


def _intervals(rows: pd.DataFrame) -> dict[str, Interval]:
    return {
        str(who): Interval(value, low, high)
        for who, value, low, high in zip(
            rows.iloc[:, 0], rows["value"], rows["low"], rows["high"], strict=True
        )
    }
