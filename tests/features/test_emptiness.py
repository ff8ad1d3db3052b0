"""How often cells are empty: of late and before, by source and column."""

from datetime import timedelta

import polars as pl
from stored import NIGHT, in_lake

from features.contracts import EVENTS
from features.known.told import Told
from features.lake.emptiness import BEFORE, RECENT, emptiness

HOURS = int((RECENT + BEFORE) / timedelta(hours=1))


def test_empty_cells_are_counted_on_both_sides_of_the_border(tmp_path):
    times = [NIGHT + timedelta(hours=hour) for hour in range(-HOURS - 5, 5)]
    is_recent = [NIGHT - RECENT <= at < NIGHT for at in times]
    told = pl.DataFrame(
        {
            "customer_id": [f"c{number % 7}" for number in range(len(times))],
            "occurred_at": times,
            "channel": "web",
            "step": "order",
            "value": [None if recent else 100 for recent in is_recent],
            "sentiment": None,
            "known_at": times,
            "superseded_at": None,
            "source": ["shop" if number % 2 else "till" for number in range(len(times))],
            "source_key": [str(number) for number in range(len(times))],
        }
    ).cast(dict(EVENTS.schema))
    snapshot = in_lake(Told(events=told), tmp_path / "lake", partitions=3).snapshot
    found = {(one.source, one.column): one for one in emptiness(snapshot, NIGHT)}
    assert set(found) == {(s, c) for s in ("shop", "till") for c in ("value", "sentiment")}
    value = found["shop", "value"]
    assert (value.rows, value.empty) == (36, 36)
    assert (value.rows_before, value.empty_before) == (336, 0)
    assert (value.share, value.share_before) == (1, 0)
    assert found["till", "sentiment"].share_before == 1
    assert sum(one.rows for one in found.values()) == 2 * 72
