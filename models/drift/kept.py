"""The reference that goes with a model: of what it reads, as it was when it learned."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pandas as pd

from features.clock import shift
from features.engine.partitions import LOCAL
from features.errors import DataRefused
from features.lake.volumes import WEEK_DAYS
from models.answers.churn import ChurnModel
from models.answers.outcomes import OutcomeModel
from models.answers.rules import RulesModel
from models.drift.reference import ROWS_A_CUTOFF, Recent, Reference, reference_of, thinned
from models.judging.evaluation import Backtest
from models.learned.prepared import Prepared
from models.learning.folding import gain_shares
from models.logit import Floats
from models.rows.sampled import sampled_rows
from models.trial import CHURN, Trial


def with_reference(trial: Trial, prepared: Prepared) -> Trial:
    """The same trial beside what its model learned from; only what a night scores has that."""
    if isinstance(trial.model, OutcomeModel):
        return trial
    return replace(trial, reference=_reference(trial, trial.model, prepared))


def importances(model: ChurnModel | RulesModel) -> dict[str, float]:
    """How much a model makes of each of its features; of rules, and through transforms, alike."""
    if isinstance(model, ChurnModel) and model.booster_text:
        return gain_shares(model.booster_text, model.columns)
    found = dict.fromkeys(model.features, 1.0)
    if isinstance(model, ChurnModel) and model.instead:
        weights = map(abs, model.instead.weights)
        found |= dict(zip(model.instead.columns, weights, strict=True))
    return found


def _reference(trial: Trial, model: ChurnModel | RulesModel, prepared: Prepared) -> Reference:
    recent = prepared.recent or Recent.of(prepared.panel)
    others = [thinned(rows, ROWS_A_CUTOFF) for rows in _on_other_weekdays(model, prepared, recent)]
    scores: list[Floats] = []
    if isinstance(model, ChurnModel) and trial.tested is not None:
        scores = _scores(model, trial.tested, recent)
        scores += [model.probabilities(rows) for rows in others if _may_look_back(model)]
    return reference_of(
        recent,
        importances(model),
        categories=prepared.known.categories,
        scores=scores,
        others=others,
    )


def _on_other_weekdays(
    model: ChurnModel | RulesModel, prepared: Prepared, recent: Recent
) -> Iterator[pd.DataFrame]:
    """Rows some days after each of the last cutoffs, which may all be of one weekday.

    A night is of any; what differs from a Thursday to a Monday is no drift.
    """
    features = prepared.known.select(model.features)
    for away, cutoff in enumerate(reversed(recent.cutoffs[1 - WEEK_DAYS :]), start=1):
        day = shift(cutoff, away, prepared.zone)
        with suppress(DataRefused):  # nobody was at risk that day
            if day <= prepared.watermark and len(prepared.parts):
                yield sampled_rows(
                    prepared.parts,
                    day,
                    features,
                    model.target,
                    zone=prepared.zone,
                    engine=LOCAL,
                    rows_least=ROWS_A_CUTOFF,
                )


def _scores(model: ChurnModel, tested: Backtest, recent: Recent) -> list[Floats]:
    """Probabilities of everyone at each origin, by a model that had not learned from them.

    Whoever was left out of the measuring, as customers who were treated, was learned from by none.
    """
    keys = ["customer_id", "cutoff"]
    published = model.calibration.probabilities(tested.p[CHURN])
    told = tested.keys.loc[:, keys].assign(p=published)
    found: list[Floats] = []
    for cutoff, rows in zip(recent.cutoffs, recent.spans, strict=True):
        if cutoff in tested.origins:
            p = rows.loc[:, keys].merge(told, on=keys, how="left")["p"].to_numpy(np.float64).copy()
            unknown = np.isnan(p)
            if unknown.any() and _may_look_back(model):
                p[unknown] = model.probabilities(rows.loc[unknown])
            found.append(p[~np.isnan(p)])
    return found


def _may_look_back(model: ChurnModel) -> bool:
    """Whether the model says anything of days before the last that it learned from."""
    return not model.transforms
