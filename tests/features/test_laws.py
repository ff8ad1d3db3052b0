"""What must be true of every feature, whatever the world."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from worlds import PAIRS, cutoffs_in, event_rows, frame, instants, visible, worlds

from features import build as engine
from features import trace
from features.build import build
from features.catalog import FeatureParams, Vocabulary
from features.contracts import INSTANT
from features.families import FAMILIES, catalog
from features.told import Told

VOCABULARY = Vocabulary(pairs=PAIRS, steps_with_value=("visit", "email_click"))
FEATURES = catalog(FeatureParams(families=tuple(FAMILIES)), VOCABULARY).features
EVERYBODY = pl.Series("customer_id", ["a", "b", "dé", "nobody"])


def table(events: pl.DataFrame, zone: ZoneInfo, **kwargs) -> pl.DataFrame:
    kwargs.setdefault("cutoffs", cutoffs_in(zone))
    kwargs.setdefault("customers", EVERYBODY)
    return build(Told(events=events), features=FEATURES, zone=zone, **kwargs)


@given(world=worlds(), data=st.data())
def test_the_future_changes_nothing(world, data):
    events, zone = world
    cutoff = cutoffs_in(zone)[1]
    rumours = frame(data.draw(st.lists(event_rows(zone), max_size=10)), prefix="rumour")
    unseen = rumours.filter((pl.col("occurred_at") >= cutoff) | (pl.col("known_at") >= cutoff))
    before = table(events, zone, cutoffs=[cutoff])
    assert_frame_equal(before, table(pl.concat([events, unseen]), zone, cutoffs=[cutoff]))
    assert_frame_equal(before, table(visible(events, cutoff), zone, cutoffs=[cutoff]))


@given(world=worlds(), data=st.data())
def test_a_correction_that_is_not_known_yet_changes_nothing(world, data):
    events, zone = world
    cutoff = cutoffs_in(zone)[1]
    holding = pl.col("superseded_at").is_null() | (pl.col("superseded_at") >= cutoff)
    later = instants(zone).map(lambda instant: max(instant, cutoff))
    ends = [data.draw(st.none() | later) for _ in range(events.height)]
    corrected = events.with_columns(
        pl.when(holding)
        .then(pl.Series(ends, dtype=INSTANT))
        .otherwise("superseded_at")
        .alias("superseded_at")
    )
    before = table(events, zone, cutoffs=[cutoff])
    assert_frame_equal(before, table(corrected, zone, cutoffs=[cutoff]))


@given(world=worlds())
def test_what_was_superseded_by_the_first_cutoff_is_as_if_it_had_never_been(world):
    events, zone = world
    gone = pl.col("superseded_at") < cutoffs_in(zone)[0]
    assert_frame_equal(table(events, zone), table(events.filter(~gone.fill_null(False)), zone))


@given(world=worlds())
def test_no_corrections_are_told_alike_with_and_without_the_column(world):
    events, zone = world
    latest = events.filter(pl.col("superseded_at").is_null())
    assert_frame_equal(table(latest, zone), table(latest.drop("superseded_at"), zone))


@given(world=worlds(), seed=st.integers(0, 99))
def test_row_order_changes_nothing(world, seed):
    events, zone = world
    shuffled = events.sample(fraction=1.0, shuffle=True, seed=seed)
    assert_frame_equal(table(events, zone), table(shuffled, zone))


@given(world=worlds(), customer=st.sampled_from(["a", "dé"]))
def test_one_customer_alone_equals_the_same_in_the_crowd(world, customer):
    events, zone = world
    alone = events.filter(pl.col("customer_id") == customer)
    crowd = table(events, zone).filter(pl.col("customer_id") == customer)
    assert_frame_equal(table(alone, zone, customers=pl.Series("customer_id", [customer])), crowd)
    assert_frame_equal(table(events, zone, customers=pl.Series("customer_id", [customer])), crowd)


@given(world=worlds())
def test_many_cutoffs_at_once_equal_one_after_the_other(world):
    events, zone = world
    single = [table(events, zone, cutoffs=[cutoff]) for cutoff in cutoffs_in(zone)]
    assert_frame_equal(table(events, zone), pl.concat(single))


@given(world=worlds())
def test_building_twice_is_building_once(world):
    events, zone = world
    assert_frame_equal(table(events, zone), table(events, zone))


@given(world=worlds(), weeks=st.integers(-60, 60))
def test_shifting_the_world_by_weeks_changes_nothing(world, weeks):
    events, _ = world
    zone = ZoneInfo("Asia/Jakarta")  # no daylight saving, so a week is always as long
    by = timedelta(weeks=weeks)
    later = events.with_columns(pl.col("occurred_at", "known_at", "superseded_at") + by)
    moved = table(later, zone, cutoffs=[cutoff + by for cutoff in cutoffs_in(zone)])
    assert_frame_equal(table(events, zone), moved.with_columns(pl.col("cutoff") - by))


@given(world=worlds(), chunk=st.integers(1, 5), bits=st.sampled_from([45, 49, 63]))
def test_how_the_work_is_cut_changes_nothing(world, chunk, bits):
    events, zone = world
    whole = table(events, zone, threads=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "CHUNK_EVENTS", chunk)
        patch.setattr(trace, "KEY_BITS", bits)
        assert_frame_equal(whole, table(events, zone, threads=2))


@given(world=worlds())
def test_ids_that_are_numbers_change_nothing(world):
    events, zone = world
    numbers = {"a": 1, "b": 2, "dé": 40, "nobody": 600}
    numbered = events.with_columns(
        pl.col("customer_id").replace_strict(numbers, return_dtype=pl.Int32)
    )
    customers = pl.Series("customer_id", list(numbers.values()), dtype=pl.Int32)
    rows = table(numbered, zone, customers=customers)
    assert_frame_equal(table(events, zone).drop("customer_id"), rows.drop("customer_id"))
    outer_two = table(numbered, zone, customers=customers[[0, 2]])
    assert_frame_equal(rows.filter(pl.col("customer_id").is_in([1, 40])), outer_two)
