"""Rules made for a target: by its own rhythm of customers, or by the ends of contracts."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from features.catalog import Feature
from features.families.contract import contract_notice, days_to_contract_end
from features.families.recency import days_since_last
from features.families.rhythm import gap_quantile, overdue_ratio_p90
from models.answers.rules import HIGH, MEDIUM, Rule, RulesModel
from models.judging.grades import EVENTS_LEAST, Grade
from models.learned.prepared import Prepared
from models.learning.ladder import RULES
from models.rows.activity import RECENCY
from models.rows.panel import Panel
from models.targets.churn import Churn
from models.targets.contractual import LEFT_DAYS, NOTICE
from models.trial import CHURN, Trial, treated

UNGRADED = "none"
"""The grade of what cannot be measured."""

QUIET, QUIETER = 0.5, 0.8
"""Quantiles of silence among those at risk from which on it is worth a look, and worrying."""

MEDIAN_TENTHS = 5


def rules_for(panel: Panel, features: Sequence[Feature], target: Churn) -> tuple[Rule, ...]:
    """The rules of a target, and their borders by the customers at risk.

    Of contracts: notice was given, or the term ends within the horizon, or within twice that. Of
    silence: longer than that of half, or of four in five, of those at risk; longer than nine in ten
    of the customer's own gaps; too few events to know a rhythm. Being overdue alone makes nobody
    high: on the shopping that was measured it tells little beside recency.
    """
    return tuple(_contract(features, target) if target.rises else _silence(panel, features, target))


def tellers(rules: Sequence[Rule], features: Sequence[Feature]) -> dict[str, str]:
    """Features that the rules read or speak by, with their definition hashes."""
    wanted = {name for rule in rules for name in (*rule.columns, rule.tells)}
    return {one.name: one.definition_hash for one in features if one.name in wanted}


def _silence(panel: Panel, features: Sequence[Feature], target: Churn) -> Iterator[Rule]:
    def own(function: object, **arguments: object) -> tuple[str, ...]:
        return tuple(
            one.name
            for one in features
            if one.function is function
            and one.arguments["where"].step in target.own_steps
            and all(one.arguments.get(name) == value for name, value in arguments.items())
        )

    silence = next(iter(own(days_since_last)), "")
    days = panel.column(RECENCY).to_numpy(np.float64)
    for quantile, points in ((QUIET, 2), (QUIETER, HIGH - 2)):
        border = float(np.nanquantile(days, quantile))
        yield Rule(columns=(RECENCY,), at_least=border, points=points, tells=silence)
    if overdue := own(overdue_ratio_p90):
        yield Rule(columns=overdue, at_least=1.0, points=MEDIUM, tells=overdue[0])
    if gaps := own(gap_quantile, tenths=MEDIAN_TENTHS):
        yield Rule(columns=gaps, points=2, tells=gaps[0])


def _contract(features: Sequence[Feature], target: Churn) -> Iterator[Rule]:
    names = {one.function: one.name for one in features}
    ends, notice = (names.get(one, "") for one in (days_to_contract_end, contract_notice))
    until = float(target.span_days[1])
    yield Rule(columns=(LEFT_DAYS,), below=until, points=HIGH - 1, tells=ends)
    yield Rule(columns=(LEFT_DAYS,), below=2 * until, points=1, tells=ends)
    yield Rule(columns=(NOTICE,), at_least=1.0, points=HIGH, tells=notice)


def ruled_trial(
    prepared: Prepared, target: Churn, because: str = "", further: tuple[str, ...] = ()
) -> Trial:
    """Rules in place of a model: there are too few who left to learn a probability from.

    `because` says what else stands in the way of one, and `further` explains that.
    """
    panel, features = prepared.panel, prepared.known.features
    rules = rules_for(panel, features, target)
    why = (
        f"{panel.events_rarer} rows in the rarer of churned and stayed: "
        f"{because or f'too few for a probability, which needs {EVENTS_LEAST}'}; rules give bands, "
        "which no grade is given to"
    )
    counts = {
        "rows": len(panel.rows),
        "customers": len(panel.column("customer_id").unique()),
        "positives": panel.events,
        "not_at_risk": panel.not_at_risk,
        "left_out": panel.left_out,
        **treated(panel),
        "measured_rows": 0,
        "measured_positives": 0,
    }
    model = RulesModel(**prepared.asked(), rules=rules, tier=RULES, grade=UNGRADED, rounds=0)
    columns = ["origin", "metric", "value", "low", "high"]
    return Trial(
        name=CHURN,
        model=replace(model, features=tellers(rules, features)),
        grade=Grade(UNGRADED, (why, *further)),
        metrics=pd.DataFrame(columns=["predictor", *columns]),
        differences=pd.DataFrame(columns=["baseline", *columns]),
        params=prepared.params.as_json(),
        lineage={**prepared.lineage(), "counts": counts, "ladder": {"tier": RULES, "why": why}},
        counts=counts,
    )
