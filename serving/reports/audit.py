"""Whether to trust it: the checks, the leakage audit, the champion, how probabilities spread."""

import math
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from models.judging.bootstrap import POOLED
from serving.pages.view import Cell, Figure, Section, Table, figure, section, word
from serving.reports import figures
from serving.reports.material import HIGHER_IS_BETTER, Material

PASSED, FAILED, INFORMS = "✓", "✗", "○"


def checks(told: Material) -> Section:
    """The checks of promotion, and the sentences of the grade."""
    words, found = told.words, told.verdict.checks
    cells = [
        [
            word(words.name("checks", check.code), check.code),
            _result(told, "yes" if check.passed else "no", is_passed=check.passed),
            word(check.sentence),
        ]
        for check in found
    ]
    head = [words.say(f"checks.{key}") for key in ("check", "result", "seen")]
    table = Table(caption=words.say("checks.caption"), head=head, rows=cells)
    grade = told.trial.grade
    notes = [f"{words.say('checks.grade')} ({grade.letter}): {'; '.join(grade.reasons)}"]
    return section(words, "checks", notes=notes, tables=[table] if found else ())


def leakage(told: Material) -> Section:
    """What was tried to prove that the model has seen its label."""
    words, rows = told.words, told.evidence.leakage
    if rows.empty:
        return section(words, "leakage")
    cells = [
        [
            word(*_tried(told, row)),
            figure(_told(told, row["value"])),
            figure(_told(told, row["limit"])),
            _audited(told, row["limit"], is_passed=bool(row["passed"])),
        ]
        for row in rows.to_dict("records")
    ]
    head = [words.say(f"leakage.{key}") for key in ("test", "value", "limit", "result")]
    table = Table(caption=words.say("leakage.caption"), head=head, rows=cells)
    return section(words, "leakage", tables=[table])


def champion(told: Material) -> Section:
    """The challenger beside the champion."""
    words, rows = told.words, told.evidence.against_champion
    if rows.empty:
        return section(words, "champion")
    pooled = rows["origin"].eq(POOLED)
    tables = [_against(told, rows.loc[pooled], words.say("champion.caption"), is_pooled=True)]
    if not all(pooled):
        tables.append(_against(told, rows.loc[~pooled], words.say("champion.origins")))
    return section(words, "champion", tables=tables)


def scores(told: Material) -> Section:
    """How the probabilities spread, one histogram an outcome."""
    words, rows = told.words, told.evidence.scores
    if rows.empty:
        return section(words, "scores")
    drawn: list[Figure] = []
    for at, outcome in enumerate(told.shown(rows)):
        own, title = rows.loc[rows["outcome"].eq(outcome)], words.name("outcome", outcome)
        commonest = max(own.to_dict("records"), key=lambda row: row["rows"])
        low, high = (words.percent(commonest[bound]) for bound in ("low", "high"))
        description = words.say(
            "scores.told", rows=int(own["rows"].to_numpy().sum()), low=low, high=high
        )
        svg = figures.histogram(f"scores{at}", own, words, title, description)
        drawn.append(Figure(svg=svg, title=title, caption=description))
    return section(words, "scores", notes=told.unshown(rows), figures=drawn)


def _tried(told: Material, row: Mapping[Hashable, Any]) -> tuple[str, str]:
    """What a test is called, and in its own words what it did and found."""
    title = told.words.name("audit", row["code"])
    return title, " ".join(filter(None, (f"{row['code']}:", row["test"], row["note"])))


def _result(told: Material, key: str, *, is_passed: bool) -> Cell:
    sign, mark = (PASSED, "good") if is_passed else (FAILED, "bad")
    return Cell(text=f"{sign} {told.words.say(key)}", mark=mark, number=False)


def _audited(told: Material, limit: float, *, is_passed: bool) -> Cell:
    if not math.isfinite(limit):
        return Cell(text=f"{INFORMS} {told.words.say('informs')}", number=False)
    return _result(told, "passed" if is_passed else "alarm", is_passed=is_passed)


def _told(told: Material, value: float) -> str:
    return told.words.number(value, 0 if float(value).is_integer() else 3)


def _against(told: Material, rows: pd.DataFrame, caption: str, *, is_pooled: bool = False) -> Table:
    words = told.words
    keys = ("champion.champion", "champion.challenger", "champion.difference")
    head = [words.say("baselines.metric"), *(words.say(key) for key in keys)]
    cells = [
        [
            word(words.name("metric", row["metric"]), "" if is_pooled else row["origin"]),
            figure(words.number(row["champion"], 3)),
            figure(words.number(row["challenger"], 3)),
            _change(told, row),
        ]
        for row in rows.to_dict("records")
    ]
    return Table(caption=caption, head=head, rows=cells, folded=not is_pooled)


def _change(told: Material, row: Mapping[Hashable, Any]) -> Cell:
    words, metric = told.words, str(row["metric"])
    value, low, high = (float(row[name]) for name in ("difference", "low", "high"))
    sign = {True: 1, False: -1, None: 0}[HIGHER_IS_BETTER.get(metric)]
    is_better, is_worse = min(sign * low, sign * high) > 0, max(sign * low, sign * high) < 0
    reading = words.say(f"champion.{'better' if is_better else 'worse' if is_worse else 'even'}")
    mark = "good" if is_better else "bad" if is_worse else ""
    note = " · ".join(filter(None, (words.between(low, high), reading if sign else "")))
    return figure(words.number(value, 3, signed=True), note, mark)
