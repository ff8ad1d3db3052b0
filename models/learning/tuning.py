"""Tuning: parameters searched on rolling origins that lie before the measured ones.

Optuna proposes, nothing of it is kept: each proposal is a function of the seed and of what has
been tried, so a search that broke off goes on as if it had not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import optuna
import pandas as pd
from numpy.typing import NDArray
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import FrozenTrial, TrialState, create_trial

from features.errors import ModelRefused
from models.judging.bootstrap import QUANTILES, Interval, mean_interval
from models.judging.evaluation import Learner, Progress, purged
from models.learning.boosting import BoostingParams
from models.learning.space import Dimension, Place, params_at, place_of
from models.logit import SMALLEST, Floats
from models.rows.panel import Panel

ORIGINS = 3
"""On so many origins is a trial judged; all labels there were known before the measured ones."""

LearnerOf = Callable[[BoostingParams], Learner]


@dataclass(frozen=True, kw_only=True)
class Tried:
    """One trial: where it was, and its log loss at the origins; at the first alone if hopeless."""

    place: Place
    losses: tuple[float, ...]
    hopeless: bool = False

    @property
    def log_loss(self) -> float:
        """Mean over the origins."""
        return float(np.mean(self.losses))


@dataclass(frozen=True, kw_only=True)
class Tuned:
    """What a search found: the parameters to learn with, and why these.

    `log_loss` is theirs and `preset_log_loss` the preset's, over the rows of all `origins`, each
    with all its seeds; `change` is the difference, its interval as wide as the best of so many
    `trials` needs.
    """

    params: BoostingParams
    adopted: bool
    why: str
    log_loss: float
    preset_log_loss: float
    change: Interval
    origins: tuple[str, ...]
    trials: int


class Origin(NamedTuple):
    """What is learned from, and the rows of one cutoff by which it is judged."""

    train: Panel
    test: Panel


@dataclass(frozen=True, kw_only=True)
class Search:
    """A search on a panel whose last `measured` origins stay untouched.

    `space` is what may change of the `preset`; `learner` makes what learns of parameters.
    """

    panel: Panel
    learner: LearnerOf
    preset: BoostingParams
    space: tuple[Dimension, ...]
    measured: int
    seed: int = 0

    def origins(self) -> list[Origin]:
        """The origins by which trials are judged, ascending.

        `ModelRefused` where none had matured before the first measured one.
        """
        known = self.panel.matured_by(self.panel.cutoffs[-self.measured :][0])
        some = [Origin(purged(known, cutoff), known.at(cutoff)) for cutoff in known.cutoffs]
        told = [origin for origin in some if origin.train.events_rarer]
        if not told:
            raise ModelRefused(
                "no origin had matured before the first measured one, so nothing can be tuned",
                where=f"{len(self.panel.cutoffs)} cutoffs",
                mend="retrain without --trials, or give it a longer history",
            )
        return told[-ORIGINS:]

    def losses(self, place: Place, origin: Origin, *, seeds: int = 1) -> Floats:
        """The log loss of each row of an origin, of parameters at a place."""
        params = replace(params_at(place, self.preset), seeds=seeds)
        p = self.learner(params).fit(origin.train).probabilities(origin.test.rows)
        label = origin.test.y.astype(np.int64)
        told = p[np.arange(len(p)), label] if p.ndim > 1 else np.where(label == 1, p, 1 - p)
        return -np.log(np.maximum(told, SMALLEST))


def tune(
    search: Search,
    *,
    trials: int,
    history: Sequence[Tried] = (),
    keep: Callable[[Sequence[Tried]], None] = lambda _: None,
    progress: Progress = lambda _: None,
) -> Tuned:
    """Try places until there are so many `trials` beside the preset, and judge the best.

    `history` are those tried before, the preset first; `keep` gets all of them after each. The
    best is adopted only if its log loss, with all seeds, is surely below the preset's.
    """
    origins = search.origins()
    preset = [search.losses({}, origin) for origin in origins]
    tried = list(history) or [_tried(place_of(search.preset, search.space), preset)]
    while search.space and len(tried) <= trials:
        tried.append(_next(search, origins, preset[0], tried))
        keep(tried)
        progress(_told(tried, trials))
    return _judged(search, origins, tried)


def suggest(history: Sequence[Tried], space: Sequence[Dimension], seed: int = 0) -> Place:
    """Where to look next: TPE over what was tried; the same history has the same answer."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    distributions = {one.name: _distribution(one) for one in space}
    sampler = optuna.samplers.TPESampler(seed=seed + len(history))
    study = optuna.create_study(sampler=sampler)
    study.add_trials([_frozen(one, distributions) for one in history])
    return study.ask(distributions).params


def _next(search: Search, origins: list[Origin], preset: Floats, tried: list[Tried]) -> Tried:
    """The next trial, with one seed; given up where the first origin shows it surely worse."""
    place = suggest(tried, search.space, search.seed)
    first = search.losses(place, origins[0])
    if mean_interval(first - preset, _customers(origins[:1])).low > 0:
        return _tried(place, [first], hopeless=True)
    return _tried(place, [first, *(search.losses(place, one) for one in origins[1:])])


def _judged(search: Search, origins: list[Origin], tried: Sequence[Tried]) -> Tuned:
    best = min((one for one in tried if not one.hopeless), key=lambda one: one.log_loss)
    found, trials = best is not tried[0], len(tried) - 1

    def all_losses(place: Place) -> Floats:
        seeds = search.preset.seeds
        return np.concatenate([search.losses(place, one, seeds=seeds) for one in origins])

    before = all_losses({})
    after = all_losses(best.place) if found else before
    change = _widened(mean_interval(after - before, _customers(origins)), trials)
    adopted = change.high < 0
    return Tuned(
        params=params_at(best.place, search.preset) if adopted else search.preset,
        adopted=adopted,
        why=_why(change, trials) if found else f"none of {trials} trials had a lower log loss",
        log_loss=float((after if adopted else before).mean()),
        preset_log_loss=float(before.mean()),
        change=change,
        origins=tuple(f"{one.test.cutoffs[0]:%Y-%m-%d}" for one in origins),
        trials=trials,
    )


def _widened(one: Interval, trials: int) -> Interval:
    """The interval of the best of so many trials, the luckiest of which it may be (Bonferroni)."""
    inside = max(QUANTILES)
    wider = NormalDist().inv_cdf(1 - (1 - inside) / max(trials, 1)) / NormalDist().inv_cdf(inside)
    low, high = (one.value + (bound - one.value) * wider for bound in (one.low, one.high))
    return Interval(one.value, low, high)


def _why(change: Interval, trials: int) -> str:
    told = f"{change.value:+.4f} ({change.low:+.4f} to {change.high:+.4f})"
    if change.high < 0:
        return f"the best of {trials} trials changed log loss by {told}"
    return f"log loss of the best of {trials} trials is not surely lower: {told}"


def _told(tried: Sequence[Tried], trials: int) -> str:
    last, best = tried[-1], min(one.log_loss for one in tried if not one.hopeless)
    came = "given up after one origin" if last.hopeless else f"log loss {last.log_loss:.4f}"
    return f"trial {len(tried) - 1} of {trials}: {came}, best {best:.4f}"


def _tried(place: Place, losses: Sequence[Floats], *, hopeless: bool = False) -> Tried:
    return Tried(place=place, losses=tuple(float(one.mean()) for one in losses), hopeless=hopeless)


def _customers(origins: Sequence[Origin]) -> NDArray[np.int64]:
    ids = pd.concat([one.test.column("customer_id") for one in origins])
    return pd.factorize(ids)[0].astype(np.int64)


def _distribution(one: Dimension) -> BaseDistribution:
    if one.kind == "switch":
        return CategoricalDistribution([False, True])
    if one.kind == "whole":
        return IntDistribution(int(one.low), int(one.high), log=one.log)
    return FloatDistribution(one.low, one.high, log=one.log)


def _frozen(one: Tried, distributions: dict[str, BaseDistribution]) -> FrozenTrial:
    """A trial as Optuna knows it; it takes one that was given up for worse than any whole one."""
    return create_trial(
        state=TrialState.PRUNED if one.hopeless else TrialState.COMPLETE,
        value=None if one.hopeless else one.log_loss,
        params=dict(one.place),
        distributions=distributions,
        intermediate_values={0: one.losses[0]},
    )
