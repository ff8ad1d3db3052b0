"""A source is mapped in batches only where that changes nothing."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from polars.testing import assert_frame_equal
from readings import read

from features.sources import SourceSpec
from features.sources.expressions import by_row
from features.sources.kinds import csv as csv_kind

ZONE = ZoneInfo("Asia/Jakarta")


def spec(value: str) -> SourceSpec:
    columns = {"customer_id": "who", "occurred_at": "at", "channel": "'web'", "step": "'visit'"}
    return SourceSpec(
        name="visits", kind="csv", path="visits.csv", columns={**columns, "value": value}
    )


BY_ROW = [
    "v",
    "'1'",
    "TRY_CAST(v AS DOUBLE) - TRY_CAST(v AS DOUBLE)",
    "CASE WHEN who = 'ana' THEN v ELSE '0' END",
]
TOGETHER = [
    "SUM(CAST(v AS DOUBLE))",
    "MAX(v)",
    "COALESCE(MAX(v), v)",
    "ROW_NUMBER() OVER (ORDER BY v)",
    "CAST(v AS DOUBLE) - AVG(CAST(v AS DOUBLE))",
]


@pytest.mark.parametrize("value", BY_ROW)
def test_what_looks_at_one_row_is_mapped_in_batches(value):
    assert by_row(spec(value))


@pytest.mark.parametrize("value", TOGETHER)
def test_what_looks_at_all_rows_is_not(value):
    assert not by_row(spec(value))


@pytest.mark.parametrize("value", [*BY_ROW, *TOGETHER])
def test_the_size_of_a_batch_changes_nothing(value, tmp_path, monkeypatch):
    shapes = ["2026-03-0{}", "2026-03-0{}T10:00:00Z", "2026-03-0{} 10:00:00", "{}/3/2026"]
    lines = [f"{'ana' if n % 3 else ''},{shapes[n % 4].format(n % 5 + 1)},{n}" for n in range(40)]
    (tmp_path / "visits.csv").write_text("\n".join(["who,at,v", *lines, "short", lines[1]]))

    def mapped():
        as_of = datetime(2026, 4, 1, tzinfo=UTC)
        return read([spec(value)], tmp_path, as_of=as_of, zone=ZONE, max_quarantine_share=1)

    whole = mapped()
    monkeypatch.setattr(csv_kind, "_BYTES_AT_ONCE", 50)
    parts = mapped()
    assert_frame_equal(parts.events, whole.events, check_row_order=False)
    assert_frame_equal(parts.quarantine, whole.quarantine)
    assert parts.sources[0].rows_read == 42
