"""Orders, refunds and discounts against a slow, obvious way."""

import math
from dataclasses import replace

import polars as pl
import wholes
from beside import Slow, assert_agrees, mean, million, told_of, tonight
from hypothesis import given
from wholes import PARAMS, VOCABULARY

from features.catalog import FeatureParams, Vocabulary
from features.families.value import value

FEATURES = tuple(value(PARAMS, VOCABULARY))


def let_off(event: dict) -> float:
    """The money that was let off an event; what is no positive number is none."""
    discount = event["discount"]
    return discount if discount is not None and math.isfinite(discount) and discount > 0 else 0


class SlowValue(Slow):
    def of(self, where, days=None) -> list[dict]:
        return [
            event
            for event in self.events
            if event["step"] in where.step
            and (days is None or self.recent(event["occurred_at"], days))
        ]

    def prices(self, orders, days=None) -> list[float]:
        told = [event["value"] for event in self.of(orders, days)]
        return [money / 10_000 for money in told if money is not None]

    def order_mean(self, orders, days):
        return mean(self.prices(orders, days))

    def order_largest(self, orders, days):
        return max(self.prices(orders, days), default=None)

    def order_last(self, orders):
        return self.prices(orders)[-1] if self.prices(orders) else None

    def money_trend(self, orders, short_days, long_days):
        lately, usual = (sum(self.prices(orders, days)) for days in (short_days, long_days))
        return (lately / short_days) / (usual / long_days) if usual > 0 else None

    def discount_share(self, orders, discount, days):
        assert discount == "discount"
        off = sum(let_off(event) for event in self.of(orders, days))
        before = off + sum(self.prices(orders, days))
        return off / before if before > 0 else None

    def refund_share(self, orders, refunds, days):
        back = sum(abs(event["value"] or 0) for event in self.of(refunds, days)) / 10_000
        spent = sum(self.prices(orders, days))
        return back / spent if spent > 0 else None

    def refunded_orders_share(self, orders, refunds, days):
        number = len(self.of(orders, days))
        return len(self.of(refunds, days)) / number if number else None


@given(whole=wholes.wholes())
def test_every_feature_agrees_with_the_slow_way(whole):
    assert_agrees(*whole, FEATURES, SlowValue)


def test_a_short_story():
    told = told_of(
        (24 * 100, "store", "purchase", {"value": 600_000}),
        (24 * 20, "store", "purchase", {"value": 300_000}),
        (24 * 10, "store", "refund", {"value": -150_000}),
        (24 * 5, "store", "purchase", {"value": 100_000}),
    )
    night = tonight(told, FEATURES)
    assert night["order_mean_28d"] == 20
    assert night["order_largest_28d"] == 30
    assert night["order_largest_168d"] == 60
    assert night["order_last"] == 10
    assert night["refund_money_share_28d"] == 15 / 40
    assert night["refunds_per_order_168d"] == 1 / 3
    assert night["order_money_trend_28d_168d"] == 0.4 * 6


def test_a_discount_below_nothing_is_none():
    told = told_of(*[(24, "store", "purchase", {"value": 90_000})] * 3)
    told = replace(told, events=told.events.with_columns(discount=pl.Series([1.0, -5.0, math.nan])))
    assert tonight(told, FEATURES)["discount_share_28d"] == 1 / 28


def test_orders_that_tell_no_money_leave_only_their_number():
    vocabulary = Vocabulary(pairs=(("store", "purchase"), ("store", "refund")))
    names = {feature.name for feature in value(FeatureParams(windows_days=(28,)), vocabulary)}
    assert "refunds_per_order_28d" in names
    assert "order_mean_28d" not in names


def test_nothing_is_made_of_data_without_orders():
    assert not [*value(PARAMS, Vocabulary(pairs=(("web", "visit"),), event_attributes=("item",)))]


def test_a_million_orders_at_one_instant():
    night = tonight(million(told_of((24, "store", "purchase", {"value": 12_500}))), FEATURES)
    assert night["order_mean_28d"] == night["order_largest_28d"] == night["order_last"] == 1.25
