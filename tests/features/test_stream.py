"""A panel that goes to the disk is the panel that is built in memory."""

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from wholes import PARAMS, VOCABULARY, wholes
from worlds import cutoffs_in

from features import build as engine
from features.build import build
from features.catalog import Vocabulary
from features.contracts import INSTANT
from features.engine import shares
from features.engine.shares import batches_of, shared
from features.engine.stream import scan, stream
from features.errors import DataRefused
from features.families import catalog
from features.known.told import Told

FEATURES = catalog(PARAMS, VOCABULARY).features
VISITS = catalog(PARAMS, Vocabulary(pairs=(("web", "visit"),))).features
ZONE = ZoneInfo("UTC")


def written(parts, folder: Path, zone: ZoneInfo = ZONE, features=VISITS) -> pl.DataFrame:
    stream(parts, cutoffs_in(zone), features, zone, folder)
    return scan(folder).sort("cutoff", "customer_id").collect()


@pytest.mark.slow
@given(world=wholes(), chunk=st.integers(1, 20), parts=st.integers(1, 5))
def test_the_streamed_panel_is_the_built_one(world, chunk, parts, tmp_path_factory):
    told, zone = world
    folder = tmp_path_factory.mktemp("panel") / "whole"
    whole = build(told, None, cutoffs_in(zone), FEATURES, zone)
    if whole.is_empty():
        return
    place = pl.col("customer_id").hash(seed=3) % parts
    cut = [told.map(lambda rows, at=at: rows.filter(place == at)) for at in range(parts)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "CHUNK_EVENTS", chunk)
        assert_frame_equal(whole, written(cut, folder, zone, FEATURES))


@given(
    world=wholes(), rows=st.integers(1, 9), most=st.integers(1, 30), held=st.sampled_from([0, 9])
)
def test_shares_hold_every_event_once_whatever_the_batches(world, rows, most, held):
    events = world[0].events
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shares, "SHARE_EVENTS", most)
        patch.setattr(shares, "HELD_BYTES", held * 9999)
        cut = shared(events.iter_slices(rows), events.height)
        parts = [told.events for told in cut]
    assert len(parts) == max(1, -(-events.height // most))
    everyone = [customer for part in parts for customer in part["customer_id"].unique()]
    assert len(everyone) == len(set(everyone)) == events["customer_id"].n_unique()
    if events.height:
        assert_frame_equal(pl.concat(parts).sort(events.columns), events.sort(events.columns))


def some_events(number: int = 50) -> pl.DataFrame:
    last = cutoffs_in(ZONE)[-1]
    return pl.DataFrame(
        {
            "customer_id": [f"c{at % 7}" for at in range(number)],
            "occurred_at": [last - timedelta(hours=1)] * number,
            "channel": "web",
            "step": "visit",
            "value": 1,
        },
        schema_overrides={"occurred_at": INSTANT},
    )


def test_a_file_of_events_is_read_some_rows_at_a_time(tmp_path):
    some_events().write_parquet(tmp_path / "events.parquet")
    told = list(batches_of(tmp_path / "events.parquet", ["customer_id", "step"]))
    assert [part.columns for part in told] == [["customer_id", "step"]]
    assert sum(part.height for part in told) == 50


def test_a_folder_that_is_there_is_left_alone(tmp_path):
    (tmp_path / "panel").mkdir()
    with pytest.raises(DataRefused, match="already"):
        written([Told(events=some_events())], tmp_path / "panel")


def test_a_panel_that_fails_half_way_leaves_no_folder_and_may_be_written_again(tmp_path):
    good = Told(events=some_events())
    bad = Told(events=some_events().drop("occurred_at"))
    with pytest.raises(Exception, match="occurred_at"):
        written([good, bad], tmp_path / "panel")
    assert not (tmp_path / "panel").exists()
    assert written([good], tmp_path / "panel").height == 21
    assert [path.name for path in tmp_path.iterdir()] == ["panel"]
