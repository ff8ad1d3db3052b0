"""Journey: where a customer stands, since when, and by which way."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from features.catalog import Compute, Feature, FeatureParams, Vocabulary, plain
from features.clock import MICROSECONDS_PER_DAY
from features.known.asof import AsOf, Floats, ratio
from features.known.needs import Needs
from features.known.past import Past
from features.known.trace import Ints
from features.known.windows import telling
from features.traits.journeys import Journey, Ladder, best_rank, first, into, last


def stage(past: Past, ladder: Ladder) -> Floats:
    """The stage; NaN if none was told."""
    return Journey.of(past, ladder).told(lambda moves: _or_nan(_at_last(moves, "stage")))


def stage_before(past: Past, ladder: Ladder) -> Floats:
    """The stage before the present one; NaN if there was none."""
    return Journey.of(past, ladder).told(lambda moves: _or_nan(_at_last(moves, "before")))


def stage_rank(past: Past, ladder: Ladder) -> Floats:
    """Rank of the stage, from 1; NaN outside the order."""
    here = Journey.of(past, ladder).told(lambda moves: _at_last(moves, "stage"))
    return np.where(ladder.ranked(here), here + 1.0, np.nan)


def stage_rank_best(past: Past, ladder: Ladder) -> Floats:
    """Rank of the highest stage so far; NaN if none was in the order."""

    def best(moves: AsOf) -> Ints:
        ranks = moves.kept("best", lambda: best_rank(ladder, moves))
        return moves.taken(ranks, last(moves), 0)

    rank = Journey.of(past, ladder).told(best)
    return np.where(rank > 0, rank, np.nan)


def stage_ranks_below_best(past: Past, ladder: Ladder) -> Floats:
    """Ranks from the present stage up to the highest so far; NaN outside the order."""
    return stage_rank_best(past, ladder) - stage_rank(past, ladder)


def days_in_stage(past: Past, ladder: Ladder) -> Floats:
    """Days, with fraction, since the present stage was entered."""
    return Journey.of(past, ladder).told(lambda moves: moves.days_since(last(moves)))


def days_since_first_stage(past: Past, ladder: Ladder) -> Floats:
    """Days, with fraction, since the first stage was entered."""
    return Journey.of(past, ladder).told(lambda moves: moves.days_since(first(moves)))


def days_per_stage_left(past: Past, ladder: Ladder) -> Floats:
    """Mean days in the stages that were left; NaN if none was."""

    def mean(moves: AsOf) -> Floats:
        span = moves.taken(moves.at, last(moves), 0) - moves.taken(moves.at, first(moves), 0)
        left = np.maximum(moves.position - moves.trace.starts - 1, 0)
        return ratio(span, left * MICROSECONDS_PER_DAY)

    return Journey.of(past, ladder).told(mean)


def days_since_stage(past: Past, ladder: Ladder, word: str) -> Floats:
    """Days, with fraction, since a stage was last entered."""
    number = ladder.values.index(word)
    return Journey.of(past, ladder).told(
        lambda moves: moves.days_since(moves.last_of(into(moves, number), number))
    )


def visits_to_stage(past: Past, ladder: Ladder, word: str) -> Ints:
    """How often a stage was entered."""
    number = ladder.values.index(word)
    return Journey.of(past, ladder).told(lambda moves: moves.number_of(into(moves, number), number))


def stage_moves(past: Past, ladder: Ladder, kind: str, days: int | None) -> Ints:
    """Number of moves of a kind."""
    return Journey.of(past, ladder).count(kind, days)


def stages_disagree(past: Past, ladder: Ladder) -> Floats:
    """1 where sources and rules tell other stages; NaN where either tells none."""
    journey = Journey.of(past, ladder)
    stated, derived = (_at_last(one, "stage") for one in (journey.stated, journey.derived))
    return np.where((stated >= 0) & (derived >= 0), stated != derived, np.nan)


def _at_last(moves: AsOf, column: str) -> Ints:
    return moves.taken(moves.columns[column], last(moves), -1)


def _or_nan(number: npt.NDArray[Any]) -> Floats:
    return np.where(number >= 0, number, np.nan)


ONCE: dict[Compute, tuple[str, str]] = {
    stage_rank: ("rank", "rank of the stage from 1; empty in none and in an exit"),
    stage_rank_best: (
        "rank",
        "rank of the highest stage so far, from 1; empty if none was in the order",
    ),
    stage_ranks_below_best: (
        "ranks",
        "ranks from the stage up to the highest so far; empty in none and in an exit",
    ),
    days_in_stage: ("days", "days since the stage was entered; empty in none"),
    days_since_first_stage: (
        "days",
        "days since the first stage was entered; empty if there was none",
    ),
    days_per_stage_left: ("days", "mean days in the stages that were left; empty if none was"),
    stages_disagree: (
        "flag",
        "1 if sources and rules tell other stages, else 0; empty if either tells none",
    ),
}
"""Unit and meaning of what is told of the whole journey."""

MOVES = {
    "moves": "moves from one stage to another",
    "advances": "moves up the order",
    "regressions": "moves down the order",
    "exits": "moves out of the order into an exit, or from one exit into another",
    "reentries": "moves from an exit back into the order",
    "returns": "moves into a stage in which the customer had been before",
}


def journey(params: FeatureParams, vocabulary: Vocabulary) -> Iterator[Feature]:
    """The stage, the way to it and the visits to each; moves of all history and of some windows."""
    if "stage_history" not in vocabulary.tables or not vocabulary.stages:
        return
    ladder = Ladder(vocabulary.stages, vocabulary.exits)
    about: dict[str, Any] = {
        "family": "journey",
        "needs": Needs(tables=frozenset({"stage_history"}), stages=frozenset(ladder.values)),
    }
    yield from _stages(ladder, about)
    for function, (unit, meaning) in ONCE.items():
        yield Feature(
            name=function.__name__,
            unit=unit,
            meaning=meaning,
            function=function,
            arguments={"ladder": ladder},
            **about,
        )
    yield from _of_each_stage(ladder, about)
    yield from _moves(ladder, telling(params.windows_days), about)


def _stages(ladder: Ladder, about: dict[str, Any]) -> Iterator[Feature]:
    meanings = {
        stage: "the stage, by sources as soon as one states any, else by rules; empty in none",
        stage_before: "the stage before the present one; empty if there was none",
    }
    for function, meaning in meanings.items():
        yield Feature(
            name=function.__name__,
            unit="stage",
            meaning=meaning,
            function=function,
            arguments={"ladder": ladder},
            values=ladder.values,
            **about,
        )


def _of_each_stage(ladder: Ladder, about: dict[str, Any]) -> Iterator[Feature]:
    for word in ladder.values:
        arguments = {"ladder": ladder, "word": word}
        yield Feature(
            name=f"days_since_stage_{plain(word)}",
            unit="days",
            meaning=f"days since stage {word} was last entered; empty if it never was",
            function=days_since_stage,
            arguments=arguments,
            **about,
        )
        yield Feature(
            name=f"stage_visits_{plain(word)}",
            unit="visits",
            meaning=f"how often stage {word} was entered",
            function=visits_to_stage,
            arguments=arguments,
            whole=True,
            **about,
        )


def _moves(ladder: Ladder, windows: tuple[int, ...], about: dict[str, Any]) -> Iterator[Feature]:
    for kind, meaning in MOVES.items():
        for days in (None, *windows):
            yield Feature(
                name=f"stage_{kind}" + (f"_{days}d" if days else ""),
                unit="moves",
                meaning=meaning + (f" in the last {days} days" if days else ""),
                function=stage_moves,
                arguments={"ladder": ladder, "kind": kind, "days": days},
                whole=True,
                **about,
            )
