"""How many purchases come: what boosted trees know above BG/NBD, and the chance of none.

BG/NBD forecasts the level, also as a cohort grows older than any that was learned from; trees that
start from its forecast learn where it is wrong, and spread the level over customers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

import lightgbm as lgb
import numpy as np
import pandas as pd

from features.errors import ModelRefused
from features.known.told import Parts
from models.learning.boosting import BoostingParams, matrix
from models.learning.habits import EXPECTED, NONE, Habits, habits
from models.logit import Floats, expit, logit
from models.rows.panel import Panel
from models.targets.counted import steps_counted
from models.targets.target import Target

AHEAD = "events_ahead"
"""Number of the target's own steps in the label window: a label, no feature."""

LEAST = 1e-9
"""No forecast is below this before its logarithm is taken."""

PRESET = BoostingParams(rounds=80, leaves=15, rows_per_leaf=300, bins=63, seeds=5)

Objective = Literal["binary", "poisson"]


@dataclass(frozen=True)
class Raised:
    """Boosters of several seeds, averaged before the link; above a forecast where there is one."""

    texts: tuple[str, ...]
    features: tuple[str, ...]

    def raw(self, frame: pd.DataFrame) -> Floats:
        """What the trees add on the scale of the link."""
        x = matrix(frame, self.features)
        told = [np.asarray(one.predict(x, raw_score=True, num_threads=1)) for one in self._boosters]
        return np.mean(told, axis=0)

    @cached_property
    def _boosters(self) -> list[lgb.Booster]:
        return [lgb.Booster(model_str=text) for text in self.texts]


@dataclass(frozen=True)
class Purchases:
    """What has been learned; a frame holds everyone at risk at its cutoffs.

    `level` is how many purchases came, of those that BG/NBD forecast at the cutoffs learned from.
    """

    level: float
    counts: Raised
    beside: Raised
    above: Raised
    active_within_days: int | None
    span_days: tuple[int, int]

    def expected(self, frame: pd.DataFrame) -> Floats:
        """Expected number of purchases in the label window, for each row of features.

        At each cutoff they add up to the forecast of BG/NBD, times `level`.
        """
        told = _told(frame, self._habits(frame))
        forecast = told[EXPECTED]
        spread = forecast * np.exp(self.counts.raw(told))
        totals = pd.DataFrame({"forecast": forecast, "spread": spread}).groupby(told["cutoff"])
        whole = totals.transform("sum")
        return (self.level * spread * whole["forecast"] / whole["spread"]).to_numpy()

    def probabilities(self, frame: pd.DataFrame) -> Floats:
        """Probability of no purchase: the mean log-odds of trees with and without BG/NBD below."""
        told = _told(frame, self._habits(frame))
        above = logit(told[NONE].to_numpy()) + self.above.raw(told)
        return expit((self.beside.raw(told) + above) / 2)

    def _habits(self, frame: pd.DataFrame) -> Habits:
        return habits(frame, *self.span_days, self.active_within_days)


@dataclass(frozen=True, kw_only=True)
class Purchasing:
    """Learns from a panel with `AHEAD`; refuses one on which BG/NBD diverges.

    `span_days` is the label window, counted from the cutoff; `active_within_days` how silent a
    customer may be and still have a row.
    """

    span_days: tuple[int, int]
    active_within_days: int | None = None
    params: BoostingParams = field(default_factory=lambda: PRESET)
    name: str = "purchases"

    def fit(self, train: Panel) -> Purchases:
        """Learn from the rows of a panel, and from nothing else."""
        own = habits(train.rows, *self.span_days, self.active_within_days)
        if own.note:
            raise ModelRefused(
                own.note,
                where="purchases",
                mend="learn churn without BG/NBD: its forecast says nothing of these customers",
            )
        told, names = _told(train.rows, own), (*train.features, EXPECTED, NONE)
        counts, none = told[AHEAD].to_numpy(np.float64), told[AHEAD].eq(0).to_numpy(np.float64)
        log_expected = np.log(told[EXPECTED].to_numpy())
        return Purchases(
            level=float(counts.sum() / told[EXPECTED].sum()),
            counts=_raised(told, names, counts, "poisson", self.params, log_expected),
            beside=_raised(told, names, none, "binary", self.params),
            above=_raised(told, names, none, "binary", self.params, logit(told[NONE].to_numpy())),
            active_within_days=self.active_within_days,
            span_days=self.span_days,
        )


def with_counts(panel: Panel, parts: Parts, target: Target, zone: ZoneInfo) -> Panel:
    """A panel to learn from, with the number of the target's own steps in each label window."""
    cutoffs = [cutoff.to_pydatetime() for cutoff in panel.cutoffs]
    watermark = max(panel.column("matured_at")).to_pydatetime()
    found = [steps_counted(target, told.events, cutoffs, watermark, zone) for told in parts]
    counts = pd.concat(found).rename(columns={"events": AHEAD})
    rows = panel.rows.merge(counts, on=["customer_id", "cutoff"], how="left")
    return replace(panel, rows=rows.assign(**{AHEAD: rows[AHEAD].fillna(0).astype("int64")}))


def _told(rows: pd.DataFrame, own: Habits) -> pd.DataFrame:
    forecast = own.columns(rows)
    return pd.concat([rows, forecast.assign(**{EXPECTED: forecast[EXPECTED].clip(LEAST)})], axis=1)


def _raised(
    told: pd.DataFrame,
    names: Sequence[str],
    y: Floats,
    objective: Objective,
    params: BoostingParams,
    start: Floats | None = None,
) -> Raised:
    """Boosters of a target, above where they `start` if anywhere."""
    settings = params.settings() | {"objective": objective}
    data = lgb.Dataset(matrix(told, tuple(names)), y, init_score=start, params=settings)
    texts = [
        lgb.train({**settings, "seed": seed}, data, num_boost_round=params.rounds).model_to_string()
        for seed in range(params.seeds)
    ]
    return Raised(tuple(texts), tuple(names))
