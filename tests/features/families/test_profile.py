"""Attributes as of a cutoff against a slow, obvious way."""

import random
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import polars as pl
import pytest
import wholes
from beside import alike
from hypothesis import given
from wholes import EVERYBODY, PARAMS, VOCABULARY, days_between
from worlds import cutoffs_in

from features.build import build
from features.catalog import Vocabulary
from features.contracts import CUSTOMERS
from features.families.profile import profile
from features.known.needs import Attribute
from features.known.told import Told
from features.known.versions import visible
from features.stages.personas import attributes_at

FEATURES = tuple(profile(PARAMS, VOCABULARY))
CODES = {"basic": 0, "plus": 1}
NIGHT = datetime(2026, 4, 6, tzinfo=UTC)


class SlowProfile:
    """One customer's versions at one cutoff."""

    def __init__(self, customers: pl.DataFrame, customer: str, cutoff: datetime) -> None:
        mine = customers.filter(pl.col("customer_id") == customer)
        self.mine = visible(mine, "valid_from", cutoff)
        self.cutoff = cutoff

    def told(self, name: str, until: datetime | None = None):
        return self.told_until(until).get(name)

    @cache  # noqa: B019  # one test's object
    def told_until(self, until: datetime | None) -> dict:
        rows = self.mine if until is None else self.mine.filter(pl.col("valid_from") <= until)
        return next(attributes_at(rows, self.cutoff).iter_rows(named=True), {})

    def number(self, attribute):
        return self.told(attribute.name)

    def category(self, attribute):
        value = self.told(attribute.name)
        return None if value is None else CODES.get(value, 2)

    def days_from(self, attribute):
        at = self.told(attribute.name)
        return None if at is None else days_between(at, self.cutoff)

    def days_since_change(self, attribute):
        last, changed = None, None
        for instant in sorted({*self.mine["valid_from"]}):
            value = self.told(attribute.name, instant)
            if value is not None and attribute.kind == "category":
                value = CODES.get(value, 2)
            if None not in (last, value) and value != last:
                changed = instant
            last = last if value is None else value
        return None if changed is None else days_between(changed, self.cutoff)

    def changed(self, attribute, days):
        since = self.days_since_change(attribute)
        return int(since is not None and since <= days)


@given(whole=wholes.wholes())
def test_every_feature_agrees_with_the_slow_way(whole):
    told, zone = whole
    # What one source says of one instant at one moment in two ways has no right answer.
    names = ["customer_id", "valid_from", "known_at", "source"]
    customers = told.customers.unique(names, keep="first", maintain_order=True)
    told = Told(events=told.events, customers=customers)
    panel = build(told, EVERYBODY, cutoffs_in(zone), FEATURES, zone)
    for row in panel.iter_rows(named=True):
        slow = SlowProfile(customers, row["customer_id"], row["cutoff"])
        for feature in FEATURES:
            expected = getattr(slow, feature.function.__name__)(**feature.arguments)
            assert alike(row[feature.name], expected), (feature.name, expected)


def versions(*rows: tuple) -> Told:
    """Versions of one customer: days before the night, source, plan, seats."""
    made = [
        {
            "customer_id": "a",
            "valid_from": NIGHT - timedelta(days=days),
            "known_at": NIGHT - timedelta(days=days),
            "source": source,
            "plan": plan,
            "seats": seats,
        }
        for days, source, plan, seats in rows
    ]
    schema = {"plan": pl.String, "seats": pl.Float64}
    return Told(
        events=wholes.world(random.Random(1), ZoneInfo("UTC"), 0).events,
        customers=pl.DataFrame(made, schema=dict(CUSTOMERS.schema) | schema),
    )


def tonight(told: Told) -> dict:
    everyone = pl.Series("customer_id", ["a"])
    return build(told, everyone, [NIGHT], FEATURES, ZoneInfo("UTC")).row(0, named=True)


def test_a_short_story():
    night = tonight(versions((100, "crm", "basic", 5), (9, "crm", None, 5), (3, "crm", "plus", 5)))
    assert night["profile_plan"] == 1
    assert night["profile_seats"] == 5
    assert night["profile_plan_changed_168d"] == 1
    assert night["days_since_profile_plan_changed"] == 3
    assert night["profile_seats_changed_168d"] == 0
    assert night["days_since_profile_seats_changed"] is None


def test_a_change_on_the_border_of_the_window_lies_in_it():
    for days, inside in ((168, 1), (169, 0)):
        night = tonight(versions((200, "crm", "basic", 5), (days, "crm", "plus", 5)))
        assert night["profile_plan_changed_168d"] == inside


def test_sources_that_disagree_day_after_day_change_nothing():
    days = [(day, source, plan, 1) for day in (9, 6, 3) for source, plan in
            (("crm", "basic"), ("sheet", "plus"))]  # fmt: skip
    assert tonight(versions(*days))["profile_plan_changed_168d"] == 0


@pytest.mark.parametrize(("seats", "told"), [(float("nan"), None), (float("inf"), None), (-3, -3)])
def test_numbers_that_are_none_are_empty(seats, told):
    assert tonight(versions((3, "crm", "gold", seats)))["profile_seats"] == told


def test_a_value_that_was_never_seen_is_one_more_than_the_last():
    assert tonight(versions((3, "crm", "gold", 1)))["profile_plan"] == 2


def test_the_values_are_part_of_the_definition():
    def plan(*values: str) -> str:
        attribute = Attribute("plan", "category", values)
        return next(profile(PARAMS, Vocabulary(pairs=(), attributes=(attribute,)))).definition_hash

    assert plan("basic", "plus") != plan("basic", "gold", "plus")
