"""Each law catches who breaks it, by name, and nobody else."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from worlds import PAIRS, border_world, cutoffs_in

from features.catalog import Feature, reads
from features.known.compact import NEVER
from features.known.needs import NOTHING, Needs
from features.known.past import EVERYTHING, Where
from features.known.told import Told
from features.own.laws import LAWS, World, company

ZONE = ZoneInfo("Asia/Jakarta")
TALLY = iter(range(10**6))


def lawful(past):
    """Number of events in a week."""
    return past.count(EVERYTHING, 7)


def of_all_time(past):
    """Number of events, whenever they happen."""
    return np.broadcast_to(past.trace.ends - past.trace.starts, past.shape)


def corrected_one_day(past):
    """Number of events that will be corrected."""
    later = past.columns.get("superseded_at", np.full(len(past.at), NEVER))
    return past.sum_of("corrected_one_day", lambda: later < NEVER)


def last_to_come(past):
    """The step of the last event, of equals that of the one that came last."""
    return past.taken(past.columns["step"], past.last_row(), 9)


def beside_the_crowd(past):
    """Events beyond those of the average customer."""
    return past.count() - past.count().mean()


def beside_the_last_cutoff(past):
    """Days to the last of the cutoffs."""
    cutoffs = past.cutoffs.reshape(len(past.cutoffs), -1)
    return cutoffs.max() - cutoffs + past.count()


def by_the_tally(past):
    """How many arrays were made before."""
    return np.full(past.shape, next(TALLY))


def undeclared(past):
    """Number of events in four weeks."""
    return past.count(EVERYTHING, 28)


def spoiler(past):
    """A year beyond every event."""
    past.at[:] += 31_536_000_000_000
    return past.count()


def last_silence(past):
    """Days since the last event."""
    return past.days_since_last()


def made(function, needs: Needs = NOTHING) -> Feature:
    return Feature(
        name=function.__name__,
        family="made",
        unit="events",
        meaning="made up for a law",
        function=function,
        needs=needs,
    )


LAWFUL = [made(lawful, reads(Where(step="visit"), 7, 28)), made(last_silence)]
BREAKERS = {
    "future": made(of_all_time),
    "unknown": made(corrected_one_day),
    "order": made(last_to_come, Needs(steps=frozenset(step for _, step in PAIRS))),
    "crowd": made(beside_the_crowd),
    "cutoffs": made(beside_the_last_cutoff),
    "work": made(by_the_tally),
}


@pytest.fixture(scope="module")
def world():
    events = border_world(ZONE)
    twins = events.with_columns(
        step=pl.lit("email_open"), source_key=pl.lit("twin of ") + pl.col("source_key")
    )
    return World.of(Told(events=pl.concat([events, twins])), cutoffs_in(ZONE), ZONE)


@pytest.mark.parametrize("law", LAWS)
def test_a_law_names_who_breaks_it(world, law):
    broken = LAWS[law](world, [*LAWFUL, BREAKERS[law]])
    assert {*broken} == {BREAKERS[law].name}
    assert " values differ; the first, at " in broken[BREAKERS[law].name]


@pytest.mark.parametrize("law", LAWS)
def test_a_law_is_silent_where_nobody_breaks_it(world, law):
    assert LAWS[law](world, LAWFUL) == {}


def test_what_another_feature_declared_is_missed_alone(world):
    broken = company(world, [*LAWFUL, made(undeclared)])
    assert broken == {"undeclared": "ends with KeyError"}


def test_a_feature_that_spoils_the_past_is_seen_by_its_victims(world):
    spoiled = [made(spoiler), *LAWFUL]
    assert "last_silence" in company(world, spoiled)
    assert "last_silence" in LAWS["order"](world, spoiled)


@pytest.mark.parametrize("law", LAWS)
def test_a_world_without_anybody_breaks_nothing(law):
    nothing = Told(events=border_world(ZONE).head(0))
    empty = World.of(nothing, [datetime(2026, 3, 1, tzinfo=UTC)], ZONE)
    assert LAWS[law](empty, LAWFUL) == {}
