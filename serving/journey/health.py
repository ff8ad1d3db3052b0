"""Whether the model can be trusted: the newest watch, and what came true of earlier runs."""

from collections.abc import Iterator, Mapping
from typing import Any

from serving.journey.material import Material
from serving.pages.view import Cell, Section, Table, figure, heading, section, word
from serving.pages.words import Words
from serving.watching.health import ModelHealth
from serving.watching.matured import interval
from serving.watching.records import Kept
from serving.watching.words import sentence, words

METRICS = ("auc", "log_loss", "observed_over_expected", "ece")
ALARMS_MOST = 8
RUNS_MOST = 12
"""Matured runs on the page, the newest first."""


def health(told: Material) -> Section:
    """The verdict of the newest watch and why; each matured run, estimated then and true now."""
    found = told.health
    if found is None or (found.watch is None and not found.matured):
        return section(told.words, "health")
    speak, notes = words(told.words.language), list[str]()
    sheets = list[Table]()
    if found.watch is not None:
        notes = [*_graded(told, found.watch), *_watched(told, speak, found.watch.facts)]
        sheets += [*_changed(told, found.watch.facts), *_expected(told, speak, found.watch.facts)]
    sheets += _came_true(told, speak, found)
    return section(told.words, "health", notes=notes, tables=sheets)


def _graded(told: Material, watch: Kept) -> Iterator[str]:
    facts = watch.facts
    if "model_version" in facts:
        yield told.words.say(
            "health.graded",
            version=str(facts["model_version"]),
            grade=told.words.name("letter", str(facts["grade"])),
            date=told.day(watch.as_of.isoformat()),
        )


def _watched(told: Material, speak: Words, facts: Mapping[str, Any]) -> Iterator[str]:
    """What is advised and why, what could not be looked at."""
    language, advice = told.words.language, facts.get("advice") or {}
    if broken := advice.get("mend_first"):
        yield speak.say("verdict.mend", names=", ".join(broken))
    reasons = [sentence(language, "reason", one) for one in advice.get("reasons", ())]
    if reasons:
        yield f"{speak.say('verdict.retrain')} {'; '.join(reasons)}."
    elif not broken:
        yield speak.say("verdict.look" if facts.get("alarms") else "verdict.nothing")
    for note in facts.get("notes", ()):
        yield sentence(language, "note", note)


def _changed(told: Material, facts: Mapping[str, Any]) -> Iterator[Table]:
    """What is unlike what the model learned from, the gravest first."""
    grave = sorted(facts.get("alarms", ()), key=lambda one: one.get("severity") != "act")
    said = [heading(sentence(told.words.language, "alarm", one)) for one in grave[:ALARMS_MOST]]
    if said:
        yield Table(
            name="alarms",
            caption=told.words.say("health.changed"),
            head=[told.words.say("health.what")],
            rows=[[word(one)] for one in said],
        )


def _expected(told: Material, speak: Words, facts: Mapping[str, Any]) -> Iterator[Table]:
    """How good tonight's scores are expected to prove, before anybody knows."""
    estimate = facts.get("estimate")
    if not estimate:
        return
    rows = [
        [word(speak.say(f"metric.{name}")), _measured(told, estimate.get(name))]
        for name in METRICS
        if estimate.get(name)
    ]
    head = [heading(speak.say(f"heading.{key}")) for key in ("metric", "value")]
    yield Table(
        name="estimate", caption=heading(speak.say("heading.expected")), head=head, rows=rows
    )


def _came_true(told: Material, speak: Words, found: ModelHealth) -> Iterator[Table]:
    """A row a matured run and metric: what came true, what was estimated, what was learned."""
    rows = list[list[Cell]]()
    for one in [run for run in found.matured if run.facts.get("true")][:RUNS_MOST]:
        columns = [one.facts.get(key) or {} for key in ("true", "estimated", "backtest")]
        for name in METRICS:
            cells = (_measured(told, column.get(name)) for column in columns)
            day = told.day(one.as_of.isoformat())
            rows.append([word(day), word(speak.say(f"metric.{name}")), *cells])
    if rows:
        keys = ("as_of", "metric", "true", "estimated", "backtest")
        head = [heading(speak.say(f"heading.{key}")) for key in keys]
        yield Table(
            name="matured",
            folded=True,
            caption=told.words.say("health.matured"),
            head=head,
            rows=rows,
        )


def _measured(told: Material, value: Mapping[str, float | None] | None) -> Cell:
    one = interval(value)
    return figure(told.words.number(one.value, 3), told.words.between(one.low, one.high))
