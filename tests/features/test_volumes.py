"""How much each source tells a day, as it was known when its week was over."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from stored import NIGHT, in_lake

from features.contracts import EVENTS
from features.known.told import Told
from features.lake.volumes import volumes

DAY = timedelta(days=1)


@pytest.fixture
def counted(tmp_path):
    """Volumes of events told as (days ago, days until known, days until superseded, money)."""

    def count(*told, partitions=3, words=(), **said):
        rows = [
            {
                "customer_id": f"c{number}",
                "occurred_at": NIGHT - ago * DAY,
                "channel": words[number] if words else "web",
                "step": "order",
                "value": value,
                "sentiment": None,
                "known_at": NIGHT - (ago - known) * DAY,
                "superseded_at": superseded and NIGHT - (ago - superseded) * DAY,
                "source": "shop",
                "source_key": str(number),
            }
            for number, (ago, known, superseded, value) in enumerate(told)
        ]
        events = pl.DataFrame(rows, infer_schema_length=None).cast(dict(EVENTS.schema))
        lake = in_lake(Told(events=events), tmp_path / "lake", partitions=partitions)
        return volumes(lake.snapshot, NIGHT, **said)

    return count


def test_a_day_is_the_24_hours_before_the_next_and_the_cutoff_is_future(counted):
    found = counted((0, 0, None, 1), (1, 0, None, 1), (1.5, 0, None, 1), (90.9, 0, None, 1))
    assert found[["age_days", "rows"]].to_numpy().tolist() == [[0, 1], [1, 1], [90, 1]]


def test_a_row_counts_if_it_was_known_when_its_week_was_over(counted):
    early, late, too_late = (7.5, 0.4, None, 1), (13, 5, None, 1), (8.5, 3, None, 1)
    superseded = (9.5, 0, 1, 1)
    found = counted(early, late, too_late, superseded)
    assert found[["age_days", "rows", "late"]].to_numpy().tolist() == [[7, 1, 0], [12, 1, 1]]


def test_money_is_told_by_its_logarithms_in_currency_units(counted):
    found = counted((1, 0, None, 100 * 10_000), (1, 0, None, 10 * 10_000), (1, 0, None, 0))
    [row] = found.to_dict("records")
    assert (row["rows"], row["valued"]) == (3, 2)
    assert (row["value_log"], row["value_log_squared"]) == pytest.approx((3, 5))


def test_partitions_change_nothing(counted):
    random = np.random.default_rng(0)
    told = [(ago, 0, None, 10_000) for ago in random.uniform(0, 91, 60)]
    found = counted(*told, partitions=4)
    assert found["rows"].sum() == 60
    assert not found.duplicated(["source", "channel", "step", "age_days"]).any()


def test_a_word_of_fewer_customers_is_counted_without_it(counted):
    words = ["web"] * 5 + ["Kanari"] * 4
    found = counted(*[(1, 0, None, 1)] * 9, words=words, customers_least=5)
    assert {*zip(found["channel"], found["rows"], strict=True)} == {("web", 5), ("", 4)}
    assert {*found["step"]} == {"order"}
