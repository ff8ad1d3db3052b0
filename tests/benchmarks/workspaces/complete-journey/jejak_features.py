"""What the baskets of a household held: counts of products, and money by kind of product."""

from features.catalog import reads
from features.known.asof import ratio
from features.known.past import Where
from features.measures import SCALE
from features.own.authoring import feature

BASKETS = Where(step="basket")
WINDOWS = (28, 84, 168)
COUNTED = ("lines", "pieces", "products", "categories", "departments", "big")
KINDS = ("private", "fresh", "grocery", "drug", "fuel", "meat")
READ = ("value", "discount", "coupons", *COUNTED, *KINDS)


@feature(
    unit="products",
    name="{held}_in_baskets_{days}d",
    over={"held": COUNTED, "days": WINDOWS},
    needs=reads(BASKETS, measures=READ),
)
def held_in_baskets(past, held, days):
    """Of the baskets of the last {days} days the {held}, added up."""
    return past.total(held, BASKETS, days) / SCALE


@feature(
    unit="products per basket",
    name="{held}_per_basket_{days}d",
    over={"held": ("lines", "categories", "departments"), "days": WINDOWS},
    needs=reads(BASKETS, measures=READ),
)
def held_per_basket(past, held, days):
    """Mean {held} a basket of the last {days} days; empty if there was none."""
    return ratio(past.total(held, BASKETS, days), past.count(BASKETS, days)) / SCALE


@feature(
    unit="currency",
    name="{kind}_value_{days}d",
    over={"kind": ("discount", "coupons", *KINDS), "days": WINDOWS},
    needs=reads(BASKETS, measures=READ),
)
def spent_on(past, kind, days):
    """Money of the last {days} days that is {kind}."""
    return past.total(kind, BASKETS, days) / SCALE


@feature(
    unit="share",
    name="{kind}_share_{days}d",
    over={"kind": ("coupons", *KINDS), "days": WINDOWS},
    needs=reads(BASKETS, measures=READ),
)
def share_spent_on(past, kind, days):
    """Share of the money of the last {days} days that is {kind}; empty if it is none."""
    return ratio(past.total(kind, BASKETS, days), past.total("value", BASKETS, days))
