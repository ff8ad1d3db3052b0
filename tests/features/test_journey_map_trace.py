"""The trace of one customer, for a page of their own."""

from datetime import UTC, datetime

import lakes

from features.journey_map.trace import trace_of

MARCH_3 = datetime(2026, 3, 3, tzinfo=UTC)


def test_a_trace_is_of_one_customer_and_ends_before_the_cutoff(tmp_path):
    snapshot = lakes.write(tmp_path / "lake", lakes.ROWS).snapshot
    found = trace_of(snapshot, "ana", MARCH_3)
    assert found.events["step"].tolist() == ["step 1", "step 2"]
    assert (found.events["occurred_at"] < MARCH_3).all()
    assert found.attributes == {"plan": "gold"}
    assert found.stays.empty
    assert found.contracts.empty


def test_of_a_stranger_nothing_is_told(tmp_path):
    snapshot = lakes.write(tmp_path / "lake", lakes.ROWS).snapshot
    found = trace_of(snapshot, "nobody", MARCH_3)
    assert found.events.empty
    assert found.attributes == {}
