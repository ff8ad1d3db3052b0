"""The model beside simple rules, and how surely it is better."""

import numpy as np

from models.judging.bootstrap import Interval
from serving.pages.view import Cell, Section, Table, figure, section, word
from serving.reports.material import BEST_AT_ONE, HIGHER_IS_BETTER, Material

MEANINGS = ("auc", "log_loss")
"""The metrics by which the model is held against each baseline."""


def baselines(told: Material) -> Section:
    """The model beside its baselines, and how surely it is better."""
    if len(told.predictors) < len(("model", "baseline")):
        return section(told.words, "baselines")
    tables = [_metrics(told), _differences(told)]
    return section(told.words, "baselines", tables=[table for table in tables if table.rows])


def _metrics(told: Material) -> Table:
    words, rows = told.words, list[list[Cell]]()
    for metric in told.metrics:
        values = told.pooled(metric)
        best = _best(values, metric)
        cells = [
            figure(
                f"{'● ' if name in best else ''}{words.number(one.value, 3)}",
                words.between(one.low, one.high),
                "best" if name in best else "",
            )
            for name, one in ((name, values[name]) for name in told.predictors if name in values)
        ]
        rows.append([word(words.name("metric", metric)), *cells])
    names = [words.name("predictor", name) for name in told.predictors]
    head = [words.say("baselines.metric"), *names]
    return Table(caption=words.say("baselines.caption"), head=head, rows=rows)


def _best(values: dict[str, Interval], metric: str) -> set[str]:
    """Whoever is best in a metric, ties included."""
    if metric in BEST_AT_ONE:
        off = {name: abs(np.log(max(one.value, 1e-9))) for name, one in values.items()}
    else:
        sign = -1 if HIGHER_IS_BETTER.get(metric, True) else 1
        off = {name: sign * one.value for name, one in values.items()}
    least = min(off.values())
    return {name for name, value in off.items() if value == least}


def _differences(told: Material) -> Table:
    words, shown = told.words, [name for name in MEANINGS if told.margins(name)]
    margins = {metric: told.margins(metric) for metric in shown}
    rows = [
        [
            word(words.name("predictor", rule)),
            *(_margin(told, metric, margins[metric][rule]) for metric in shown),
        ]
        for rule in dict.fromkeys(rule for found in margins.values() for rule in found)
    ]
    names = [words.name("metric", metric) for metric in shown]
    headings = [words.say("baselines.difference", metric=name) for name in names]
    head = [words.say("baselines.rule"), *headings]
    return Table(caption=words.say("baselines.differences"), head=head, rows=rows)


def _margin(told: Material, metric: str, one: Interval) -> Cell:
    words, sign = told.words, 1 if HIGHER_IS_BETTER[metric] else -1
    is_sure = min(sign * one.low, sign * one.high) > 0
    reading = "surely" if is_sure else "better" if sign * one.value > 0 else "worse"
    mark = {"surely": "good", "better": "fair", "worse": "bad"}[reading]
    low, high = (words.number(bound, 3, signed=True) for bound in (one.low, one.high))
    told_by = f"{words.number(one.value, 3, signed=True)} ({low} {words.say('to')} {high})"
    return figure(told_by, words.say(f"baselines.{reading}"), mark)
