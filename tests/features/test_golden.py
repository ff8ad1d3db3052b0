"""Tables small enough to check by eye."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from worlds import frame

from features.build import build
from features.catalog import FeatureParams, Vocabulary
from features.errors import ContractBroken
from features.families import catalog
from features.hindsight import count_between
from features.known.told import Told

UTC_ZONE = ZoneInfo("UTC")


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def basket(
    customer: str, at: str, money: float, *, known: str = "", until: str = ""
) -> dict[str, object]:
    return {
        "customer_id": customer,
        "occurred_at": day(at),
        "known_at": day(known or at),
        "channel": "store",
        "step": "basket",
        "value": round(money * 10_000),
        "sentiment": None,
        "superseded_at": day(until) if until else None,
        "source": "tills",
    }


BASKETS = frame(
    [
        basket("ani", "2026-01-01T09:00", 10.0),
        basket("ani", "2026-01-05T09:00", 20.0),
        basket("ani", "2026-01-05T18:00", 1.5),  # the same day: no gap, one active day
        basket("ani", "2026-01-15T12:00", 30.0),
        basket("ani", "2026-01-29T00:00", 99.0),  # at the cutoff: future
        basket("budi", "2026-01-22T00:00", 5.0),  # at the start of the window: counts
        basket("budi", "2026-01-28T00:00", 7.0, known="2026-01-29T06:00"),  # heard of too late
    ]
)

GOLDEN = """
customer_id events_7d events_28d active_days_28d value_28d days_since_last gap_days_mean gap_days_median overdue_ratio
ani         0         4          3               61.5      13.5            7.0           7.0             1.928571
budi        1         1          1               5.0       7.0             None          None            None
nobody      0         0          0               0.0       None            None          None            None
"""  # noqa: E501


def test_a_table_to_check_by_eye():
    features = catalog(
        FeatureParams(windows_days=(7, 28)),
        Vocabulary(pairs=(("store", "basket"),), steps_with_value=("basket",)),
    )
    everyone = pl.Series("customer_id", ["budi", "ani", "nobody"])
    panel = build(Told(events=BASKETS), everyone, [day("2026-01-29")], features.features, UTC_ZONE)
    header, *lines = (line.split() for line in GOLDEN.strip().splitlines())
    rows = panel.select(header).iter_rows()
    found = [[str(round(x, 6) if isinstance(x, float) else x) for x in row] for row in rows]
    assert found == lines


CORRECTED = frame(
    [
        # Ani's till first said 10, on the 9th that it was 40, on the 20th that it was Budi.
        basket("ani", "2026-01-05T09:00", 10.0, until="2026-01-09T00:00"),
        basket("ani", "2026-01-05T09:00", 40.0, known="2026-01-09T00:00", until="2026-01-20T00:00"),
        basket("budi", "2026-01-05T09:00", 40.0, known="2026-01-20T00:00"),
        basket("ani", "2026-01-07T09:00", 1.0),
    ]
)

VERSIONS = """
cutoff      customer_id events_28d value_28d
2026-01-09  ani         2          11.0
2026-01-09  budi        0          0.0
2026-01-10  ani         2          41.0
2026-01-10  budi        0          0.0
2026-01-20  ani         2          41.0
2026-01-20  budi        0          0.0
2026-01-21  ani         1          1.0
2026-01-21  budi        1          40.0
"""


def test_each_cutoff_sees_the_version_that_was_known_then():
    header, *lines = (line.split() for line in VERSIONS.strip().splitlines())
    words = Vocabulary(pairs=(("store", "basket"),), steps_with_value=("basket",))
    features = catalog(FeatureParams(windows_days=(28,)), words).features
    cutoffs = [day(text) for text in dict.fromkeys(cutoff for cutoff, *_ in lines)]
    panel = build(Told(events=CORRECTED), None, cutoffs, features, UTC_ZONE)
    rows = panel.with_columns(pl.col("cutoff").dt.date()).select(header).iter_rows()
    assert [[str(value) for value in row] for row in rows] == lines


def test_labels_count_the_last_version_alone():
    days = count_between(CORRECTED, [day("2026-01-01")], 0, 28, ["basket"], UTC_ZONE)
    assert dict(days.select("customer_id", "events").iter_rows()) == {"ani": 1, "budi": 1}


def test_counts_after_the_cutoff_are_half_open():
    counts = count_between(BASKETS, [day("2026-01-15")], 7, 14, ["basket"], UTC_ZONE)
    assert counts.rows() == [("budi", day("2026-01-15"), 2)]


def test_a_day_belongs_to_the_zone_of_the_business():
    late_evening = frame(
        [basket("ani", "2026-01-01T16:00", 1), basket("ani", "2026-01-01T18:00", 1)]
    )
    features = catalog(FeatureParams(windows_days=(28,)), Vocabulary(pairs=(("store", "basket"),)))
    days = {
        name: build(
            Told(events=late_evening), None, [day("2026-01-29")], features.features, ZoneInfo(name)
        )["active_days_28d"].item()
        for name in ("UTC", "Asia/Jakarta")
    }
    assert days == {"UTC": 1, "Asia/Jakarta": 2}


def test_no_events_at_all_give_rows_of_nothing():
    features = catalog(FeatureParams(), Vocabulary(pairs=(("store", "basket"),)))
    panel = build(
        Told(events=BASKETS.clear()),
        pl.Series(["ani"]),
        [day("2026-01-29")],
        features.features,
        UTC_ZONE,
    )
    assert panel["events_168d"].to_list() == [0]
    assert panel["days_since_last"].to_list() == [None]


def test_no_customers_give_no_rows():
    features = catalog(FeatureParams(), Vocabulary(pairs=(("store", "basket"),)))
    panel = build(
        Told(events=BASKETS.clear()), None, [day("2026-01-29")], features.features, UTC_ZONE
    )
    assert panel.height == 0
    assert set(panel.columns) >= {"customer_id", "cutoff", "events_168d"}


def test_a_missing_column_is_named():
    features = catalog(FeatureParams(), Vocabulary(pairs=(("store", "basket"),)))
    with pytest.raises(ContractBroken, match="column step is missing"):
        build(
            Told(events=BASKETS.drop("step")),
            None,
            [day("2026-01-29")],
            features.features,
            UTC_ZONE,
        )
