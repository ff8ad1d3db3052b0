"""How a household shops, week by week and month by month, and what its next stage would take."""

import numpy as np

from features.catalog import reads
from features.known.asof import ratio
from features.known.past import Where
from features.own.authoring import feature

BASKETS = Where(step="basket")
READ = reads(BASKETS, *range(7, 113, 7), 140, 168)


def span(past, days, which):
    """Baskets in one of the spans of so many days, counted back from the cutoff."""
    return past.count(BASKETS, days * (which + 1)) - (
        past.count(BASKETS, days * which) * (which > 0)
    )


def spans(past, days, how_many):
    """Baskets in each of the last spans of so many days: (spans, cutoffs, customers)."""
    return np.stack([span(past, days, which) for which in range(how_many)])


@feature(unit="baskets", name="baskets_week_{which}", over={"which": tuple(range(16))}, needs=READ)
def in_week(past, which):
    """Baskets in the week that ended {which} weeks ago."""
    return span(past, 7, which)


@feature(unit="baskets", name="baskets_month_{which}", over={"which": tuple(range(6))}, needs=READ)
def in_month(past, which):
    """Baskets in the 28 days that ended {which} times 28 days ago."""
    return span(past, 28, which)


@feature(unit="weeks", name="empty_weeks_{weeks}", over={"weeks": (8, 16)}, needs=READ)
def empty_weeks(past, weeks):
    """How many of the last {weeks} weeks had no basket."""
    return (spans(past, 7, weeks) == 0).sum(axis=0)


@feature(unit="ratio", needs=READ)
def month_spread(past):
    """Variance of the baskets a month, against their mean; of six months."""
    months = spans(past, 28, 6)
    return months.var(axis=0) / (months.mean(axis=0) + 0.1)


@feature(unit="ratio", name="usual_{days}d_of_56d", over={"days": (84, 168)}, needs=READ)
def usual(past, days):
    """Baskets a month in {days} days, against those of the last two months."""
    return ratio(past.count(BASKETS, days) * (28 / days), past.count(BASKETS, 56) + 0.3)


@feature(unit="share", needs=READ)
def second_month_share(past):
    """Of the baskets of two months, those of the earlier one."""
    return ratio(span(past, 28, 1), past.count(BASKETS, 56) + 0.3)


@feature(unit="baskets", needs=READ)
def least_to_hold(past):
    """The fewest baskets of the next 28 days with which a household does not decline."""
    return np.floor(past.count(BASKETS, 56) / 4 + 0.075) + 1


@feature(unit="baskets", needs=READ)
def least_to_grow(past):
    """The fewest baskets of the next 28 days with which a household grows."""
    return np.floor((past.count(BASKETS, 56) * 9 + 2.7) / 11) + 1
