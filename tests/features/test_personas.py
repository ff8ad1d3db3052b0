"""Attributes and personas as they were known at a cutoff, never as they are today."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from features.contracts import CUSTOMERS
from features.errors import WorkspaceInvalid
from features.stages.personas import attributes_at, personas_at

DAY_0 = datetime(2026, 1, 1, tzinfo=UTC)
CUTOFF = DAY_0 + timedelta(days=10)
SCHEMA = {**CUSTOMERS.schema, "city": pl.String, "employees": pl.Int64}


def day(number: int) -> datetime:
    return DAY_0 + timedelta(days=number)


def version(customer, valid, known, source, city=None, employees=None, until=None) -> dict:
    return {
        "customer_id": customer,
        "valid_from": day(valid),
        "known_at": day(known),
        "superseded_at": until and day(until),
        "source": source,
        "city": city,
        "employees": employees,
    }


versions = st.lists(
    st.builds(
        version,
        st.sampled_from("ab"),
        st.integers(5, 12),
        st.integers(5, 12),
        st.sampled_from(["crm", "sheet"]),
        st.none() | st.sampled_from(["Jakarta", "Medan"]),
        st.none() | st.integers(1, 3),
        st.none() | st.integers(8, 12),
    ),
    max_size=8,
)


def frame(rows: list[dict]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def seen(row: dict) -> bool:
    held = row["superseded_at"] is None or row["superseded_at"] >= CUTOFF
    return row["valid_from"] < CUTOFF and row["known_at"] < CUTOFF and held


def slow_attribute(rows: list[dict], customer: str, name: str):
    def order(row: dict) -> tuple:
        ties = (row["city"] or "", row["employees"] or 0)
        return (row["valid_from"], row["known_at"], row["source"], *ties)

    own = [row for row in rows if row["customer_id"] == customer and seen(row)]
    latest = {row["source"]: row for row in sorted(own, key=order)}
    told = sorted(latest.values(), key=order)
    return ([None] + [row[name] for row in told if row[name] is not None])[-1]


@given(rows=versions)
def test_attributes_are_as_a_slow_reader_finds_them(rows):
    for found in attributes_at(frame(rows), CUTOFF).iter_rows(named=True):
        for name in ("city", "employees"):
            assert found[name] == slow_attribute(rows, found["customer_id"], name)


@given(rows=versions, rumours=versions)
def test_the_future_changes_no_attribute(rows, rumours):
    unseen = [row for row in rumours if not seen(row)]
    before = attributes_at(frame(rows), CUTOFF)
    assert_frame_equal(before, attributes_at(frame(rows + unseen), CUTOFF))
    taken_back = [
        row | {"superseded_at": CUTOFF} if row["superseded_at"] is None else row for row in rows
    ]
    assert_frame_equal(before, attributes_at(frame(taken_back), CUTOFF))


def test_the_first_rule_that_holds_names_the_persona():
    told = frame([version("a", 1, 1, "crm", "Medan", 900), version("b", 1, 1, "crm", "Medan", 4)])
    rules = {"enterprise": "employees >= 250", "north": "city = 'Medan'"}
    assert personas_at(told, CUTOFF, rules).rows() == [("a", "enterprise"), ("b", "north")]


@pytest.mark.parametrize(
    ("rule", "told_as"),
    [
        ("employes > 2", "did you mean `employees`"),
        ("employees >", "cannot be read"),
        ("employees > 'many'", "cannot be judged"),
        ("employees > avg(employees)", "looks at other customers"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(rule, told_as):
    with pytest.raises(WorkspaceInvalid, match=told_as) as refusal:
        personas_at(frame([]), CUTOFF, {"anyone": "city = 'Medan'", "enterprise": rule})
    assert refusal.value.where == "personas.enterprise"


def test_a_table_without_attributes_tells_who_is_known():
    kept = frame([version("a", 1, 1, "crm"), version("b", 12, 12, "crm")]).select(*CUSTOMERS.schema)
    assert attributes_at(kept, CUTOFF).rows() == [("a",)]
    assert personas_at(kept, CUTOFF, {"everyone": "true"}).rows() == [("a", "everyone")]
    assert personas_at(kept, CUTOFF, {}).rows() == [("a", "other")]
