"""Value: orders, what came back of them, and what was let off."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from features.catalog import Compute, Feature, FeatureParams, Vocabulary, reads
from features.known.asof import Floats, ratio
from features.known.needs import NOTHING, Needs
from features.known.past import Past, Where
from features.known.trace import Ints
from features.known.windows import telling
from features.measures import SCALE
from features.own.authoring import read_by


def order_mean(past: Past, orders: Where, days: int) -> Floats:
    """Money an order of those that tell it in the last days; NaN if none does."""
    return ratio(past.total("value", orders, days), past.told("value", orders, days) * SCALE)


def order_largest(past: Past, orders: Where, days: int) -> Floats:
    """Most money of one order in the last days; NaN if none tells any."""
    rows = past.kept(("value: orders", orders), lambda: _priced(past, orders))
    amounts = np.append(past.columns["value"][rows], 0)
    number, ever = (past.number_of(rows, ("value: orders", orders), d) for d in (days, None))
    last = np.searchsorted(rows, past.trace.starts) + ever
    spans = np.stack([last - number, last], axis=-1)
    out = np.full(past.shape, np.nan)
    for k in range(len(out)):
        most = np.maximum.reduceat(amounts, spans[k].ravel())[::2]
        out[k] = np.where(number[k] > 0, most / SCALE, np.nan)
    return out


def order_last(past: Past, orders: Where) -> Floats:
    """Money of the last order that tells it; NaN before the first."""
    rows = past.kept(("value: orders", orders), lambda: _priced(past, orders))
    row = past.last_of(rows, ("value: orders", orders))
    return np.where(row >= 0, past.taken(past.columns["value"], row, 0) / SCALE, np.nan)


def money_trend(past: Past, orders: Where, short_days: int, long_days: int) -> Floats:
    """Money a day, lately against the longer window; NaN where that has none."""
    lately, usual = (past.total("value", orders, days) for days in (short_days, long_days))
    return ratio(lately, usual) * (long_days / short_days)


def discount_share(past: Past, orders: Where, discount: str, days: int) -> Floats:
    """Money let off, of the money before it; NaN where that is not positive."""
    name = ("value: let off", orders, discount)
    off = past.sum_of(name, lambda: _positive(past, orders, discount), days)
    return ratio(off, off + past.total("value", orders, days))


def refund_share(past: Past, orders: Where, refunds: Where, days: int) -> Floats:
    """Money refunded, whatever its sign, for the money of orders; NaN where they have none."""
    name = ("value: refunded", refunds)
    back = past.sum_of(name, lambda: np.abs(past.columns["value"]) * past.mask(refunds), days)
    return ratio(back, past.total("value", orders, days))


def refunded_orders_share(past: Past, orders: Where, refunds: Where, days: int) -> Floats:
    """Refunds an order; NaN where there was no order."""
    return ratio(past.count(refunds, days), past.count(orders, days))


def value(params: FeatureParams, vocabulary: Vocabulary) -> Iterator[Feature]:
    """Average, largest and last order, discounts and refunds, in a short and a long window."""
    steps = params.steps_of("purchase", vocabulary)
    orders = Where(step=steps)
    refunds = Where(step=params.steps_of("refund", vocabulary))
    windows = telling(params.windows_days)
    if not steps:
        return
    if {*steps} & {*vocabulary.steps_with_value}:
        yield from _orders(orders, windows)
        yield from _discounts(orders, params.attribute_of("discount", vocabulary), windows)
    if refunds.step:
        yield from _refunds(orders, refunds, windows)


def _orders(orders: Where, windows: tuple[int, ...]) -> Iterator[Feature]:
    money = reads(measures=["value"], told=["value"])
    yield _feature(
        "order_last",
        "currency",
        "money of the last order that tells any; empty before the first",
        order_last,
        {"orders": orders},
        money | reads(sequence=True),
    )
    for days in windows:
        for name, meaning, function in (
            ("mean", "money an order", order_mean),
            ("largest", "most money of one order", order_largest),
        ):
            yield _feature(
                f"order_{name}_{days}d",
                "currency",
                f"{meaning}, of those in the last {days} days that tell any; empty if none does",
                function,
                {"orders": orders, "days": days},
                money,
            )
    if len(windows) > 1:
        short, long = windows
        yield _feature(
            f"order_money_trend_{short}d_{long}d",
            "ratio",
            f"money of orders a day in the last {short} days / in the last {long}; empty where "
            "those have none",
            money_trend,
            {"orders": orders, "short_days": short, "long_days": long},
            money,
        )


def _discounts(orders: Where, discount: str | None, windows: tuple[int, ...]) -> Iterator[Feature]:
    for days in windows if discount is not None else ():
        yield _feature(
            f"discount_share_{days}d",
            "share",
            f"money let off orders of the last {days} days / their money before that; less than "
            "nothing counts as nothing; empty where they have no money",
            discount_share,
            {"orders": orders, "discount": discount, "days": days},
            reads(measures=["value", str(discount)]),
        )


def _refunds(orders: Where, refunds: Where, windows: tuple[int, ...]) -> Iterator[Feature]:
    for days in windows:
        yield _feature(
            f"refund_money_share_{days}d",
            "share",
            f"money refunded in the last {days} days, whatever its sign, / money of orders; empty "
            "where they have none",
            refund_share,
            {"orders": orders, "refunds": refunds, "days": days},
            reads(measures=["value"]),
        )
        yield _feature(
            f"refunds_per_order_{days}d",
            "refunds per order",
            f"refunds / orders, both of the last {days} days; empty if there was no order",
            refunded_orders_share,
            {"orders": orders, "refunds": refunds, "days": days},
        )


def _feature(
    name: str,
    unit: str,
    meaning: str,
    function: Compute,
    arguments: dict[str, Any],
    needs: Needs = NOTHING,
) -> Feature:
    return Feature(
        name=name,
        family="value",
        unit=unit,
        meaning=meaning,
        function=function,
        arguments=arguments,
        needs=needs | read_by(arguments),
    )


def _priced(past: Past, orders: Where) -> Ints:
    """The orders that tell money."""
    return np.flatnonzero(past.mask(orders) & past.columns["value?"])


def _positive(past: Past, orders: Where, discount: str) -> Ints:
    return np.maximum(past.columns[discount], 0) * past.mask(orders)
