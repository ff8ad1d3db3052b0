"""The words of the data: steps and channels, stages, attributes, and what carries money."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from features.catalog import Vocabulary
from features.contracts import EVENTS, Frame
from features.errors import DataRefused
from features.known.needs import Attribute
from features.known.told import Told
from features.known.versions import visible
from features.rare import holders, shared, together, told_apart
from features.stages.personas import attributes_in

WORDS_MOST = 60
"""More steps or channels than this are names of products, shops or texts, not kinds; each costs
features."""

VALUES_MOST = 30
"""More values than this of an attribute are names of persons or places, not kinds of customers."""

_OTHER_TABLES = ("contracts", "customers", "stage_history")
_CLOCKS = {"contracts": "starts_at", "customers": "valid_from", "stage_history": "entered_at"}


def vocabulary(
    parts: Iterable[Told],
    until: datetime,
    *,
    stages: Sequence[str] = (),
    exits: Sequence[str] = (),
    named: Collection[str] = (),
    customers_least: int = 1,
) -> Vocabulary:
    """The words of all that happened, was known and held before an instant.

    `DataRefused` when nothing had happened by then, or there are more than `WORDS_MOST` steps or
    channels. An attribute of customers with more than `VALUES_MOST` values that are no numbers is
    left out. What fewer than `customers_least` customers have, or fewer than all where there are
    less than that, is not told apart, but for steps that are `named`; an attribute that so few
    tell is left out.
    """
    found = [_Found(told, until) for told in parts]
    pairs = sorted({pair for one in found for pair in one.pairs})
    if not pairs:
        raise DataRefused(
            f"there is no event before {until:%Y-%m-%d %H:%M} UTC",
            where="event lake",
            mend="check the dates of the sources, or stand at a later day with --as-of",
        )
    channels, steps = (set(words) for words in zip(*pairs, strict=True))
    _refuse_many("step", steps, "kinds of touch, such as 'order' and 'visit'")
    _refuse_many("channel", channels, "channels, such as 'store' and 'web'")
    least = min(customers_least, sum(one.number for one in found))
    shared_by = {
        word: shared(together(one.holders[word] for one in found), least)
        for word in ("channel", "step")
    }
    steps &= {*shared_by["step"], *named}
    return Vocabulary(
        pairs=told_apart(pairs, shared_by["channel"], steps),
        steps_with_value=_joined({*one.with_value} & steps for one in found),
        steps_with_sentiment=_joined({*one.with_sentiment} & steps for one in found),
        event_attributes=_joined(one.event_attributes for one in found),
        tables=_joined(one.tables for one in found),
        stages=tuple(stages),
        exits=tuple(exits),
        attributes=_attributes([one.customers for one in found], least),
    )


def steps_by_frequency(events: Frame) -> dict[str, bool]:
    """The steps, most frequent first, equals by name; and whether each carries money."""
    carries = pl.col("value").is_not_null().any()
    steps = events.group_by("step").agg(rows=pl.len(), carries_money=carries)
    ordered = steps.sort("rows", "step", descending=[True, False])
    return dict(ordered.select("step", "carries_money").iter_rows())


class _Found:
    """The words of some customers."""

    def __init__(self, told: Told, until: datetime) -> None:
        known = visible(told.events, "occurred_at", until)
        self.pairs = known.select("channel", "step").unique().rows()
        self.number = known["customer_id"].n_unique()
        self.holders = {word: holders(known, word) for word in ("channel", "step")}
        self.with_value = _steps_with(known, "value")
        self.with_sentiment = _steps_with(known, "sentiment")
        others = [name for name in known.columns if name not in EVENTS.schema]
        self.event_attributes = [name for name in others if known[name].count()]
        seen = {name: visible(told.table(name), _CLOCKS[name], until) for name in _OTHER_TABLES}
        self.tables = [name for name, rows in seen.items() if rows.height]
        rows = seen["customers"]
        self.customers = {
            name: _Told(rows.drop_nulls(name)["customer_id"].n_unique(), holders(rows, name))
            for name in attributes_in(rows)
        }


@dataclass(frozen=True)
class _Told:
    """An attribute of some customers: how many tell it, and who has which value."""

    customers: int
    held: pl.DataFrame


def _steps_with(events: pl.DataFrame, measure: str) -> list[str]:
    return events.filter(pl.col(measure).is_not_null())["step"].unique().to_list()


def _joined(words: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(sorted({word for some in words for word in some}))


def _attributes(found: Sequence[dict[str, _Told]], least: int) -> tuple[Attribute, ...]:
    """What kind each attribute of customers is of, over all of them."""
    told = {name: [one[name] for one in found if name in one] for name in _joined(found)}
    kinds = (_attribute(name, parts, least) for name, parts in told.items())
    return tuple(kind for kind in kinds if kind)


def _attribute(name: str, found: Sequence[_Told], least: int) -> Attribute | None:
    parts = [one.held for one in found if one.customers]
    if not parts or sum(one.customers for one in found) < least:
        return None
    kinds = [part.schema["value"] for part in parts]
    if all(kind.is_temporal() for kind in kinds):
        return Attribute(name, "instant")
    held = together(parts)
    if all(kind.is_numeric() or kind == pl.Boolean for kind in kinds):
        return Attribute(name, "number")
    if held["value"].cast(pl.Float64, strict=False).null_count() == 0:
        return Attribute(name, "number")
    values = shared(held, least)
    if len(held) > VALUES_MOST or not values:
        return None
    return Attribute(name, "category", values)


def _refuse_many(column: str, words: set[str], few: str) -> None:
    if len(words) > WORDS_MOST:
        raise DataRefused(
            f"the events have {len(words)} different {column}s, more than {WORDS_MOST}",
            where=f"columns.{column} of the sources",
            mend=f"map them to a few {few}",
        )
