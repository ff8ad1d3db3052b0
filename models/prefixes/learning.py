"""The next activity: a back-off n-gram and boosted trees, blended by what later cases say."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

import numpy as np
import pandas as pd

from features.errors import ModelRefused
from models.learning.boosting import BoostingParams
from models.limits import at_least, at_most
from models.logit import Floats
from models.multiclass.metrics import losses
from models.prefixes.boosting import Forest, ForestBoosting
from models.prefixes.events import END, CaseColumns, Events, Flags, Ints, Words
from models.prefixes.ngrams import NGram
from models.prefixes.told import Prefixes

SHARES_OF_TREES = tuple(round(share / 20, 2) for share in range(21))
"""The blends that are tried."""

SECONDS_PER_DAY = 86_400.0

CASES_LEAST = 10
"""Fewer cases cannot be parted into earlier and later ones."""


PRESET = BoostingParams(
    rounds=1500,
    patience_rounds=25,
    learning_rate=0.03,
    leaves=7,
    rows_per_leaf=40,
    feature_share=0.4,
    seeds=3,
)
"""The boosters of one activity see fewer rows than those of a panel do."""


@dataclass(frozen=True, kw_only=True)
class PrefixParams:
    """How the next activity is learned.

    `order` activities, the present one first, are the longest context of the n-gram, `pseudo_rows`
    its smoothing; `activities_back` of them are columns. A row counts half as much with every
    `half_life_days` before the end of training: ways of working change. An activity needs
    `rows_least` for a booster. The cases that began last, `later_share` of them, choose the rounds
    and the blend. With `ends` the end of a case is an outcome.
    """

    order: int = 6
    pseudo_rows: float = 10.0
    activities_back: int = 8
    half_life_days: float = 120.0
    rows_least: int = 100
    later_share: float = 0.2
    ends: bool = False
    boosting: BoostingParams = PRESET

    def __post_init__(self) -> None:
        at_least(self, order=1, pseudo_rows=1e-9, activities_back=1, half_life_days=1e-3)
        at_least(self, rows_least=1, later_share=0.01)
        at_most(self, later_share=0.5)


@dataclass(frozen=True)
class NextActivity:
    """What follows a prefix; `share_of_trees` of a probability are the boosters', the rest counts.

    `losses` are log losses on the later cases of training: of the n-gram, the trees, the blend.
    """

    params: PrefixParams
    columns: CaseColumns
    zone: tzinfo
    words: Words
    ngram: NGram
    forest: Forest
    share_of_trees: float
    losses: Mapping[str, float]

    @property
    def classes(self) -> tuple[str, ...]:
        """The outcomes: the activities of training, and the end where it is one."""
        return (*self.words.activities, *((END,) if self.params.ends else ()))

    def probabilities(self, log: pd.DataFrame) -> pd.DataFrame:
        """Columns case, k and each of `classes`: what follows event k, given events 1 to k.

        What other cases of the log did before that event is used too, and nothing later; a log may
        hold cases that are not asked about. Rows stand by case and k.
        """
        events = self._events(log)
        prefixes = Prefixes.of(events, self.words, self.params.activities_back)
        counted = self.ngram.probabilities(events, np.ones(len(events), dtype=np.bool_))
        grown = self.forest.probabilities(prefixes, counted)
        return self._framed(events, blended(grown, counted, self.share_of_trees))

    def ngram_probabilities(self, log: pd.DataFrame) -> pd.DataFrame:
        """Likewise, by the n-gram alone: the baseline."""
        events = self._events(log)
        everywhere = np.ones(len(events), dtype=np.bool_)
        return self._framed(events, self.ngram.probabilities(events, everywhere))

    def _events(self, log: pd.DataFrame) -> Events:
        return Events.of(log, self.columns, self.words, self.zone, ends=self.params.ends)

    def _framed(self, events: Events, p: Floats) -> pd.DataFrame:
        places = [*range(len(self.words.activities)), *([self.words.end] * self.params.ends)]
        told = p[:, places]
        shared = pd.DataFrame(told / told.sum(axis=1, keepdims=True), columns=list(self.classes))
        return pd.concat([pd.DataFrame({"case": events.case, "k": events.number}), shared], axis=1)


def learn(
    log: pd.DataFrame,
    columns: CaseColumns | None = None,
    params: PrefixParams | None = None,
    *,
    until: datetime | None = None,
    zone: tzinfo = UTC,
    threads: int = 1,
) -> NextActivity:
    """Learn what follows each prefix of the cases of a log.

    Strict: what happened at `until` or later is nothing that training knows. Hours and weekdays
    are those of `zone`.
    """
    columns, params = columns or CaseColumns(), params or PrefixParams()
    end = np.inf if until is None else until.timestamp()
    words = Words.of(log, columns, until)
    events = Events.of(log, columns, words, zone, ends=params.ends)
    known = (events.following >= 0) & (events.followed_at < end)
    earlier, later = _split(events, known, params.later_share)
    learner = _Learner(params, words, threads)
    prefixes = Prefixes.of(events, words, params.activities_back)
    trial = learner.forest.stopped(prefixes.some(earlier), prefixes.some(later))
    counted = learner.ngram(events, earlier).probabilities(events, later)
    grown = trial.probabilities(prefixes.some(later), counted)
    share, found = _blend(events.following[later], grown, counted)
    return NextActivity(
        params=params,
        columns=columns,
        zone=zone,
        words=words,
        ngram=learner.ngram(events, known),
        forest=learner.forest.refitted(prefixes.some(known), trial),
        share_of_trees=share,
        losses=found,
    )


@dataclass(frozen=True)
class _Learner:
    """What is fitted twice: on earlier cases, then on all."""

    params: PrefixParams
    words: Words
    threads: int

    @property
    def forest(self) -> ForestBoosting:
        return ForestBoosting(
            params=self.params.boosting,
            rows_least=self.params.rows_least,
            outcomes=self.words.outcomes,
            half_life_seconds=self.params.half_life_days * SECONDS_PER_DAY,
            threads=self.threads,
        )

    def ngram(self, events: Events, kept: Flags) -> NGram:
        return NGram.fit(
            events,
            kept,
            order=self.params.order,
            outcomes=self.words.outcomes,
            pseudo_rows=self.params.pseudo_rows,
        )


def _split(events: Events, known: Flags, later_share: float) -> tuple[Flags, Flags]:
    """Rows of the cases that began last, and what was known before the first of these began."""
    begun = np.unique(events.begun_at[known])
    if len(begun) < CASES_LEAST:
        raise ModelRefused(
            f"{len(begun)} instants at which cases began; {CASES_LEAST} are the least",
            where="log of cases",
            mend="wait for more cases, or take a later until",
        )
    first_later = np.quantile(begun, 1 - later_share)
    later = known & (events.begun_at >= first_later)
    return known & ~later & (events.followed_at < first_later), later


def _blend(following: Ints, grown: Floats, counted: Floats) -> tuple[float, dict[str, float]]:
    """The share of the trees at which log loss is least, and the losses."""
    y = following.astype(np.float64)
    tried = {s: float(losses(y, blended(grown, counted, s)).mean()) for s in SHARES_OF_TREES}
    best = min(tried, key=tried.__getitem__)
    return best, {"ngram": tried[0.0], "trees": tried[1.0], "blend": tried[best]}


def blended(grown: Floats, counted: Floats, share_of_trees: float) -> Floats:
    """Probabilities of the trees and of the n-gram together."""
    return share_of_trees * grown + (1 - share_of_trees) * counted
