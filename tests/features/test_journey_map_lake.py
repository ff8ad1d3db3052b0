"""The journey map, and the trace of one customer, out of the files of a lake."""

from datetime import UTC, datetime

import lakes
import pandas as pd
import polars as pl

from features.contracts import SPEND, STAGE_HISTORY
from features.journey_map import journey_map
from features.journey_map.trace import trace_of
from features.known.told import Told
from features.lake import Snapshot

MARCH_3 = datetime(2026, 3, 3, tzinfo=UTC)


def touches(snapshot: Snapshot, parts) -> pd.DataFrame:
    return journey_map(
        parts,
        pl.DataFrame(schema=SPEND.schema),
        cutoff=snapshot.as_of,
        zone=lakes.UTC_ZONE,
        order=("new",),
        exits=(),
        personas={"gold": "UPPER(plan) = 'GOLD'"},
    ).touches


def test_partitions_are_counted_as_what_they_hold_together(tmp_path):
    snapshot = lakes.write(tmp_path / "lake", lakes.ROWS, partitions=3).snapshot
    told = Told(events=snapshot.events(), customers=snapshot.customers())
    found = touches(snapshot, snapshot.told())
    pd.testing.assert_frame_equal(found, touches(snapshot, [told]))
    assert found.groupby("persona")["events"].sum().to_dict() == {"gold": 3, "other": 9}


def test_a_trace_is_of_one_customer_and_ends_before_the_cutoff(tmp_path):
    snapshot = lakes.write(tmp_path / "lake", lakes.ROWS).snapshot
    found = trace_of(snapshot, "ana", MARCH_3)
    assert found.events["step"].tolist() == ["step 1", "step 2"]
    assert (found.events["occurred_at"] < MARCH_3).all()
    assert found.attributes == {"plan": "gold"}
    assert found.stays.empty
    assert found.contracts.empty


def test_stays_are_those_of_the_voice_that_counts(tmp_path):
    def entry(day: int, stage: str, said_by: str) -> dict:
        at = datetime(2026, 3, day, tzinfo=UTC)
        clocks = {"entered_at": at, "known_at": at, "superseded_at": None}
        return {"customer_id": "ana", "stage": stage, **clocks, "direction": "", "said_by": said_by}

    entries = [entry(1, "aware", "rule"), entry(2, "looking", "crm"), entry(3, "aware", "rule")]
    told = pl.DataFrame(entries, schema=STAGE_HISTORY.schema)
    snapshot = lakes.write(tmp_path / "lake", lakes.ROWS, history=lambda _: told).snapshot
    found = trace_of(snapshot, "ana", snapshot.as_of).stays
    assert found["stage"].tolist() == ["aware", "looking"]
    assert found["left_at"].tolist() == [found["entered_at"][1], pd.NaT]
    assert trace_of(snapshot, "budi", snapshot.as_of).stays.empty


def test_of_a_stranger_nothing_is_told(tmp_path):
    snapshot = lakes.write(tmp_path / "lake", lakes.ROWS).snapshot
    found = trace_of(snapshot, "nobody", MARCH_3)
    assert found.events.empty
    assert found.attributes == {}
