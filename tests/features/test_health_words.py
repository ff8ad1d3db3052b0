"""Checks of words and amounts: each fires on the fault it is for, and on nothing else."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from touches import ORDERS, attributes, fired, looked_at, only, touches

from features.health.words import variants


def test_too_many_words_stop():
    names = touches().with_columns(
        step=pl.format("sku-{}x", pl.col("source_key").cast(pl.Int64) % 61)
    )
    found = only([f for f in looked_at(names) if f.severity == "stop"], "C01")
    assert (found.measured, found.needed) == (61, 60)
    few = touches().with_columns(
        step=pl.format("sku-{}x", pl.col("source_key").cast(pl.Int64) % 60)
    )
    assert "C01" not in fired(looked_at(few))


@pytest.mark.parametrize("other", ["Order", " order", "ORDER", "ordre", "oder", "ordder"])
def test_one_step_spelt_in_two_ways_is_told(other):
    some = ORDERS & (pl.col("source_key").cast(pl.Int64) % 30 == 0)
    step = pl.when(some).then(pl.lit(other)).otherwise("step")
    found = only(looked_at(touches().with_columns(step=step)), "C02")
    assert repr(other) in found.sentence
    assert "'order'" in found.sentence


def test_steps_that_are_texts_are_not_quoted():
    """Whoever maps a text to `step` has names of people in it."""
    place = pl.col("source_key").cast(pl.Int64)
    other = pl.when(place % 40 == 0).then(pl.lit("call budi")).otherwise(pl.lit("Call Budi"))
    names = pl.when(place % 2 == 0).then(other).otherwise(pl.format("letter {}x", place % 61))
    found = looked_at(touches().with_columns(step=names))
    assert {"C01", "C02"} <= fired(found, "warn")
    assert not any("budi" in finding.sentence.casefold() for finding in found)


def test_values_of_an_attribute_are_not_quoted():
    sector = pl.when(pl.col("customer_id") < "cust-003").then(pl.lit("technolgy"))
    customers = attributes().with_columns(sector=sector.otherwise(pl.lit("technology")))
    found = only(looked_at(customers=customers), "C02")
    assert found.severity == "warn"
    assert "sector" in found.sentence
    assert "techno" not in found.sentence


@pytest.mark.parametrize(
    "words",
    [
        {"mailing_type_a": 900, "mailing_type_b": 3},
        {"ticket_opened": 900, "ticket_reopened": 3},
        {"1-2 M": 900, "12 M": 50},
        {"visit": 900, "visits": 800},
        {"in": 900, "on": 3},
        {"q1_2025": 900, "q1_2026": 3},
        {"message_in": 900, "message_out": 10},
    ],
)
def test_different_words_are_left_alone(words):
    assert variants(words) == []


@given(st.dictionaries(st.text(max_size=12), st.integers(1, 1000), max_size=12))
def test_a_variant_is_at_most_as_common_as_what_was_meant(words):
    found = variants(words)
    assert len({other for other, _ in found}) == len(found)
    assert all(words[other] <= words[meant] for other, meant in found)


def test_a_machine_among_people_is_told():
    machine = touches(1, seed=9).sample(fraction=40, with_replacement=True, seed=1)
    machine = machine.with_columns(
        customer_id=pl.lit("robot"), source_key=pl.int_range(pl.len()).cast(pl.String) + "r"
    )
    spread = pl.duration(seconds=pl.int_range(pl.len()) % 3000)
    machine = machine.with_columns(occurred_at=pl.col("occurred_at") + spread)
    found = only(looked_at(pl.concat([touches(), machine])), "C03")
    assert found.measured == machine.height
    assert "robot" not in found.sentence


def test_events_under_two_keys_are_told():
    again = touches().filter(ORDERS).with_columns(source_key=pl.col("source_key") + "-again")
    found = only(looked_at(pl.concat([touches(), again])), "C04")
    assert found.severity == "warn"
    assert found.sentence.startswith(f"{again.height:,} events")


def test_superseded_rows_are_not_there_twice():
    again = touches().filter(ORDERS).with_columns(superseded_at="known_at")
    assert fired(looked_at(pl.concat([touches(), again]))) == set()


@pytest.mark.parametrize(("factor", "severity"), [(16_000, "warn"), (150, "ok"), (1, "ok")])
def test_two_currencies_leave_a_gap(factor, severity):
    some = pl.col("customer_id") < "cust-030"
    value = pl.when(some).then(pl.col("value").clip(50_000) * factor).otherwise("value")
    assert only(looked_at(touches().with_columns(value=value)), "C05").severity == severity
