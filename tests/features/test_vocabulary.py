"""The words that events use."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from worlds import frame

from features.catalog import FeatureParams
from features.errors import DataRefused
from features.families import FAMILIES, catalog
from features.known.told import Told
from features.rare import CUSTOMERS_LEAST
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


def shop(*, few=CUSTOMERS_LEAST - 1, many=CUSTOMERS_LEAST):
    """Everybody visits the store; the last customer also has words of their own."""
    names = [f"c{number}" for number in range(2 * many)]
    events = [touch("visit") | {"customer_id": name} for name in names]
    own = [touch("canary", channel="Kanari") | {"customer_id": name} for name in names[:few]]
    calls = [touch("call", channel="phone") | {"customer_id": name} for name in names[:many]]
    versions = [
        {"plan": "basic" if at < many else "gold", "city": None if at < few else "Bogor"}
        | {"nick": "Kanari Emas" if at < few else None, "phone": 62811 if at < few else None}
        | {"customer_id": name, "valid_from": NOON, "known_at": NOON, "source": "crm"}
        for at, name in enumerate(names)
    ]
    customers = pl.DataFrame(versions, infer_schema_length=None)
    return Told(events=frame([*events, *own, *calls]), customers=customers)


def apart(told, **said):
    """The vocabulary in which words of too few are not told apart; in one part or in two."""
    until = NOON + timedelta(days=1)
    found = vocabulary([told], until, customers_least=CUSTOMERS_LEAST, **said)
    is_first = pl.col("customer_id").hash() % 2 == 0
    halves = [told.map(lambda table, one=one: table.filter(is_first == one)) for one in (0, 1)]
    assert vocabulary(halves, until, customers_least=CUSTOMERS_LEAST, **said) == found
    return found


def test_what_fewer_than_five_customers_have_is_not_told_apart():
    found = apart(shop())
    assert found.pairs == (("phone", "call"), ("store", "visit"))
    assert {one.name: one.values for one in found.attributes} == {
        "city": ("Bogor",),
        "plan": ("basic", "gold"),
    }
    assert "canary" in apart(shop(few=CUSTOMERS_LEAST)).steps


def test_a_step_that_the_workspace_names_is_told_apart_without_its_rare_channel():
    found = apart(shop(), named={"canary"})
    assert found.pairs == (("", "canary"), ("phone", "call"), ("store", "visit"))
    assert (found.steps, found.every_channel) == (("call", "canary", "visit"), ("phone", "store"))


def test_what_a_handful_of_customers_all_have_is_told_apart():
    assert apart(Told(events=frame([touch("visit")]))).steps == ("visit",)


def test_no_catalog_knows_a_word_of_too_few():
    params = FeatureParams(families=(*FAMILIES,))
    known = catalog(params, apart(shop()))
    assert "anari" not in repr([(f.name, f.meaning, f.arguments, f.values) for f in known.features])
