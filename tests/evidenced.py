"""Trials whose evidence is gathered: of made-up buyers, and of panels drawn from a known law."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

import outcomes
import panels
from buyers import PARAMS, TARGET, VOCABULARY, WATERMARK, ZONE, buying

from features.catalog import Feature, Vocabulary
from features.known.told import Told
from models.evidence.case import Case
from models.judging.evaluation import Learner, backtest
from models.judging.profit import ProfitParams
from models.learning.baselines import Baseline
from models.learning.boosting import Boosting, BoostingParams
from models.learning.training import prepare
from models.multiclass.baselines import Shares
from models.rows.panel import Panel
from models.targets.progression import Progression

FEW = BoostingParams(rounds=40, patience_rounds=10, rows_per_leaf=20, seeds=1)
FAMILIES = {
    "days_silent": "recency",
    "orders": "frequency",
    "keen": "breadth",
    "present_stage": "journey",
    "present_stage_days": "journey",
}


def feature(name: str) -> Feature:
    """A feature that only its name, family and meaning are read of."""
    family = FAMILIES.get(name, "noise")
    return Feature(name=name, family=family, unit="days", meaning=f"tells {name}", function=len)


def case(panel: Panel, *baselines: Learner, features: Iterable[Feature] = (), **changed) -> Case:
    """A panel, learned and measured at its last two origins."""
    told = tuple(features) or tuple(map(feature, panel.features))
    boosting = Boosting(FEW)
    fitted = boosting.fit(panel)
    made = Case(
        panel=panel,
        told=panel,
        tested=backtest(panel, [boosting, *baselines], 2),
        features=told,
        target=TARGET,
        boosting=boosting,
        rounds=fitted.rounds,
        booster_text=fitted.booster_text,
        vocabulary=Vocabulary(pairs=()),
        parts=[],
        zone=ZONE,
        profit=ProfitParams(),
    )
    return replace(made, **changed)


@cache
def drawn_case() -> Case:
    """Two classes: silence raises the risk, orders lower it, noise does nothing."""
    return case(panels.panel(cutoffs=7), Baseline("silence", ("days_silent",)))


@cache
def outcomes_case() -> Case:
    """Three outcomes, behind three stages."""
    target = Progression(order=("new", "keen"), exits=("lost",), horizon_days=28)
    return case(outcomes.outcomes(cutoffs=7), Shares("marginal"), target=target, profit=None)


def buyers_case(*own: Feature) -> Case:
    """Buyers with all their events, features of the catalog and some of one's own."""
    parts = [Told(events=buying())]
    prepared = prepare(parts, VOCABULARY, PARAMS, own=own, watermark=WATERMARK, zone=ZONE)
    return case(
        prepared.panel, features=prepared.known.features, vocabulary=VOCABULARY, parts=parts
    )


@cache
def bought_case() -> Case:
    """Buyers and the features of the catalog alone."""
    return buyers_case()
