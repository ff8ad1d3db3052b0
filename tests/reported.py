"""Made-up trials with everything that a report shows, without a panel and without learning."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import trials

from models.evidence.tables import Evidence, table
from models.judging.grades import Grade
from models.judging.promotion import Check, Verdict
from serving.reports.trial import render

SETTINGS = {"title": "Toko Melati", "currency": "USD", "language": "en"}
ORIGINS = ("2026-06-01", "2026-07-01", "2026-08-01", "2026-09-01", "2026-10-01")
TOLD = ("origin", "metric", "value", "low", "high")
BINARY = {
    "auc": (0.863, 0.801, 0.748),
    "average_precision": (0.453, 0.371, 0.322),
    "log_loss": (0.281, 0.317, 0.344),
    "brier": (0.088, 0.096, 0.102),
    "observed_over_expected": (1.14, 0.91, 1.05),
    "ece": (0.017, 0.024, 0.021),
    "calibration_slope": (0.98, 1.12, 1.01),
    "lift_10": (3.73, 3.17, 3.06),
}
SEVERAL = {
    "auc": (0.827, 0.680, 0.500),
    "log_loss": (0.895, 1.067, 1.190),
    "brier": (0.500, 0.571, 0.612),
    "macro_f1": (0.391, 0.263, 0.149),
    "accuracy": (0.623, 0.598, 0.592),
    "ece": (0.019, 0.022, 0.024),
}
CHURN = ("churn", "rfm_regression", "recency_rule")
PROGRESSION = ("progression", "markov", "marginal")
NEXT_STEP = ("next_step", "markov", "marginal")
STAGES = ("awareness", "consideration", "decision", "retention")
MOVES = ("stay", "consideration", "decision", "retention", "lost")


def metrics(names, values):
    """Metrics of three predictors, pooled and by date, and the model's margins."""
    rows = [
        (name, origin, metric, (value := each[at] + 0.01 * swing), value - 0.012, value + 0.012)
        for at, name in enumerate(names)
        for origin, swing in zip(("pooled", *ORIGINS), (0, 0.4, -0.3, 1, -2, 0.7), strict=True)
        for metric, each in values.items()
    ]
    measured = pd.DataFrame(rows, columns=["predictor", *TOLD])
    margins = [
        (name, "pooled", metric, (gap := each[0] - each[at]), gap - 0.011, gap + 0.011)
        for at, name in enumerate(names[1:], 1)
        for metric, each in values.items()
    ]
    return measured, pd.DataFrame(margins, columns=["baseline", *TOLD])


def a_trial(names=CHURN, values=BINARY, **changed):
    measured, margins = metrics(names, values)
    trial = trials.a_trial(
        name=names[0],
        metrics=measured,
        differences=margins,
        grade=Grade("A", ("AUC 0.863 (0.851 to 0.875; lowest 0.843 at 2026-09-01)",)),
        params={"boosting": {"leaves": 15, "rounds": 3000}, "target": {"steps": ("basket",)}},
        lineage={
            "sources": ["crm", "shop"],
            "watermark": "2026-11-20T17:00:00+00:00",
            "first_cutoff": "2026-01-01T17:00:00+00:00",
            "last_cutoff": "2026-10-01T17:00:00+00:00",
            "cutoffs": 12,
            "origins": list(ORIGINS),
            "catalog_hash": "0123456789abcdef",
            "code_commit": "c0ffee",
            "calibration": {"method": "none", "slope": 1.0},
        },
        counts={"rows": 24000, "customers": 2469, "measured_rows": 6681, "positives": 3120},
    )
    return replace(trial, **changed)


def several(names=PROGRESSION, **changed):
    """A trial of several outcomes."""
    return a_trial(names, SEVERAL, **changed)


def _rows(name, *rows):
    return table(name, pd.DataFrame(rows, columns=table(name).columns))


def calibration(predictors, outcomes):
    places = np.arange(1, 11)
    return _rows(
        "calibration",
        *(
            (who, outcome, bin_, 668, p, p * lean, p * lean - 0.02, p * lean + 0.02)
            for who, lean in zip(predictors, (1.1, 0.9, 1.0), strict=True)
            for at, outcome in enumerate(outcomes)
            for bin_, p in zip(places, 0.6 * (places / 10) ** 3 / (1 + at), strict=True)
        ),
    )


def lift(predictors, outcomes):
    shares = np.r_[0.01, np.arange(1, 21) / 20]
    return _rows(
        "lift",
        *(
            (who, outcome, share, share**power, share**power / share)
            for who, power in zip(predictors, (0.42, 0.55, 0.6), strict=True)
            for outcome in outcomes
            for share in shares
        ),
    )


def profit(predictors):
    shares = np.linspace(0, 1, 101)
    return _rows(
        "profit",
        *(
            (who, share, best * share * (0.5 - share) * 40)
            for who, best in zip(predictors, (1.0, 0.8, 0.6), strict=True)
            for share in shares
        ),
    )


def scores(outcomes):
    edges = np.linspace(0, 1, 21)
    return _rows(
        "scores",
        *(
            (outcome, at, low, high, int(3000 * np.exp(-6 * low)))
            for outcome in outcomes
            for at, (low, high) in enumerate(pairwise(edges), 1)
        ),
    )


def segments():
    return _rows(
        "segments",
        ("tenure", "0-89 days", 820, 190, 0.232, 0.21, 0.78, 0.74, 0.82, 0.41, 1.10),
        ("tenure", "90-364 days", 3100, 410, 0.132, 0.13, 0.85, 0.83, 0.87, 0.28, 1.02),
        ("tenure", "365+ days", 2761, 277, 0.100, 0.118, 0.87, 0.85, 0.89, 0.24, 0.85),
        ("channel", "store", 6100, 790, 0.13, 0.128, 0.86, 0.85, 0.87, 0.28, 1.01),
        ("channel", "web", 40, 3, 0.075, 0.08, np.nan, np.nan, np.nan, 0.22, 0.94),
        ("persona", "champion", 1500, 60, 0.04, 0.045, 0.81, 0.77, 0.85, 0.15, 0.89),
    )


def weights():
    """Importances, families and ablation."""
    names = [f"gap_mean_{days}_days" for days in range(7, 217, 7)]
    features = _rows(
        "importances",
        *(
            (name, "rhythm", f"mean days between baskets, {at} weeks", 0.2 / at, 0.6 / at)
            for at, name in enumerate(names, 1)
        ),
    )
    families = _rows(
        "families",
        ("rhythm", 12, 0.41, 0.62),
        ("recency", 3, 0.33, 0.44),
        ("monetary", 14, 0.17, 0.21),
        ("tenure", 1, 0.09, 0.05),
    )
    ablation = _rows(
        "ablation",
        ("rhythm", 12, 0.2849, 0.0038, 0.0021, 0.0055),
        ("recency", 3, 0.2821, 0.0010, -0.0002, 0.0022),
        ("monetary", 14, 0.2811, 0.0, -0.0009, 0.0009),
        ("tenure", 1, 0.2801, -0.0010, -0.0018, -0.0002),
    )
    return features, families, ablation


def leakage():
    return _rows(
        "leakage",
        ("J02", "Each feature alone: the best AUC.", 0.79, 0.95, True, "recency_days"),
        ("J10", "Deleted and built again: values that differ.", 0, 0, True, "none differs"),
        ("J11", "Shuffled labels: distance of the AUC from .5.", 0.003, 0.05, True, ""),
        ("J12", "Rows are split at random instead of by time.", 0.012, np.nan, True, "0.875"),
    )


def transitions():
    random = np.random.default_rng(3)
    rows = []
    for at, stage in enumerate(STAGES):
        observed = random.dirichlet(np.r_[8.0, np.ones(len(MOVES) - 1)])
        predicted = 0.85 * observed + 0.15 / len(MOVES)
        pairs = zip(MOVES, observed, predicted, strict=True)
        rows += [(stage, move, 400 * (at + 1), seen, said) for move, seen, said in pairs]
    return _rows("transitions", *rows)


def against_champion():
    return _rows(
        "against_champion",
        *(
            (origin, metric, value, value + gap, gap, gap - 0.004, gap + 0.004)
            for origin in ("pooled", *ORIGINS)
            for metric, value, gap in (("auc", 0.858, 0.005), ("log_loss", 0.284, -0.003))
        ),
    )


def evidence(predictors=CHURN, outcomes=("churned",), **changed):
    """Everything that can be told of a trial."""
    features, families, ablation = weights()
    told = {
        "calibration": calibration(predictors, outcomes),
        "lift": lift(predictors, outcomes),
        "scores": scores(outcomes),
        "segments": segments(),
        "importances": features,
        "families": families,
        "ablation": ablation,
        "leakage": leakage(),
        "against_champion": against_champion(),
    }
    if predictors == CHURN:
        told |= {"profit": profit(predictors), "profit_cut": 0.164, "profit_share": 0.21}
    else:
        told["transitions"] = transitions()
    return Evidence(**told | changed)


def several_evidence(names=PROGRESSION, **changed):
    return evidence(names, MOVES, **changed)


def a_verdict(failed=(), **changed):
    checks = tuple(
        Check(code, code not in failed, f"what {code} saw")
        for code in ("M01", "M03", "M04", "M06", "M07", "M08", "M09")
    )
    return Verdict(checks=checks, **changed)


def undated():
    """A trial of which only the model is measured, all dates together."""
    trial = a_trial()
    own = trial.metrics["predictor"].eq("churn") & trial.metrics["origin"].eq("pooled")
    return replace(trial, metrics=trial.metrics[own], differences=trial.differences.head(0))


def rendered(trial=None, told=None, verdict=None, **settings):
    """The page of a trial; of one with everything, if none is given."""
    return render(
        a_trial() if trial is None else trial,
        evidence() if told is None else told,
        a_verdict() if verdict is None else verdict,
        **SETTINGS | settings,
    )
