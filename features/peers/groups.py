"""Groups: what peers did as of each cutoff, as a table and for look-up by key.

Peers are customers who share a value of an attribute, or whom an event with the same item reached.
What a group did is counted over everyone, once, and given to whoever builds features.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from features.contracts import INSTANT, Column, PolarsDtype, Table, check
from features.errors import ContractBroken
from features.known.needs import Group, Keys
from features.known.trace import Ints

PEERS: Table[PolarsDtype] = Table(
    "peers",
    "What groups of customers did as of each cutoff; one row a cutoff, group and window.",
    (
        Column("cutoff", INSTANT, "when it was known", "instant UTC"),
        Column("of", pl.String, "`customers` of one value, or `events` of one item"),
        Column("attribute", pl.String, "the attribute whose value makes the group"),
        Column("days", pl.Int64, "length of the window that ends at the cutoff", "days"),
        Column("key", pl.String, "the value; none means everyone", nullable=True),
        Column("customers", pl.Int64, "who belong to the group then", "customers"),
        Column("active", pl.Int64, "of them, with such an event in the window", "customers"),
        Column("events", pl.Int64, "such events in the window", "events"),
    ),
    clock="cutoff",
)
"""Of `customers`, those belong to a group who had an event before the cutoff and the value as of
it, and all their events are counted. Of `events`, only events with the item are, and whoever had
one in the window belongs."""


@dataclass(frozen=True)
class Counts:
    """What groups did: arrays of shape (cutoffs, groups); the last group is one without members."""

    customers: Ints
    active: Ints
    events: Ints


@dataclass(frozen=True)
class Groups:
    """A table of peers for look-up: `keys` says in which order groups stand.

    `everyone` holds the same counts of all groups together, of shape (cutoffs, 1).
    """

    keys: frozenset[Keys]
    counts: Mapping[Group, Counts]
    everyone: Mapping[Group, Counts]

    @classmethod
    def of(
        cls, table: pl.DataFrame | None, wanted: Collection[Group], cutoffs: Sequence[datetime]
    ) -> "Groups":
        """The groups that are wanted, at ascending cutoffs.

        `ContractBroken` where the table does not tell of them.
        """
        if not wanted:
            return NO_GROUPS
        if table is None:
            raise ContractBroken(
                "some features compare customers with their peers, of whom nothing is told",
                where="table peers",
                mend="count them over everyone (`features.peers.peers.peers`), and give the table",
            )
        rows = check(PEERS, table)
        keys = {group: _keys(rows, group) for group in wanted}
        told = {group: _told(rows, group, cutoffs) for group in sorted(wanted)}
        return cls(
            frozenset(keys.values()),
            {group: _counts(told[group], keys[group].values, cutoffs) for group in told},
            {group: _together(told[group], cutoffs) for group in told},
        )


NO_GROUPS = Groups(frozenset(), {}, {})


@dataclass(frozen=True)
class Peers:
    """Groups as of some cutoffs: `number` says which of the table's, shaped as cutoffs are."""

    groups: Groups
    number: Ints

    def customers(self, group: Group, key: Ints | None = None) -> Ints:
        """How many belong to the groups of some keys, shaped as the keys; without keys, to any."""
        return self._told("customers", group, key)

    def active(self, group: Group, key: Ints | None = None) -> Ints:
        """How many of them were active in the window."""
        return self._told("active", group, key)

    def events(self, group: Group, key: Ints | None = None) -> Ints:
        """How many events they had in the window."""
        return self._told("events", group, key)

    def _told(self, name: str, group: Group, key: Ints | None) -> Ints:
        if key is None:
            return getattr(self.groups.everyone[group], name)[self.number, 0]
        return getattr(self.groups.counts[group], name)[self.number, key]


NO_PEERS = Peers(NO_GROUPS, np.zeros((1, 1), dtype=np.int64))


def _keys(rows: pl.DataFrame, group: Group) -> Keys:
    """Every key of the attribute, whatever the window."""
    named = (pl.col("of") == group.of) & (pl.col("attribute") == group.attribute)
    known = rows.filter(named)["key"].drop_nulls().unique().sort()
    return Keys(group.of, group.attribute, tuple(known))


def _told(rows: pl.DataFrame, group: Group, cutoffs: Sequence[datetime]) -> pl.DataFrame:
    """The rows of the group's attribute and window at these cutoffs, each with its number."""
    own = [pl.col(name) == getattr(group, name) for name in ("of", "attribute", "days")]
    numbered = pl.DataFrame({"cutoff": cutoffs}, schema={"cutoff": INSTANT}).with_row_index("_at")
    found = rows.filter(*own).join(numbered, on="cutoff")
    missing = {*cutoffs} - {*found.filter(pl.col("key").is_null())["cutoff"]}
    if missing:
        raise ContractBroken(
            f"nothing is told of groups by {group.attribute} in the {group.days} days before "
            f"{min(missing):%Y-%m-%d %H:%M} UTC",
            where="table peers",
            mend="count them for the cutoffs and features that are built",
        )
    return found


def _counts(told: pl.DataFrame, keys: Sequence[str], cutoffs: Sequence[datetime]) -> Counts:
    """Counts by cutoff and key; what is not told of did nothing."""
    single = told.filter(pl.col("key").is_not_null())
    number = single["key"].cast(pl.Enum(list(keys))).to_physical().cast(pl.Int64)
    return _filled(single, number, (len(cutoffs), len(keys) + 1))


def _together(told: pl.DataFrame, cutoffs: Sequence[datetime]) -> Counts:
    everyone = told.filter(pl.col("key").is_null())
    return _filled(everyone, pl.zeros(everyone.height, pl.Int64, eager=True), (len(cutoffs), 1))


def _filled(rows: pl.DataFrame, group: pl.Series, shape: tuple[int, int]) -> Counts:
    place = rows["_at"].to_numpy(), group.to_numpy()

    def counts(name: str) -> Ints:
        out = np.zeros(shape, dtype=np.int64)
        out[place] = rows[name].to_numpy()
        return out

    return Counts(counts("customers"), counts("active"), counts("events"))
