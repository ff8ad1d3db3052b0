"""What sources tell: as much as usual, in known words, in the same unit, as early."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd

from features.catalog import Vocabulary
from models.drift.sources import sources_drifted

NIGHT = datetime(2026, 9, 1, tzinfo=UTC)
WORDS = Vocabulary(pairs=(("web", "order"), ("web", "visit")))
DAYS = 91


def volumes(rows, *, source: str = "shop", step: str = "visit", channel: str = "web", **more):
    """A source by its rows a day, the newest first."""
    counted = np.broadcast_to(rows, DAYS)
    told = pd.DataFrame({"age_days": np.arange(DAYS), "rows": counted})
    zero = {"valued": 0, "value_log": 0.0, "value_log_squared": 0.0, "late": 0}
    words = {"table": "events", "source": source, "channel": channel, "step": step}
    return told.assign(**zero, **words).assign(**more).query("rows > 0")


def found(*parts: pd.DataFrame) -> list[tuple[str, str]]:
    told = sources_drifted(pd.concat(parts, ignore_index=True), WORDS, NIGHT)
    return [(one.code, one.name) for one in told]


def silent(days: int, rows: int = 20) -> np.ndarray:
    return np.where(np.arange(DAYS) < days, 0, rows)


def test_a_steady_source_says_nothing():
    assert found(volumes(20)) == []


def test_a_silent_source_is_named_and_so_is_one_of_its_channels():
    assert found(volumes(20), volumes(silent(3), source="tickets")) == [("D10", "tickets")]
    both = volumes(20), volumes(silent(3), channel="store", step="order")
    assert ("D10", "store") in found(*both)
    assert ("D10", "shop") not in found(*both)


def test_silence_is_told_since_when():
    [alarm] = sources_drifted(volumes(silent(3)), WORDS, NIGHT)
    assert alarm.told["since"] == "2026-08-29"
    assert alarm.severity == "act"


def test_days_without_a_row_that_come_every_week_or_month_are_no_silence():
    ages = np.arange(DAYS)
    assert found(volumes(np.where(ages % 7 == 3, 140, 0))) == []
    assert found(volumes(np.where(ages % 30 == 20, 600, 0))) == []


def test_a_source_that_dies_slowly_is_told_before_it_is_silent():
    left = np.minimum(1, 0.4 + 0.15 * (np.arange(DAYS) // 7))
    assert found(volumes((left * 40).astype(int))) == [("D11", "shop")]


def test_a_restless_source_may_fall_as_it_often_does():
    weeks = np.arange(DAYS) // 7
    assert found(volumes(np.where(weeks % 2, 60, 20))) == []


def test_a_surge_is_told():
    assert found(volumes(np.where(np.arange(DAYS) < 7, 90, 20))) == [("D12", "shop")]


def test_words_that_the_model_never_saw_are_named_once_they_are_no_slip():
    new = volumes(np.where(np.arange(DAYS) < 2, 3, 0), channel="tiktok", step="live_watched")
    assert [one for one in found(volumes(2000), new) if one[0] == "D13"] == [
        ("D13", "tiktok"),
        ("D13", "live_watched"),
    ]
    slip = volumes(np.where(np.arange(DAYS) < 2, 2, 0), channel="tiktok")
    assert found(volumes(2000), slip) == []
    nameless = volumes(np.where(np.arange(DAYS) < 2, 9, 0), channel="", step="")
    assert found(volumes(2000), nameless) == []


def test_words_without_number_name_the_commonest_alone():
    """Where a column is read as another one, every customer's own word may be a new step."""
    words = [
        volumes(np.where(np.arange(DAYS) < 2, 3 + number, 0), step=f"s{number}")
        for number in range(40)
    ]
    names = [name for code, name in found(volumes(2000), *words) if code == "D13"]
    assert names == [f"s{number}" for number in range(39, 29, -1)]


def test_another_unit_is_told_from_its_first_day():
    sizes = np.where(np.arange(DAYS) < 1, 8.0, 5.0)
    money = {"valued": 20, "value_log": 20 * sizes, "value_log_squared": 20 * (sizes**2 + 0.1)}
    [alarm] = sources_drifted(volumes(20, **money), WORDS, NIGHT)
    assert (alarm.code, alarm.name, alarm.told["times"]) == ("D14", "shop", 1000)
    assert alarm.told["now"] == 10**8


def test_rows_that_come_late_are_told():
    late = np.where(np.arange(DAYS) < 7, 8, 1)
    assert found(volumes(20, late=late)) == [("D15", "shop")]


def test_a_source_is_not_judged_before_it_has_told_anything_for_weeks():
    assert found(volumes(np.where(np.arange(DAYS) < 10, 50, 0))) == []
