"""A trial of churn with little data: rules, or the best of a few simple learners."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from features.catalog import Feature
from models.answers.churn import ChurnModel
from models.answers.logistic import Logistic, Regression
from models.evidence.gathering import evidence
from models.judging import calibration, grades
from models.judging.calibration import Calibration
from models.judging.evaluation import Backtest, Progress, backtest
from models.judging.grades import Finding, Grade
from models.judging.intervals import learn_intervals
from models.judging.metrics import auc
from models.learned.prepared import Prepared
from models.learned.ruled import ruled_trial
from models.learning.baselines import Baseline
from models.learning.baselines_buying import Buyers, FittedBuyers, usable
from models.learning.boosting import matrix
from models.learning.ladder import RULES, STANDARD, Choice, as_chosen, choose, tier_of
from models.logit import logit
from models.rows.panel import Panel
from models.targets.churn import Churn
from models.trial import CHURN, Trial, span

LOGISTIC, FEW_COLUMNS = "logistic", "logistic_few_columns"

FEW_FAMILIES = ("recency", "tenure", "frequency", "monetary", "contract")
FEW_FREEDOM = 0.1
"""The penalty may be weaker where there are only a few columns."""

AS_IT_IS = 1e6
"""So many spreads bound nothing: BG/NBD's own probability is not held near a mean."""


def few_trial(prepared: Prepared, *, threads: int, prove: bool, progress: Progress) -> Trial | None:
    """A trial for a panel that is too small for trees; None where trees are to answer.

    With fewer than 100 rows of the rarer class rules are made, and nothing is measured. With fewer
    than 500 over 3 cutoffs a strongly shrunken regression, one on a few columns and BG/NBD are
    measured beside trees at rolling origins, and the best of them answers unless trees surely beat
    all of them. Where it earns no grade, and not for an alarm, there are rules again. Definitions
    that almost nobody or almost everybody meets are refused, as `ModelRefused`.
    """
    target = prepared.params.target
    if not isinstance(target, Churn):
        return None
    target.check_base_rate(prepared.panel.y)
    reached = tier_of(prepared.panel, prepared.params.panel.origins)
    if reached == STANDARD:
        return None
    if reached == RULES:
        return ruled_trial(prepared, target)
    trial = _chosen(prepared, target, threads, progress)
    return _proved(prepared, trial, threads, progress) if prove and trial else trial


def _chosen(prepared: Prepared, target: Churn, threads: int, progress: Progress) -> Trial | None:
    boosting, panel = prepared.boosting(threads), prepared.panel
    simple = {one.name: one for one in simple_learners(prepared, target, progress)}
    baselines = [Baseline(*one) for one in target.baselines]
    learners = [boosting, *simple.values(), *baselines]
    tested = backtest(panel, learners, prepared.params.panel.origins, progress=progress)
    choice = choose(tested, panel.events_rarer, boosting.name, [*simple])
    progress(choice.why)
    if choice.learner == boosting.name:
        return None
    told = as_chosen(tested, choice, CHURN, [target.baselines[0][0]])
    alarms = _alarms(panel, told)
    grade = grades.grade(told.comparison, positives=told.positives, findings=alarms)
    if grade.letter == "F" and not alarms:
        return ruled_trial(prepared, target, f"{choice.learner} earns no grade", grade.reasons)
    return _trial(prepared, told, choice, grade, simple[choice.learner].fit(panel))


def simple_learners(
    prepared: Prepared, target: Churn, progress: Progress
) -> Iterator[Regression | Buyers]:
    """What may answer in place of trees: regressions, and BG/NBD where purchases bear it out."""
    features, panel = prepared.known.features, prepared.panel
    words = prepared.known.categories
    yield Regression(name=LOGISTIC, without=words)
    others = frozenset(panel.features) - {one.name for one in _few(features, target)}
    if len(others | words) < len(panel.features):
        yield Regression(name=FEW_COLUMNS, without=others | words, freedom=FEW_FREEDOM)
    found = usable(Buyers.of(target), panel, prepared.params.panel.origins)
    if found.note:
        progress(found.note)
    yield from found.learners


def _few(features: Iterable[Feature], target: Churn) -> Iterator[Feature]:
    """Recency, tenure, frequency and money of the target's own steps; of contracts, the terms."""
    for one in features:
        where = one.arguments.get("where")
        own = where.step in target.own_steps if where else one.family == "contract"
        if own and one.family in FEW_FAMILIES:
            yield one


def _trial(
    prepared: Prepared,
    tested: Backtest,
    choice: Choice,
    grade: Grade,
    fitted: Logistic | FittedBuyers,
) -> Trial:
    line = calibration.choose(tested.predictions.rename(columns={CHURN: "p"}))
    found = span(prepared.panel, tested)
    how: dict[str, Any] = {"calibration": asdict(line), "ladder": asdict(choice)}
    return Trial(
        name=CHURN,
        model=_model(prepared, tested, choice, fitted, line, grade),
        grade=grade,
        metrics=tested.comparison.metrics,
        differences=tested.comparison.differences,
        params=prepared.params.as_json(),
        lineage={**prepared.lineage(), **found, **how},
        counts=found["counts"],
        tested=tested,
    )


def _proved(prepared: Prepared, trial: Trial, threads: int, progress: Progress) -> Trial:
    """With evidence, where anything was measured; what boosters tell of families is of trees."""
    if trial.tested is None:
        return trial
    rounds = prepared.boosting(threads).fit(prepared.panel).rounds
    case = prepared.case(trial.tested, threads=threads, rounds=rounds)
    return replace(trial, evidence=evidence(case, progress=progress))


def _model(
    prepared: Prepared,
    tested: Backtest,
    choice: Choice,
    fitted: Logistic | FittedBuyers,
    line: Calibration,
    grade: Grade,
) -> ChurnModel:
    rows = tested.predictions
    published = rows.assign(p=line.probabilities(rows[CHURN].to_numpy(np.float64)))
    bought = isinstance(fitted, FittedBuyers)
    learned = by_purchases(fitted, prepared.panel) if bought else fitted
    model = ChurnModel(
        **prepared.asked(),
        instead=learned.calibrated(line),
        transforms=(fitted.fitted,) if bought else (),
        calibration=line,
        intervals=learn_intervals(published),
        tier=choice.tier,
        grade=grade.letter,
        rounds=0,
    )
    read = [name for name in learned.columns if name in model.features]
    recipe = {**model.recipe, "learner": choice.learner}
    return replace(model, features={name: model.features[name] for name in read}, recipe=recipe)


def by_purchases(fitted: FittedBuyers, panel: Panel) -> Logistic:
    """BG/NBD's chance of no purchase, as a sum of one term beside a usual customer's."""
    names = fitted.fitted.names
    usual = float(logit(fitted.probabilities(panel.rows)).mean())
    return Logistic(
        columns=names,
        means=(0.0, usual),
        spreads=(1.0, 1.0),
        weights=(0.0, 1.0),
        intercept=usual,
        scale="log_odds",
        spreads_most=AS_IT_IS,
    )


def _alarms(panel: Panel, tested: Backtest) -> tuple[Finding, ...]:
    """What is better than it can be: the model, or one column alone."""
    measured = panel.last(len(tested.origins))
    columns = np.nan_to_num(matrix(measured.rows, measured.features), nan=-np.inf)
    alone = {
        name: auc(measured.y, column)
        for name, column in zip(measured.features, columns.T, strict=True)
    }
    return grades.findings(tested.comparison, alone, {})
