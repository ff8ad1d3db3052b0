"""A small trial of a real booster, made without the feature engine, for the tests of serving."""

from dataclasses import replace
from functools import cache

import lightgbm as lgb
import numpy as np
import pandas as pd

from features.catalog import FeatureParams, Vocabulary
from models.answers.churn import ChurnModel
from models.answers.outcomes import OutcomeModel
from models.answers.rules import Rule, RulesModel
from models.judging.calibration import Calibration
from models.judging.grades import Grade
from models.learning.boosting import BoostingParams
from models.learning.folding import fold
from models.multiclass.masks import Mask
from models.rows.panel import Panel
from models.targets.inactivity import InactivityChurn
from models.targets.progression import PRESENT, Progression
from models.transforms.rates import Rates
from models.trial import Trial

FEATURES = ("recency_days", "orders_28d", "gap_mean_days")


def rows(count: int = 200, seed: int = 0) -> pd.DataFrame:
    """Feature rows with some values missing."""
    random = np.random.default_rng(seed)
    values = random.gamma(2.0, 10.0, size=(count, len(FEATURES)))
    values[random.random(values.shape) < 0.1] = np.nan
    return pd.DataFrame(values, columns=list(FEATURES))


@cache
def booster_text(seed: int = 0) -> str:
    return boosted(rows(seed=seed))


def boosted(frame: pd.DataFrame) -> str:
    churned = (frame["recency_days"].fillna(0) > 20).astype(float)
    settings = {"objective": "binary", "num_leaves": 4, "num_threads": 1, "verbosity": -1}
    texts = [
        lgb.train(settings | {"seed": each}, lgb.Dataset(frame, churned), 5).model_to_string()
        for each in range(2)
    ]
    return fold(texts, slope=0.9, intercept=-0.2)


def a_model(seed: int = 0) -> ChurnModel:
    return ChurnModel(
        booster_text=booster_text(seed),
        features=dict.fromkeys(FEATURES, "0123456789abcdef"),
        target=InactivityChurn(steps=("basket",)),
        feature_params=FeatureParams(),
        vocabulary=Vocabulary(pairs=(("store", "basket"),), steps_with_value=("basket",)),
        calibration=Calibration(method="platt", intercept=-0.2, slope=0.9, why="a test"),
        tier="standard",
        grade="A",
        trained_through="2026-10-01",
        rounds=5,
    )


def a_transformed_model() -> ChurnModel:
    """One whose booster also reads how many left of those with as many orders."""
    frame, began = rows().round(), pd.Timestamp("2026-08-01", tz="UTC")
    learned = frame.assign(
        customer_id=[f"c{number}" for number in range(len(frame))],
        cutoff=began,
        matured_at=began + pd.Timedelta(days=30),
        label=(frame["recency_days"].fillna(0) > 20).astype(int),
    )
    rates = Rates(columns=("orders_28d",)).fit(Panel(learned, FEATURES))
    return replace(
        a_model(),
        booster_text=boosted(frame.assign(churn_rate_orders_28d=rates.values(frame)[:, 0])),
        transforms=(rates,),
    )


def staged_rows(count: int = 200, seed: int = 0) -> pd.DataFrame:
    """Feature rows with the present stage, which is one of three or unknown."""
    stages = np.random.default_rng(seed).integers(0, 4, size=count).astype(float)
    return rows(count, seed).assign(**{PRESENT: np.where(stages == 3, np.nan, stages)})


def an_outcome_model() -> OutcomeModel:
    """Where customers go from three stages, and what cannot be from two of them."""
    target = Progression(order=("lead", "deal", "won"), exits=("lost",))
    frame, stage = rows(), staged_rows()[PRESENT].fillna(0)
    moved = (frame["recency_days"].fillna(0) > 20).astype(float) + (stage > 1)
    settings = {"objective": "multiclass", "num_class": len(target.classes), "num_leaves": 4}
    quiet = {"num_threads": 1, "verbosity": -1}
    booster = lgb.train(settings | quiet, lgb.Dataset(frame, moved), 5)
    return OutcomeModel(
        booster_text=booster.model_to_string(),
        floor=0.01,
        mask=Mask(PRESENT, {0: (2,), 2: (0, 1)}),
        boosting=BoostingParams(),
        features=dict.fromkeys(FEATURES, "0123456789abcdef"),
        target=target,
        feature_params=FeatureParams(),
        vocabulary=Vocabulary(pairs=(("store", "basket"),)),
        tier="standard",
        grade="A",
        trained_through="2026-10-01",
        rounds=5,
    )


def a_rules_model() -> RulesModel:
    """Bands by silence, orders and what is not known."""
    return RulesModel(
        rules=(
            Rule(columns=("recency_days",), at_least=20, points=2, tells="recency_days"),
            Rule(columns=("recency_days", "gap_mean_days"), at_least=15, points=2),
            Rule(columns=("orders_28d",), below=5, points=1),
            Rule(columns=("gap_mean_days",), points=2),
        ),
        features=dict.fromkeys(FEATURES, "0123456789abcdef"),
        target=InactivityChurn(steps=("basket",)),
        feature_params=FeatureParams(),
        vocabulary=Vocabulary(pairs=(("store", "basket"),)),
        tier="rules",
        grade="none",
        trained_through="2026-10-01",
        rounds=0,
    )


def a_trial(seed: int = 0, **changed) -> Trial:
    metrics = pd.DataFrame(
        [
            ("churn", "pooled", "auc", 0.86, 0.85, 0.87),
            ("churn", "2026-09-01", "auc", 0.85, 0.84, np.nan),
            ("churn", "2026-10-01", "auc", 0.87, 0.86, 0.88),
            ("recency_rule", "pooled", "auc", 0.75, 0.74, 0.76),
        ],
        columns=["predictor", "origin", "metric", "value", "low", "high"],
    )
    differences = metrics.tail(1).rename(columns={"predictor": "baseline"})
    trial = Trial(
        name="churn",
        model=a_model(seed),
        grade=Grade("A", ("good in every respect",)),
        metrics=metrics,
        differences=differences,
        params={"boosting": {"leaves": 15}, "target": {"steps": ("basket",)}},
        lineage={"watermark": "2026-11-20T17:00:00+00:00", "origins": ["2026-09-01"]},
        counts={"rows": 200},
    )
    return replace(trial, **changed)
