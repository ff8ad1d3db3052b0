"""The first screen: what was decided and why, what it means, what to do next."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models.judging.grades import EVENTS_STANDARD, ORIGINS_STANDARD
from models.judging.promotion import FORCE, NEVER
from serving.pages.view import Fact
from serving.reports.facts import facts
from serving.reports.material import Material
from serving.reports.steadiness import worst_origin

MARKS = {"A": "good", "B": "good", "C": "fair", "none": "fair", "F": "bad"}
LEVEL_OFF = 0.15
"""From here on totals are to be taken with care (observed over expected)."""

UNSTEADY = 0.05
"""From here on the worst date's AUC is far enough below the others to ask about."""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What a manager reads; `mark` is good, fair or bad, and words say the same."""

    heading: str
    origin: Sequence[str]
    letter: str
    mark: str
    grade: str
    tier: str
    decision: str
    is_promoted: bool
    against: Sequence[str]
    facts: Sequence[Fact]
    following: Sequence[str]
    rule: tuple[str, str, str]


def summary(told: Material) -> Summary:
    """The first screen of a report."""
    words, trial, verdict = told.words, told.trial, told.verdict
    return Summary(
        heading=words.say(f"kind.{trial.name}"),
        origin=tuple(_origin(told)),
        letter=words.name("letter", trial.grade.letter),
        mark="bad" if _is_alarmed(told) else MARKS.get(trial.grade.letter, "bad"),
        grade=words.say("grade.alarm" if _is_alarmed(told) else f"grade.{trial.grade.letter}"),
        tier=words.name("tier", trial.model.tier),
        decision=_decision(told),
        is_promoted=verdict.promoted,
        against=[words.name("against", check.code) for check in verdict.failed],
        facts=tuple(facts(told)),
        following=tuple(_following(told)),
        rule=_rule(told),
    )


def _origin(told: Material) -> Iterator[str]:
    words, trial = told.words, told.trial
    if watermark := trial.lineage.get("watermark"):
        through = words.date(trial.model.trained_through)
        yield words.say("page.data", watermark=words.date(str(watermark)), through=through)
    if rows := trial.counts.get("measured_rows"):
        yield words.say("page.measured", rows=rows, count=len(told.origins))


def _decision(told: Material) -> str:
    verdict = told.verdict
    if verdict.mode == FORCE and verdict.forced_by:
        return told.words.say("verdict.forced", who=verdict.forced_by, why=verdict.forced_why)
    if verdict.promoted:
        return told.words.say("verdict.promoted")
    return told.words.say("verdict.never" if verdict.mode == NEVER else "verdict.kept")


def _rule(told: Material) -> tuple[str, str, str]:
    """Whether the order of outreach is a rule or proved: title, text, and what was measured."""
    words, adoption = told.words, told.adoption
    measured = adoption.sentence if adoption else ""
    if adoption and adoption.adopted:
        return words.say("rule.proved_title"), words.say("rule.proved"), measured
    text = words.say("rule.churn" if told.is_churn else "rule.several")
    return words.say("rule.title"), text, measured


def _is_alarmed(told: Material) -> bool:
    return bool(told.evidence.alarms) or any(check.code == "M08" for check in told.verdict.failed)


def _following(told: Material) -> Iterator[str]:
    """What to do next, the most urgent first."""
    words, verdict = told.words, told.verdict
    if _is_alarmed(told):
        yield words.say("next.leak")
    if verdict.promoted:
        yield words.say("next.promoted")
    else:
        yield words.say("next.challenger")
        yield words.say("next.force")
    if told.trial.model.tier != "standard":
        yield words.say("next.experimental", events=EVENTS_STANDARD, origins=ORIGINS_STANDARD)
    yield from _cautions(told)
    if not (told.adoption and told.adoption.adopted):
        yield words.say("next.experiment")


def _cautions(told: Material) -> Iterator[str]:
    words, rows = told.words, told.trial.metrics
    ratio = _ratio(told)
    if math.isfinite(ratio) and abs(ratio - 1) > LEVEL_OFF:
        yield words.say("next.level", off=words.percent(abs(ratio - 1)))
    own = rows.loc[rows["predictor"].isin(told.predictors[:1]) & rows["metric"].eq("auc")]
    dated = own.loc[own["origin"].isin(told.origins)].set_index("origin")["value"]
    if len(dated) > 1 and float(dated.median() - dated.min()) > UNSTEADY:
        yield words.say("next.unsteady", origin=words.date(worst_origin(dated, "auc")))


def _ratio(told: Material) -> float:
    found = told.pooled("observed_over_expected")
    return next(iter(found.values())).value if found else math.nan
