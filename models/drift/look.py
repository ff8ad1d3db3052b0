"""Whether tonight's rows and scores are like those that the champion learned from."""

import math
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd

from models.drift.alarm import Alarm
from models.drift.columns import changed, score_changed
from models.drift.noise import movement, surprising
from models.drift.reference import Reference, floats, thinned
from models.drift.trend import Tonight
from models.logit import Floats

CUSTOMERS_WARN, CUSTOMERS_ACT = math.log(1.5), math.log(2.5)
"""Logarithms of how many times as many customers, or as few, matter."""

CUSTOMERS_USUAL = 0.03**2
"""What the logarithm of customers varies from one cutoff to the next, where little is known."""


def drifted(
    reference: Reference,
    tonight: pd.DataFrame,
    scores: Floats,
    *,
    cutoff: datetime,
    spans: Collection[str] = (),
) -> list[Alarm]:
    """What is unlike the reference: of the score, and of features.

    `tonight` has a row a customer at risk with the columns that the model reads, `scores` their
    probabilities, NaN where rules answer. `spans` names features that are spans of time.
    An alarm needs an effect that matters, further than from one training cutoff to the next and
    than a trend of theirs leads until tonight's `cutoff`, and beyond sampling, over all columns
    together.
    """
    scored = score_changed(reference.score, scores) if reference.score else []
    rows = thinned(tonight)
    names = [shape.name for shape in reference.features if shape.name in rows.columns]
    told = {name: floats(rows, name) for name in names}
    known = Tonight(
        cutoffs=len(reference.cutoffs), ahead=_ahead(reference.cutoffs, cutoff), spans=spans
    )
    return [*scored, *changed(reference.features, told, known)]


def customers_changed(reference: Reference, customers: int, cutoff: datetime) -> list[Alarm]:
    """Whether many more or fewer customers are at risk than the last training cutoffs foretell."""
    if not reference.customers or not min(reference.customers):
        return []
    logarithms = np.log(reference.customers)
    steps = np.diff(logarithms)
    every = min((later - earlier for later, earlier in _spans(reference)), default=timedelta(14))
    away = max((cutoff - reference.cutoffs[-1]) / every, 1.0)
    noises = 2 / np.array(reference.customers[1:], float)
    moved, freedom = movement(steps**2 - noises, usual=CUSTOMERS_USUAL, least=CUSTOMERS_USUAL / 4)
    reach = surprising(freedom, 1) * math.sqrt(moved * away + 2 / max(customers, 1))
    grown = math.log(max(customers, 0.5)) - float(logarithms[-1])
    if abs(grown) < max(CUSTOMERS_WARN, reach):
        return []
    return [
        Alarm(
            code="D06",
            severity="act" if abs(grown) >= max(CUSTOMERS_ACT, reach) else "warn",
            about="population",
            name="customers",
            measured=math.exp(abs(grown)),
            needed=math.exp(max(CUSTOMERS_WARN, reach)),
            told={
                "before": reference.customers[-1],
                "now": customers,
                "ratio": math.exp(grown),
            },
        )
    ]


def _ahead(cutoffs: Sequence[datetime], cutoff: datetime) -> float:
    """How far after the last cutoff another is, in times that the last is after the first."""
    return (cutoff - cutoffs[-1]) / (cutoffs[-1] - cutoffs[0]) if len(cutoffs) > 1 else 0.0


def _spans(reference: Reference) -> list[tuple[datetime, datetime]]:
    return [(later, earlier) for earlier, later in pairwise(reference.cutoffs)]
