"""What must be true of every feature, whatever the world: the whole catalog, to the bit."""

import random
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from wholes import EVERYBODY, PARAMS, VOCABULARY, wholes, world
from worlds import cutoffs_in

from features import build as engine
from features.families import FAMILIES, catalog
from features.known import trace
from features.known.told import Told
from features.own.laws import LAWS, World, company

EXAMPLES = max(3, settings().max_examples // 5)
"""The whole catalog is built several times an example, so that few of them say much."""

FEATURES = catalog(replace(PARAMS, families=tuple(FAMILIES)), VOCABULARY).features


def of(told: Told, zone: ZoneInfo) -> World:
    return World(told=told, customers=EVERYBODY, cutoffs=cutoffs_in(zone), zone=zone)


@pytest.mark.parametrize("law", LAWS)
@settings(max_examples=EXAMPLES)
@given(whole=wholes())
def test_no_feature_breaks_a_law(law, whole):
    assert LAWS[law](of(*whole), FEATURES) == {}


@pytest.mark.slow
def test_every_feature_says_all_that_it_reads():
    zone = ZoneInfo("Europe/Berlin")
    assert company(of(world(random.Random(11), zone, 300), zone), FEATURES) == {}


@settings(max_examples=EXAMPLES)
@given(whole=wholes())
def test_no_corrections_are_told_alike_with_and_without_the_column(whole):
    told, zone = whole
    latest = told.map(lambda rows: rows.filter(pl.col("superseded_at").is_null()))
    bare = latest.map(lambda rows: rows.drop("superseded_at"))
    assert_frame_equal(of(latest, zone).panel(FEATURES), of(bare, zone).panel(FEATURES))


@settings(max_examples=EXAMPLES)
@given(whole=wholes(), weeks=st.integers(-60, 60))
def test_shifting_the_world_by_weeks_changes_nothing(whole, weeks):
    told, _ = whole
    zone = ZoneInfo("Asia/Jakarta")  # no daylight saving, so a week is always as long
    by = timedelta(weeks=weeks)
    later = told.map(lambda rows: rows.with_columns(pl.col(pl.Datetime) + by))
    moved = of(later, zone).at(*(cutoff + by for cutoff in cutoffs_in(zone))).panel(FEATURES)
    moved = moved.with_columns(pl.col("cutoff") - by)
    before = of(told, zone).panel(FEATURES)
    exact = pl.exclude(*(f.name for f in FEATURES if f.family == "decay"))  # by the hour of an age
    assert_frame_equal(before.select(exact), moved.select(exact), check_exact=True)
    assert_frame_equal(before, moved, rel_tol=1e-3, abs_tol=1e-3)


@settings(max_examples=EXAMPLES)
@given(whole=wholes(), chunk=st.integers(1, 5), bits=st.sampled_from([45, 49, 63]))
def test_how_the_work_is_cut_changes_nothing(whole, chunk, bits):
    one = of(*whole)
    before = one.panel(FEATURES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "CHUNK_EVENTS", chunk)
        patch.setattr(trace, "KEY_BITS", bits)
        assert_frame_equal(before, one.panel(FEATURES, threads=2), check_exact=True)


@settings(max_examples=EXAMPLES)
@given(whole=wholes())
def test_ids_that_are_numbers_change_nothing(whole):
    told, zone = whole
    numbers = {name: 2**at for at, name in enumerate(EVERYBODY)}
    numbered = told.map(
        lambda rows: rows.with_columns(
            pl.col("customer_id").replace_strict(numbers, return_dtype=pl.Int32)
        )
    )
    customers = pl.Series("customer_id", list(numbers.values()), dtype=pl.Int32)
    rows = replace(of(numbered, zone), customers=customers).panel(FEATURES)
    before = of(told, zone).panel(FEATURES)
    assert_frame_equal(before.drop("customer_id"), rows.drop("customer_id"), check_exact=True)
