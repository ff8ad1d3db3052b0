"""What a model is worth in customers and money, a number and a sentence each."""

import math
from collections.abc import Iterator

import numpy as np

from serving.pages.view import Fact
from serving.reports.material import Material, near

CALLED = 0.1
"""The share of customers that is imagined to be contacted first."""

OUTCOMES_TOLD = 2
LEVEL_FINE = 0.05
"""Within so much of 1, observed over expected is as good as exact."""


def facts(told: Material) -> Iterator[Fact]:
    """The facts of a trial; one whose numbers are not told is left out."""
    if told.is_churn:
        yield from _hits(told, told.outcomes(1))
        yield from _captured(told)
        yield from _money(told)
        yield from _level(told)
    else:
        yield from _right(told)
        yield from _nearer(told)
        moves = [one for one in told.outcomes(OUTCOMES_TOLD + 1) if one not in {"stay", "none"}]
        yield from _hits(told, moves[:OUTCOMES_TOLD])


def _hits(told: Material, outcomes: list[str]) -> Iterator[Fact]:
    """How many of ten who are contacted first are those who were sought."""
    words, lift = told.words, told.evidence.lift
    for outcome in outcomes:
        rate, rows = told.rate(outcome), lift.loc[lift["outcome"].eq(outcome)]
        if rows.empty or not math.isfinite(rate):
            continue
        row = near(told.own(rows), CALLED)
        yield Fact(
            words.say("of_ten", value=words.number(min(10 * rate * row["lift"], 10), 1)),
            words.say(
                "fact.hits" if told.is_churn else "fact.hits_outcome",
                share=words.percent(row["share"]),
                random=words.number(10 * rate, 1),
                outcome=words.name("outcome", outcome),
            ),
        )


def _captured(told: Material) -> Iterator[Fact]:
    if told.evidence.lift.empty:
        return
    row = near(told.own(told.evidence.lift), CALLED)
    sentence = told.words.say("fact.captured", share=told.words.percent(row["share"]))
    yield Fact(told.words.percent(row["captured"]), sentence)


def _money(told: Material) -> Iterator[Fact]:
    """What contacting those above the profit cut would have brought."""
    words, evidence, rows = told.words, told.evidence, told.evidence.profit
    if rows.empty:
        return
    row = near(told.own(rows), evidence.profit_share if evidence.profit_share > 0 else 0.0)
    if not (evidence.profit_share > 0 and row["profit"] > 0):
        yield Fact(words.money(0, told.currency), words.say("fact.money_none"))
        return
    amount = words.money(1000 * row["profit"], told.currency)
    sentences = [words.say("fact.money", share=words.percent(evidence.profit_share))]
    others = rows.loc[rows["predictor"].isin([*told.rules])]
    if not others.empty:
        alike = np.isclose(others["share"].astype(float), float(row["share"]))
        best = words.money(1000 * others.loc[alike, "profit"].max(), told.currency)
        sentences.append(words.say("fact.money_rule", amount=best))
    yield Fact(amount, " ".join(sentences))


def _level(told: Material) -> Iterator[Fact]:
    """How many left for a hundred who were predicted to."""
    words, found = told.words, told.pooled("observed_over_expected")
    if not found:
        return
    ratio = next(iter(found.values())).value
    reading = "well" if abs(ratio - 1) <= LEVEL_FINE else "more" if ratio > 1 else "fewer"
    yield Fact(words.number(100 * ratio), words.say(f"fact.level_{reading}"))


def _right(told: Material) -> Iterator[Fact]:
    words, found, rule = told.words, told.pooled("accuracy"), told.best_rule("accuracy")
    if found and rule:
        number = words.say("of_hundred", value=words.number(100 * next(iter(found.values())).value))
        yield Fact(number, words.say("fact.right", rule=words.number(100 * rule[1])))


def _nearer(told: Material) -> Iterator[Fact]:
    """How much less surprise there is than under the best rule."""
    words, found, rule = told.words, told.pooled("log_loss"), told.best_rule("log_loss")
    if found and rule:
        less = 1 - next(iter(found.values())).value / rule[1]
        name = words.name("predictor", rule[0])
        key = "fact.nearer" if less >= 0 else "fact.not_nearer"
        yield Fact(words.percent(abs(less)), words.say(key, rule=name))
