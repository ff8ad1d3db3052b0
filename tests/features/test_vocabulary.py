"""The words that events use."""

from datetime import UTC, datetime, timedelta

import pytest
from worlds import frame

from features.errors import DataRefused
from features.told import Told
from features.vocabulary import WORDS_MOST, steps_by_frequency, vocabulary

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def touch(
    step, *, value=None, occurred_at=NOON, known_at=NOON, superseded_at=None, channel="store"
):
    return {
        "customer_id": "a",
        "occurred_at": occurred_at,
        "known_at": known_at,
        "channel": channel,
        "step": step,
        "value": value,
        "sentiment": None,
        "superseded_at": superseded_at,
        "source": "made_up",
    }


def test_pairs_are_sorted_and_steps_with_money_are_named():
    events = frame([touch("visit"), touch("order", value=3), touch("order"), touch("visit")])
    found = vocabulary([Told(events=events)], NOON + timedelta(days=1))
    assert found.pairs == (("store", "order"), ("store", "visit"))
    assert found.steps_with_value == ("order",)


def test_a_word_first_used_or_first_known_later_is_not_known_yet():
    later = NOON + timedelta(days=2)
    events = frame(
        [touch("visit"), touch("order", occurred_at=later), touch("call", known_at=later)]
    )
    assert vocabulary([Told(events=events)], later).steps == ("visit",)


def test_a_word_that_was_corrected_away_is_known_until_then():
    mended = NOON + timedelta(days=1)
    events = frame(
        [touch("visit"), touch("viist", superseded_at=mended), touch("order", known_at=mended)]
    )
    assert vocabulary([Told(events=events)], mended).steps == ("viist", "visit")
    assert vocabulary([Told(events=events)], mended + timedelta(microseconds=1)).steps == (
        "order",
        "visit",
    )


def test_free_text_for_a_step_is_refused():
    events = frame([touch(f"product {number}") for number in range(WORDS_MOST + 1)])
    with pytest.raises(DataRefused, match="61 different steps"):
        vocabulary([Told(events=events)], NOON + timedelta(days=1))


def test_free_text_for_a_channel_is_refused():
    events = frame([touch("visit", channel=f"shop {number}") for number in range(WORDS_MOST + 1)])
    with pytest.raises(DataRefused, match="61 different channels"):
        vocabulary([Told(events=events)], NOON + timedelta(days=1))


def test_no_event_before_the_instant_is_refused():
    with pytest.raises(DataRefused, match="no event before 2026-03-01"):
        vocabulary([Told(events=frame([touch("visit")]))], NOON)


def test_the_most_frequent_step_comes_first_and_equals_by_name():
    touches = [touch("visit"), touch("call"), touch("order", value=3), touch("order")]
    assert list(steps_by_frequency(frame(touches)).items()) == [
        ("order", True),
        ("call", False),
        ("visit", False),
    ]
