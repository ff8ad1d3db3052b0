"""A champion's recipe learned again beside a challenger's, on the same rows at the same origins."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from features.catalog import Catalog, Feature
from features.engine.partitions import LOCAL, Engine
from features.errors import ModelRefused
from models.answers.churn import ChurnModel
from models.answers.model import Model
from models.answers.outcomes import OutcomeModel
from models.judging.bootstrap import Comparison
from models.judging.challenge import Challenge, Foregone, foregone, measured, other_question
from models.judging.evaluation import Backtest, Learner, Progress, backtest
from models.learned.few import simple_learners
from models.learned.prepared import Prepared
from models.learning.recipe import recipe_of
from models.logit import Floats
from models.multiclass.boosting import SeveralBoosting
from models.multiclass.masks import Masking
from models.rows.following import NEXT_STEP, with_what_came_next
from models.rows.panel import Panel, training_panel
from models.targets.churn import Churn
from models.transforms.learning import Transforming
from models.trial import Trial, TrialParams

KEYS = ["customer_id", "cutoff"]

A_DAY = timedelta(days=1)
"""A date alone does not tell at which hour of it a business midnight was."""


def challenged(
    champion: Model,
    trial: Trial,
    prepared: Prepared,
    *,
    threads: int = 1,
    engine: Engine = LOCAL,
    progress: Progress = lambda _: None,
) -> Challenge:
    """What a trial is beside the champion; the recipe is learned again only if it must be."""
    other = other_question(champion.target, trial.model.target)
    if other:
        return Challenge(other_question=other)
    settled = foregone(champion, trial.model)
    if settled is not None or trial.tested is None:
        return Challenge(foregone=settled)
    try:
        theirs = as_champion(champion, prepared, engine=engine)
        whose = learner(champion, theirs, threads)
    except ModelRefused as error:
        lost = Foregone(passes=True, why=f"the champion can no longer score: {error.what}")
        return Challenge(foregone=lost)
    progress("learning the champion's recipe again beside it")
    again = backtest(theirs.panel, [whose], len(trial.tested.origins))
    return Challenge(
        measured=_paired(trial.tested, again),
        as_it_stands=_as_it_stands(champion, trial.tested, theirs),
    )


def as_champion(champion: Model, prepared: Prepared, *, engine: Engine = LOCAL) -> Prepared:
    """The same rows and labels with the champion's features and settings.

    `ModelRefused` when tonight's code cannot build its features.
    """
    own = champion.with_own(lambda: _given(prepared))
    needed = own.needed()
    recipe = recipe_of(champion)
    params = replace(
        prepared.params,
        features=champion.feature_params,
        boosting=recipe.boosting,
        transforms=recipe.transforms,
    )
    return replace(
        prepared,
        known=Catalog(needed),
        vocabulary=champion.vocabulary,
        params=params,
        panel=_panel(needed, params, prepared, engine),
    )


def learner(champion: Model, prepared: Prepared, threads: int) -> Learner:
    """What learned a champion; `ModelRefused` when it is not to be had tonight."""
    boosting = prepared.boosting(threads)
    target, params = prepared.params.target, prepared.params
    named = champion.recipe.get("learner")
    if isinstance(target, Churn) and named:
        for one in simple_learners(prepared, target, lambda _: None):
            if one.name == named:
                return one
        raise ModelRefused(
            f"{named} cannot be learned from these customers", where="training panel"
        )
    if isinstance(target, Churn):
        return Transforming(boosting, params.transforms.transforms(target))
    several = SeveralBoosting(boosting)
    mask = champion.mask if isinstance(champion, OutcomeModel) else None
    return several if mask is None else Masking(several, mask)


def _given(prepared: Prepared) -> Iterable[Feature]:
    """All features of tonight; among them the workspace's own."""
    return prepared.known.features


def _panel(
    needed: tuple[Feature, ...], params: TrialParams, prepared: Prepared, engine: Engine
) -> Panel:
    """The rows with the champion's features: those that are there, or built anew."""
    built = {feature.name: feature.definition_hash for feature in prepared.known.features}
    panel = prepared.panel
    if any(built.get(feature.name) != feature.definition_hash for feature in needed):
        cutoffs = [cutoff.to_pydatetime() for cutoff in panel.cutoffs]
        built_anew = training_panel(
            prepared.parts,
            cutoffs,
            needed,
            params.target,
            watermark=prepared.watermark,
            zone=prepared.zone,
            engine=engine,
        )
        panel = prepared.settled(built_anew)
    if params.transforms.looks_ahead and NEXT_STEP not in panel.rows:
        panel = with_what_came_next(panel, prepared.parts, params.target, prepared.zone)
    return replace(panel, features=tuple(feature.name for feature in needed))


def _paired(challenger: Backtest, champion: Backtest) -> Comparison:
    if not challenger.keys[KEYS].equals(champion.keys[KEYS]):
        raise AssertionError("champion and challenger were measured on other rows")
    return measured(challenger.keys, _first(challenger), _first(champion))


def _as_it_stands(champion: Model, tested: Backtest, theirs: Prepared) -> Comparison | None:
    """Both at the origins after every label that the champion has seen; None where none is."""
    last = datetime.fromisoformat(champion.trained_through).replace(tzinfo=UTC) + A_DAY
    seen_until = theirs.params.target.matured_at(last, theirs.zone)
    is_news = tested.keys["cutoff"].ge(seen_until).to_numpy()
    if not is_news.any() or not isinstance(champion, ChurnModel | OutcomeModel):
        return None
    keys = tested.keys.loc[is_news].reset_index(drop=True)
    rows = keys[KEYS].merge(theirs.panel.rows, on=KEYS, how="left")
    return measured(keys, _first(tested)[is_news], champion.probabilities(rows))


def _first(tested: Backtest) -> Floats:
    """What the model gave; its baselines stand behind it."""
    return np.asarray(next(iter(tested.p.values())), dtype=np.float64)
