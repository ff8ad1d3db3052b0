"""What the rules of stages may look at: everything that was known at a midnight, except stages."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from features.build import build
from features.catalog import Feature, FeatureParams, Vocabulary
from features.clock import microseconds
from features.contracts import CUSTOMERS
from features.families import LONGEST_WINDOW_DAYS, catalog
from features.known.compact import NEVER
from features.known.terms import CONTRACT_FACTS, contracts_at
from features.known.told import Told
from features.known.trace import Ints
from features.stages.personas import attributes_at, attributes_in

KNOWN = "_known"
"""Whether anything at all was known of the customer."""

FAMILIES = ("recency", "tenure", "frequency", "monetary", "rhythm")
"""The families that rules may read: of events alone, since contracts and attributes have facts of
their own, and stages are what is being made."""

_SEEN = "days_since_last"
_WORD = re.compile(r"_(channel|step)_([a-z0-9_]+?)(_\d{1,5}d)?$")
_HASHED = re.compile(r"_(channel|step)__[0-9a-f]{4}(_\d{1,5}d)?$")
"""How a name ends that speaks of a word without any Latin letter."""


class Facts:
    """The facts that some rules read, for every customer at any midnight.

    A name means a feature of the catalog first, with any number of days, then a fact about
    contracts, then an attribute.
    """

    def __init__(
        self, told: Told, read: Collection[str], vocabulary: Vocabulary, zone: ZoneInfo
    ) -> None:
        features = _features(read, vocabulary)
        self.names = fact_names(read, vocabulary, attributes_in(told.customers))
        """The names that a rule may use."""
        attributes = self.names[len(features) + len(CONTRACT_FACTS) :]
        self.everyone = told.everyone()
        self._features = [features[name] for name in sorted({*read, _SEEN} & {*features})]
        self._attributes = [name for name in attributes if name in read]
        numbered = _numbered(told, self.everyone)
        kept = [name for name in numbered.customers.columns if name in CUSTOMERS.schema]
        self._events, self._contracts = numbered.events, numbered.contracts
        self._reads_contracts = bool({*read} & {*CONTRACT_FACTS})
        self._told_of = _told_of(numbered)
        self._customers = numbered.customers.select(*kept, *self._attributes)
        self._numbers = pl.DataFrame({"customer_id": range(len(self.everyone))}).cast(pl.Int64)
        self._zone = zone

    def at(self, midnights: Sequence[datetime]) -> pl.DataFrame:
        """One row a midnight and customer, in this order: the facts that are read, and `KNOWN`."""
        everyone = self._numbers["customer_id"]
        features = build(Told(events=self._events), everyone, midnights, self._features, self._zone)
        others = pl.concat([self._others(cutoff) for cutoff in midnights])
        facts = features.drop("customer_id", "cutoff").hstack(others)
        return facts.with_columns(pl.col(KNOWN) | pl.col(_SEEN).is_not_null())

    def _others(self, cutoff: datetime) -> pl.DataFrame:
        """What contracts and attributes tell at a midnight, in the order of everyone."""
        customer, since, until = self._told_of.T
        at = microseconds(cutoff)
        known = np.zeros(len(self.everyone), dtype=np.bool_)
        known[customer[(since < at) & (until >= at)]] = True
        facts = self._numbers.with_columns(pl.Series(KNOWN, known))
        if self._reads_contracts:
            contracts = contracts_at(self._contracts, cutoff)
            facts = facts.join(contracts, on="customer_id", how="left", maintain_order="left")
            facts = facts.with_columns(pl.col("contract_active").fill_null(value=False))
        if self._attributes:
            attributes = attributes_at(self._customers, cutoff)
            facts = facts.join(attributes, on="customer_id", how="left", maintain_order="left")
        return facts.drop("customer_id")


def _numbered(told: Told, everyone: pl.Series) -> Told:
    """The same with each customer's position in `everyone` as its id."""
    position = pl.col("customer_id").cast(pl.Enum(everyone)).to_physical().cast(pl.Int64)
    return replace(
        told,
        events=told.events.with_columns(position),
        customers=told.customers.with_columns(position),
        contracts=told.contracts.with_columns(position),
    )


def fact_names(
    read: Collection[str], vocabulary: Vocabulary, attributes: Iterable[str]
) -> tuple[str, ...]:
    """Every name that rules may use, with the days that those which they `read` name.

    Features come first, then `CONTRACT_FACTS`, then the attributes whose name is neither.
    """
    told = (*_features(read, vocabulary), *CONTRACT_FACTS)
    return (*told, *(name for name in dict.fromkeys(attributes) if name not in told))


def possible_names(read: Collection[str], attributes: Iterable[str]) -> tuple[str, ...]:
    """Every name that rules might use if any step and any channel could occur.

    >>> {"events_step_demo_28d", "demo"} & {*possible_names(["events_step_demo_28d"], [])}
    {'events_step_demo_28d'}
    """
    hashed = (name for name in read if _HASHED.search(name))
    return (*fact_names(read, _words_in(read), attributes), *hashed)


def _words_in(read: Collection[str]) -> Vocabulary:
    """A vocabulary in which every step and every channel occurs that names of facts speak of."""
    words = {
        (found[1], found[2] + days)
        for name in read
        if (found := _WORD.search(name))
        for days in ("", found[3] or "")
    }
    steps = sorted(word for kind, word in words if kind == "step") or ["step"]
    channels = sorted(word for kind, word in words if kind == "channel")
    of_channels = [(channel, step) for channel in channels for step in ("one", "other")]
    return Vocabulary(
        pairs=(*(("any", step) for step in steps), *of_channels), steps_with_value=tuple(steps)
    )


def _told_of(numbered: Told) -> Ints:
    """Versions and terms as rows: the customer, since when and until when one was known."""
    tables = ((numbered.customers, "valid_from"), (numbered.contracts, "starts_at"))
    return pl.concat(
        table.select(
            "customer_id",
            since=pl.max_horizontal(clock, "known_at").to_physical(),
            until=pl.col("superseded_at").to_physical().fill_null(NEVER),
        )
        for table, clock in tables
    ).to_numpy()


def _features(read: Collection[str], vocabulary: Vocabulary) -> dict[str, Feature]:
    """The features of the catalog by name, with the look-backs that the rules name."""
    named = {int(found[1]) for name in read if (found := re.search(r"_(\d{1,5})d$", name))}
    days = (days for days in sorted(named) if 1 <= days <= LONGEST_WINDOW_DAYS)
    params = FeatureParams(windows_days=tuple(days), families=FAMILIES)
    return {feature.name: feature for feature in catalog(params, vocabulary).features}
