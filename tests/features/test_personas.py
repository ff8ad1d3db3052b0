"""Attributes and personas as they were known at a cutoff, never as they are today."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from features.contracts import CUSTOMERS
from features.errors import WorkspaceInvalid
from features.personas import attributes_at, personas_at

DAY_0 = datetime(2026, 1, 1, tzinfo=UTC)
CUTOFF = DAY_0 + timedelta(days=10)
SCHEMA = {**CUSTOMERS.schema, "city": pl.String, "employees": pl.Int64}


def day(number: int) -> datetime:
    return DAY_0 + timedelta(days=number)


def version(customer, valid, known, source, city=None, employees=None) -> tuple:
    return (customer, day(valid), day(known), source, city, employees)


versions = st.lists(
    st.builds(
        version,
        st.sampled_from("ab"),
        st.integers(5, 12),
        st.integers(5, 12),
        st.sampled_from(["crm", "sheet"]),
        st.none() | st.sampled_from(["Jakarta", "Medan"]),
        st.none() | st.integers(1, 3),
    ),
    max_size=8,
)


def frame(rows: list[tuple]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def slow_attribute(rows: list[tuple], customer: str, place: int):
    latest = {}
    for row in sorted(rows, key=lambda row: (*row[1:4], row[4] or "", row[5] or 0)):
        if row[0] == customer and row[1] < CUTOFF and row[2] < CUTOFF:
            latest[row[3]] = row
    told = sorted(latest.values(), key=lambda row: row[1:4])
    return ([None] + [row[place] for row in told if row[place] is not None])[-1]


@given(rows=versions)
def test_attributes_are_as_a_slow_reader_finds_them(rows):
    for found in attributes_at(frame(rows), CUTOFF).iter_rows(named=True):
        assert found["city"] == slow_attribute(rows, found["customer_id"], 4)
        assert found["employees"] == slow_attribute(rows, found["customer_id"], 5)


@given(rows=versions, rumours=versions)
def test_the_future_changes_no_attribute(rows, rumours):
    unseen = [row for row in rumours if row[1] >= CUTOFF or row[2] >= CUTOFF]
    before = attributes_at(frame(rows), CUTOFF)
    assert_frame_equal(before, attributes_at(frame(rows + unseen), CUTOFF))


def test_the_first_rule_that_holds_names_the_persona():
    told = frame([version("a", 1, 1, "crm", "Medan", 900), version("b", 1, 1, "crm", "Medan", 4)])
    rules = {"enterprise": "employees >= 250", "north": "city = 'Medan'"}
    assert personas_at(told, CUTOFF, rules).rows() == [("a", "enterprise"), ("b", "north")]


@pytest.mark.parametrize(
    ("rule", "told_as"), [("employes > 2", "reads employes"), ("employees >", "cannot be read")]
)
def test_a_rule_that_makes_no_sense_is_refused(rule, told_as):
    with pytest.raises(WorkspaceInvalid, match=told_as):
        personas_at(frame([]), CUTOFF, {"enterprise": rule})
