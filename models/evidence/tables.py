"""The tables of a trial that a report shows; no customer is in any of them."""

from dataclasses import dataclass, field, fields
from functools import partial

import pandas as pd

from models.judging.grades import Finding

COLUMNS = {
    "calibration": "predictor outcome bin rows predicted observed low high",
    "lift": "predictor outcome share captured lift",
    "profit": "predictor share profit",
    "scores": "outcome bin low high rows",
    "segments": "by segment rows positives base_rate predicted auc auc_low auc_high log_loss "
    "observed_over_expected",
    "ablation": "family columns log_loss change low high",
    "importances": "feature family meaning gain_share contribution",
    "families": "family columns gain_share contribution",
    "leakage": "code test value limit passed note",
    "transitions": "stage outcome rows observed predicted",
    "against_champion": "origin metric champion challenger difference low high",
}
"""The columns of each table, in their order."""


def table(name: str, rows: pd.DataFrame | None = None) -> pd.DataFrame:
    """Rows with the columns of a table in their order; without rows, an empty table.

    >>> table("lift").columns.tolist()
    ['predictor', 'outcome', 'share', 'captured', 'lift']
    """
    columns = COLUMNS[name].split()
    if rows is None or rows.empty:
        return pd.DataFrame(columns=columns)
    return rows.loc[:, columns].reset_index(drop=True)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a trial found out beside its metrics; any table may be empty.

    All of it is out of time and before calibration. Shares and probabilities are from 0 to 1,
    intervals (`low`, `high`) hold 95 % of the customers drawn again; what too few rows can tell is
    NaN. `outcome` is the class that is measured against all others: churned, where it is churn.
    """

    calibration: pd.DataFrame = field(default_factory=partial(table, "calibration"))
    """Ten bins of equal mass a predictor and outcome, `bin` 1 the least likely: the mean
    probability, and the share to whom it happened with its interval."""

    lift: pd.DataFrame = field(default_factory=partial(table, "lift"))
    """At each `share` of the rows, the likeliest first: the share of all events that lie in it
    (`captured`), and that divided by the share (`lift`)."""

    profit: pd.DataFrame = field(default_factory=partial(table, "profit"))
    """At each `share`, the money that contacting it would have brought a row, by what became of
    them (`models.judging.profit`); an assumption until the acceptance is measured. Churn alone."""

    profit_cut: float = float("nan")
    """The probability above which contacting pays; infinite for never, NaN without `profit`."""

    profit_share: float = float("nan")
    """The share of rows above `profit_cut`."""

    scores: pd.DataFrame = field(default_factory=partial(table, "scores"))
    """The model's probabilities as a histogram: rows in each `[low, high)`, the last closed."""

    segments: pd.DataFrame = field(default_factory=partial(table, "segments"))
    """By tenure, channel, persona and so on (`by`): how the model does within each segment.

    `positives` are the rows that churned; of several outcomes, all but the commonest. `predicted`
    is their expected share, `base_rate` the observed one."""

    ablation: pd.DataFrame = field(default_factory=partial(table, "ablation"))
    """The model learned again without each family, of fewer seeds, at the latest origins.

    `log_loss` is that without the family, `change` what it is above that of all families: above 0
    the family helps. `columns` counts its columns."""

    importances: pd.DataFrame = field(default_factory=partial(table, "importances"))
    """Each feature, the weightiest first: its share of the gain of all splits, and its mean
    absolute TreeSHAP contribution in log-odds, on a sample of out-of-time rows."""

    families: pd.DataFrame = field(default_factory=partial(table, "families"))
    """The same by family; `contribution` is the mean absolute sum over the family's features, so
    what they say against each other cancels out."""

    leakage: pd.DataFrame = field(default_factory=partial(table, "leakage"))
    """The leakage audit: a `code`, what was tried (`test`, a sentence), the `value` found beside
    its `limit`, whether it `passed`, and a `note`. A test that only informs has no limit (NaN)."""

    transitions: pd.DataFrame = field(default_factory=partial(table, "transitions"))
    """From each present stage, the share of rows of each outcome, as observed and as predicted."""

    against_champion: pd.DataFrame = field(default_factory=partial(table, "against_champion"))
    """Each metric of the champion and of the challenger on the same rows, by origin and pooled;
    `difference` is the challenger's minus the champion's."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the leakage audit found."""
        failed = self.leakage.loc[~self.leakage["passed"].astype(bool)]
        return tuple(
            Finding(str(row.code), f"{row.test} {row.note}".strip()) for row in failed.itertuples()
        )

    @property
    def alarms(self) -> tuple[str, ...]:
        """What the leakage audit found, a code and a sentence each."""
        return tuple(f"{one.code}: {one.sentence}" for one in self.findings)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table by its name."""
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name in COLUMNS}

    def __post_init__(self) -> None:
        """Refuse, as `ValueError`, a table of other columns."""
        for name, rows in self.tables().items():
            if rows.columns.tolist() != COLUMNS[name].split():
                raise ValueError(f"{name} has the columns {rows.columns.tolist()}")
