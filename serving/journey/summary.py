"""The first screen: where it hurts and what it costs, in a few sentences."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from serving.journey.counts import totals
from serving.journey.doing import better, done
from serving.journey.material import Material
from serving.journey.pains import Row, kind, number, place, ranked
from serving.journey.places import NONE, dwelt, moved, stayed
from serving.journey.sankey import GROUPS
from serving.pages.view import Fact

RATINGS_LEAST = 20
"""Fewer ratings than this say nothing about a stage."""

SPELLS_LEAST = 20

TIMES_MOST = 20
"""To wait for more times as many outcomes is no advice."""


@dataclass(frozen=True)
class Card:
    """A question of the first screen and what is answered; `mark` is bad where it surely hurts."""

    name: str
    title: str
    sentences: Sequence[str]
    mark: str = ""


def cards(told: Material) -> list[Card]:
    """Where it hurts and what that costs, what is done about it, whether it gets better."""
    found = {
        "hurts": [*_hurts(told), *_slow(told), *_stuck(told), *_feeling(told)],
        "done": [*done(told)],
        "better": [*better(told), *_movement(told)],
    }
    marks = {"hurts": "bad" if any(row["certain"] for row in ranked(told)) else ""}
    return [
        Card(name, told.words.say(f"card.{name}"), said, marks.get(name, ""))
        for name, said in found.items()
    ]


def sentences(told: Material) -> list[str]:
    """What a manager should know first."""
    return [sentence for card in cards(told) for sentence in card.sentences]


def facts(told: Material) -> list[Fact]:
    """The journey in four numbers; what is counted of it where nobody tells a stage."""
    words, groups = told.words, _groups(told)
    if not groups:
        return _touched(told)
    standing = told.counts.frames["standing"]
    now = standing.loc[standing["month"].eq(told.counts.months[-1])] if len(standing) else standing
    customers = totals(now, ["stage"], "customers")
    here = sum(customers.get((stage,), NONE)[0] for stage in told.counts.order)
    shown = {
        "standing": here,
        **{name: groups.get(name, 0) for name in ("forward", "backward", "out")},
    }
    return [
        Fact(number=words.number(float(count)), sentence=words.say(f"fact.{name}"))
        for name, count in shown.items()
    ]


def _touched(told: Material) -> list[Fact]:
    words = told.words
    events = totals(told.counts.frames["touches"], ["channel"], "events")
    if not events:
        return []
    shown = {"touches": sum(count for (count,) in events.values()), "channels": float(len(events))}
    return [
        Fact(number=words.number(count), sentence=words.say(f"fact.{name}"))
        for name, count in shown.items()
    ]


def _groups(told: Material) -> dict[str, int]:
    rows = moved(told)
    sums = totals(rows.assign(group=rows["direction"].replace(GROUPS)), ["group"], "moves")
    return {name: int(moves) for (name,), (moves,) in sums.items()}


def _hurts(told: Material) -> Iterator[str]:
    words, found = told.words, ranked(told)
    if not found or told.pains is None:
        yield _painless(told)
        return
    first, is_sure = found[0], bool(found[0]["certain"])
    if not any(row["certain"] for row in found):
        yield words.say("summary.unproved", tried=sum(told.pains.tried.values()))
    yield words.say(
        "summary.hurts" if is_sure else "summary.suspected",
        place=place(told, first),
        kind=kind(told, first),
        days=told.pains.horizon_days,
        observed=words.percent(number(first, "observed")),
        expected=words.percent(number(first, "expected")),
        customers=words.number(number(first, "customers")),
    )
    costs = "summary.costs" if is_sure else "summary.may_cost"
    yield words.say(
        costs if number(first, "money") else "summary.there",
        money=told.about(number(first, "money")),
        low=told.about(number(first, "money_low")),
        high=told.about(number(first, "money_high")),
        now=words.number(number(first, "affected_now")),
    )
    if not is_sure:
        yield _how_far_from_proved(told, first)
    if len(found) > 1:
        second = found[1]
        yield words.say(
            "summary.others",
            count=len(found) - 1,
            proved=sum(bool(row["certain"]) for row in found[1:]),
            place=place(told, second),
            kind=kind(told, second),
        )


def _how_far_from_proved(told: Material, row: Row) -> str:
    """How many times as many outcomes would prove an excess, if it stays as it is."""
    half = (number(row, "high") - number(row, "low")) / 2
    times = math.ceil((half / number(row, "excess")) ** 2)
    if times > TIMES_MOST:
        return told.words.say("summary.hopeless", times=TIMES_MOST)
    return told.words.say("summary.more_needed", times=times)


def _painless(told: Material) -> str:
    if told.unasked:
        return told.words.say("pains.refused", why=told.unasked)
    return told.words.say("summary.unknown" if told.pains is None else "summary.painless")


def _movement(told: Material) -> Iterator[str]:
    groups = _groups(told)
    if not groups:
        yield told.words.say("summary.still")
        return
    names = ("entry", "forward", "backward", "out", "again")
    yield told.words.say("summary.moves", **{name: groups.get(name, 0) for name in names})


def _slow(told: Material) -> Iterator[str]:
    """The slowest of the stages that most leave forward: a long stay elsewhere may be good news."""
    medians = {
        stage: bounds[1]
        for stage, (spells, bounds) in ((name, dwelt(told, name)) for name in _onward(told))
        if spells >= SPELLS_LEAST and math.isfinite(bounds[1])
    }
    if medians:
        slowest = max(medians, key=lambda stage: medians[stage])
        days = told.span(medians[slowest], told.dwell_edges[-1])
        yield told.words.say("summary.slow", stage=told.stage(slowest), days=days)


def _stuck(told: Material) -> Iterator[str]:
    """The stage where most stand for longer than nearly anybody who left it took."""
    found = dict[str, tuple[float, float, float]]()
    for stage in _onward(told):
        (spells, bounds), (here, so_far) = dwelt(told, stage), stayed(told, stage)
        if min(spells, here) >= SPELLS_LEAST and so_far > bounds[2]:
            found[stage] = (here, so_far, bounds[2])
    if found:
        stage = max(found, key=lambda name: found[name])
        here, so_far, high = found[stage]
        last = told.dwell_edges[-1]
        yield told.words.say(
            "summary.stuck",
            stage=told.stage(stage),
            here=int(here),
            so_far=told.span(so_far, last),
            high=told.span(high, last),
        )


def _onward(told: Material) -> list[str]:
    """The stages that more leave forward than otherwise."""
    rows = moved(told)
    left = totals(
        rows.assign(group=rows["direction"].replace(GROUPS)), ["source", "group"], "moves"
    )
    return [
        stage
        for stage in told.counts.order
        if left.get((stage, "forward"), NONE)[0]
        > sum(left.get((stage, group), NONE)[0] for group in ("backward", "out"))
    ]


def _feeling(told: Material) -> Iterator[str]:
    frame = told.counts.frames["feelings"]
    sums = totals(frame, ["stage"], "sentiment", "ratings")
    means = {
        stage: (sentiment / ratings, int(ratings))
        for (stage,), (sentiment, ratings) in sums.items()
        if stage and ratings >= RATINGS_LEAST
    }
    if means:
        lowest = min(means, key=lambda stage: means[stage])
        mean, ratings = means[lowest]
        told_mean = told.words.number(mean, 2, signed=True)
        yield told.words.say(
            "summary.feeling", stage=told.stage(lowest), mean=told_mean, count=ratings
        )
