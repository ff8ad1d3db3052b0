"""Profile: who a customer is, as sources had told it by the cutoff, and what changed of late."""

from collections.abc import Iterator

import numpy as np

from features.catalog import Feature, FeatureParams, Vocabulary, plain
from features.known.asof import Floats
from features.known.compact import NOBODY
from features.known.needs import Attribute, Needs
from features.known.past import Past
from features.known.trace import Ints
from features.known.windows import telling


def number(past: Past, attribute: Attribute) -> Floats:
    """An attribute that is a number; NaN where none is told."""
    return past.profile.number(attribute.name)


def category(past: Past, attribute: Attribute) -> Floats:
    """The number of the attribute's value; NaN where none is told."""
    code = past.profile.category(attribute.name)
    return np.where(code == NOBODY, np.nan, code)


def days_from(past: Past, attribute: Attribute) -> Floats:
    """Days from an instant that is told to the cutoff, negative before it; NaN where none is."""
    return past.profile.days_from(attribute.name)


def days_since_change(past: Past, attribute: Attribute) -> Floats:
    """Days since another value was told than the one before; NaN if never."""
    return past.profile.days_since_change(attribute)


def changed(past: Past, attribute: Attribute, days: int) -> Ints:
    """1 if another value was told in the last days, else 0."""
    return (past.profile.days_since_change(attribute) <= days).astype(np.int64)


def profile(params: FeatureParams, vocabulary: Vocabulary) -> Iterator[Feature]:
    """Each attribute of customers, and whether it changed in the long window."""
    days = telling(params.windows_days)[-1]
    for attribute in vocabulary.attributes:
        yield _told(attribute)
        if attribute.kind != "instant":
            yield from _changes(attribute, days)


def _told(attribute: Attribute) -> Feature:
    name = plain(attribute.name)
    if attribute.kind == "number":
        said, unit, function = f"profile_{name}", "as told", number
    elif attribute.kind == "category":
        said, unit, function = f"profile_{name}", "value", category
    else:
        said, unit, function = f"profile_{name}_days", "days", days_from
    meaning = f"days from {attribute.name}" if unit == "days" else attribute.name
    return Feature(
        name=said,
        family="profile",
        unit=unit,
        meaning=f"{meaning} as it was known of the customer; empty if it was not",
        function=function,
        arguments={"attribute": attribute},
        needs=_reads(attribute),
        values=attribute.values,
    )


def _changes(attribute: Attribute, days: int) -> Iterator[Feature]:
    name = plain(attribute.name)
    yield Feature(
        name=f"profile_{name}_changed_{days}d",
        family="profile",
        unit="flag",
        meaning=f"1 if {attribute.name} became another in the last {days} days, else 0",
        function=changed,
        arguments={"attribute": attribute, "days": days},
        needs=_reads(attribute),
        whole=True,
    )
    yield Feature(
        name=f"days_since_profile_{name}_changed",
        family="profile",
        unit="days",
        meaning=f"days since {attribute.name} became another; empty if it never did",
        function=days_since_change,
        arguments={"attribute": attribute},
        needs=_reads(attribute),
    )


def _reads(attribute: Attribute) -> Needs:
    return Needs(tables=frozenset({"customers"}), profile=frozenset({attribute}))
