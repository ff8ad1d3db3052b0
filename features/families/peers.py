"""Peers: customers of the same kind, and how many others bought or read the same."""

from collections.abc import Iterator

import numpy as np

from features.catalog import Feature, FeatureParams, Vocabulary, plain, reads
from features.known.asof import Floats, ratio
from features.known.compact import NOBODY
from features.known.needs import Group, Needs, group_column
from features.known.past import EVERYTHING, Past
from features.known.trace import Ints
from features.known.windows import telling


def segment_active_share(past: Past, group: Group) -> Floats:
    """Of the customers who share the value, the share with an event in the window."""
    value = _segment(past, group)
    return ratio(past.peers.active(group, value), past.peers.customers(group, value))


def segment_events_per_customer(past: Past, group: Group) -> Floats:
    """Events in the window a head of those who share the value."""
    value = _segment(past, group)
    return ratio(past.peers.events(group, value), past.peers.customers(group, value))


def events_against_segment(past: Past, group: Group) -> Floats:
    """Own events in the window, divided by those a head of the segment."""
    value = _segment(past, group)
    own = past.count(EVERYTHING, group.days)
    return ratio(own * past.peers.customers(group, value), past.peers.events(group, value))


def last_item_popularity(past: Past, group: Group) -> Floats:
    """Of the customers who had any item in the window, the share with the customer's last one."""
    item = _last_item(past, group)
    popularity = ratio(past.peers.active(group, item), past.peers.active(group))
    return np.where(item == NOBODY, np.nan, popularity)


def own_items_popularity(past: Past, group: Group) -> Floats:
    """Mean popularity of the items in the customer's own window."""
    rows = _rows(past, group)
    item = past.columns[group_column(group.attribute)][rows]
    name = ("peers: items", group.attribute)
    number, ever = (past.number_of(rows, name, days) for days in (group.days, None))
    last = np.searchsorted(rows, past.trace.starts) + ever
    counts = past.peers.groups.counts[group].active
    reached = np.zeros(past.shape, dtype=np.int64)
    running = np.zeros(len(rows) + 1, dtype=np.int64)
    for k in range(len(reached)):
        at = past.of_rows(past.peers.number, k)
        np.cumsum(counts[at if len(at) == 1 else at[rows], item], out=running[1:])
        reached[k] = running[last[k]] - running[last[k] - number[k]]
    return ratio(reached, number * past.peers.active(group))


def last_item_trend(past: Past, short: Group, long: Group) -> Floats:
    """Events a day with the customer's last item, lately against the longer window."""
    item = _last_item(past, short)
    lately, usual = past.peers.events(short, item), past.peers.events(long, item)
    return ratio(lately * long.days, usual * short.days)


SEGMENTS = (
    (
        "segment_{}_active_share_{}d",
        "share",
        "share of the customers of the same {} who had an event in the last {} days",
        segment_active_share,
    ),
    (
        "segment_{}_events_per_customer_{}d",
        "events per customer",
        "events a customer of the same {} in the last {} days",
        segment_events_per_customer,
    ),
    (
        "events_against_segment_{}_{}d",
        "ratio",
        "own events divided by those a customer of the same {} in the last {} days",
        events_against_segment,
    ),
)
"""Name, unit, meaning and function of what compares a customer with their segment."""

ITEMS = (
    (
        "last_item_popularity_{}d",
        "share",
        "share of those with a {0} in the last {1} days who had the same as the customer's last",
        last_item_popularity,
    ),
    (
        "own_items_popularity_{}d",
        "share",
        "mean over own events with a {0} in the last {1} days of the share who had the same",
        own_items_popularity,
    ),
)
"""Name, unit, meaning and function of how popular is what a customer bought or read."""


def peers(params: FeatureParams, vocabulary: Vocabulary) -> Iterator[Feature]:
    """Each segment's habits in a short and a long window, and the popularity of items."""
    windows = telling(params.windows_days)
    if "customers" in vocabulary.tables:
        for segment in params.segments:
            yield from _of_segment(segment, windows)
    item = params.attribute_of("item", vocabulary)
    if item is not None:
        yield from _of_items(item, windows)


def _of_segment(segment: str, windows: tuple[int, ...]) -> Iterator[Feature]:
    for name, unit, meaning, function in SEGMENTS:
        for days in windows:
            group = Group("customers", segment, days)
            own = reads(EVERYTHING, days)
            yield Feature(
                name=name.format(plain(segment), days),
                family="peers",
                unit=unit,
                meaning=f"{meaning.format(segment, days)}; empty if none is told or had any",
                function=function,
                arguments={"group": group},
                needs=own | Needs(tables=frozenset({"customers"}), peers=frozenset({group})),
            )


def _of_items(item: str, windows: tuple[int, ...]) -> Iterator[Feature]:
    groups = [Group("events", item, days) for days in windows]
    for name, unit, meaning, function in ITEMS:
        for group in groups:
            yield Feature(
                name=name.format(group.days),
                family="peers",
                unit=unit,
                meaning=f"{meaning.format(item, group.days)}; empty if there was none",
                function=function,
                arguments={"group": group},
                needs=reads(EVERYTHING, group.days, sequence=True)
                | Needs(peers=frozenset({group})),
            )
    if len(groups) > 1:
        short, *_, long = groups
        yield Feature(
            name=f"last_item_trend_{short.days}d_{long.days}d",
            family="peers",
            unit="ratio",
            meaning=f"events a day with the customer's last {item}, by everyone, in the last "
            f"{short.days} days divided by those in {long.days}; empty if there were none",
            function=last_item_trend,
            arguments={"short": short, "long": long},
            needs=reads(EVERYTHING, sequence=True) | Needs(peers=frozenset({short, long})),
        )


def _segment(past: Past, group: Group) -> Ints:
    """The number of each customer's value; `NOBODY` where none is told."""
    column = group_column(group.attribute)
    return past.kept(("peers: segment", column), lambda: past.profile.category(column))


def _rows(past: Past, group: Group) -> Ints:
    """The events that name an item."""
    column = group_column(group.attribute)
    return past.kept(("peers: rows", column), lambda: np.flatnonzero(past.columns[column] >= 0))


def _last_item(past: Past, group: Group) -> Ints:
    """The number of each customer's last item; `NOBODY` before the first."""
    column = group_column(group.attribute)

    def last() -> Ints:
        row = past.last_of(_rows(past, group), ("peers: last", column))
        return past.taken(past.columns[column], row, NOBODY)

    return past.kept(("peers: last item", column), last)
