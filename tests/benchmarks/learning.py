"""Learning and scoring beside bare LightGBM: the same matrix, settings, seeds and rounds.

The rival is what a data scientist types: `lightgbm.Dataset` once, `lightgbm.train` a seed with both
cores, `Booster.predict`. Ours starts from the panel's frame and ends with one folded booster, and
scores through the churn model. The mean probabilities must agree, or the benchmark fails.
"""

import resource
import sys
import time
from collections.abc import Callable
from statistics import median

import lightgbm as lgb
import numpy as np
import pandas as pd
from bench_log import figure, record

from features.catalog import FeatureParams, Vocabulary
from models.answers.churn import ChurnModel
from models.judging.calibration import Calibration
from models.learning.boosting import Boosting, BoostingParams, matrix
from models.logit import expit, logit
from models.rows.panel import Panel
from models.targets.inactivity import InactivityChurn

SIZES = {"S": (5_000, 100), "M": (50_000, 100), "L": (200_000, 100)}
"""Rows and columns."""

ROUNDS, THREADS, REPETITIONS = 100, 2, 3
PARAMS = BoostingParams(rounds=ROUNDS, leaves=31, seeds=2)
TRAINING_AT_MOST, SCORING_AT_MOST = 1.25, 1.5


def panel(rows: int, columns: int) -> Panel:
    """A law with a few strong columns and much noise, as one cutoff."""
    random = np.random.default_rng(7)
    x = random.standard_normal((rows, columns))
    z = x[:, :10] @ random.standard_normal(10) * 0.5 + 0.5 * x[:, 10] * x[:, 11] - 2
    names = [f"column_{place}" for place in range(columns)]
    at = pd.Timestamp("2026-01-01", tz="UTC")
    frame = pd.DataFrame(x, columns=names).assign(
        customer_id=np.arange(rows).astype(str),
        cutoff=at,
        matured_at=at,
        label=(random.random(rows) < expit(z)).astype(int),
    )
    return Panel(frame, tuple(names))


def bare(train: Panel) -> list[lgb.Booster]:
    """LightGBM alone, one seed after the other."""
    settings = Boosting(PARAMS, THREADS).settings(train) | {"num_threads": THREADS}
    data = lgb.Dataset(
        matrix(train.rows, train.features),
        train.y,
        feature_name=list(train.features),
        params=settings,
    )
    return [
        lgb.train(
            {**settings, "bagging_seed": seed, "feature_fraction_seed": 1000 + seed}, data, ROUNDS
        )
        for seed in range(PARAMS.seeds)
    ]


def ours(train: Panel) -> ChurnModel:
    """The same boosters, folded into one model."""
    boosted = Boosting(PARAMS, THREADS).fit(train, rounds=ROUNDS)
    return ChurnModel(
        booster_text=boosted.booster_text,
        features=dict.fromkeys(train.features, ""),
        target=InactivityChurn(steps=("order",)),
        feature_params=FeatureParams(),
        vocabulary=Vocabulary(pairs=(("store", "order"),)),
        calibration=Calibration(),
        tier="standard",
        grade="A",
        trained_through="2026-01-01",
        rounds=ROUNDS,
    )


def timed(work: Callable[[], object]) -> float:
    """Seconds of one run."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def in_turns(first: Callable[[], object], second: Callable[[], object]) -> tuple[float, float]:
    """Medians of two works that take turns."""
    runs = [(timed(first), timed(second)) for _ in range(REPETITIONS)]
    return median(one for one, _ in runs), median(other for _, other in runs)


def main(size: str) -> None:
    """Compare the two, training and scoring."""
    train = panel(*SIZES[size])
    model, boosters = ours(train), bare(train)
    x = matrix(train.rows, train.features)

    def bare_score() -> np.ndarray:
        told = [logit(np.asarray(one.predict(x, num_threads=THREADS))) for one in boosters]
        return expit(np.mean(told, axis=0))

    def our_score() -> np.ndarray:
        return model.probabilities(train.rows, threads=THREADS)

    if not np.allclose(bare_score(), our_score()):
        sys.exit("the two do not say the same")
    learning = in_turns(lambda: ours(train), lambda: bare(train))
    scoring = in_turns(our_score, bare_score)
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for name, (own, other), most in (
        ("training", learning, TRAINING_AT_MOST),
        ("scoring", scoring, SCORING_AT_MOST),
    ):
        rival = "bare LightGBM"
        record(
            f"{name}-{size}", ours_seconds=own, rival=rival, rival_seconds=other, peak_mib=peak_mib
        )
        figure(f"{name} beside bare LightGBM", size, own / other, "times as long", at_most=most)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "L")
