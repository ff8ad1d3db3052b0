"""Laws: what must be true of every feature, as functions that say which features break them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl

from features.build import build
from features.catalog import Feature
from features.errors import JejakError
from features.known.compact import CLOCKS
from features.known.told import TABLES, Told
from features.peers.peers import peers

Broken = dict[str, str]
"""Features that break a law, by name: how."""

PARTS = 8
"""Into so many parts a crowd is cut; a smaller one into its customers."""

_LONG_AGO = timedelta(days=3_650)
_SEED = 7

Change = Callable[[str, pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True, kw_only=True)
class World:
    """What laws are tried on: what is told of `customers`, and some cutoffs, ascending.

    `crowd` is what is told of everyone, in parts; without it, nobody has other peers than these.
    """

    told: Told
    customers: pl.Series
    cutoffs: Sequence[datetime]
    zone: ZoneInfo
    crowd: Sequence[Told] = ()

    @classmethod
    def of(cls, told: Told, cutoffs: Sequence[datetime], zone: ZoneInfo) -> "World":
        """Everyone of whom there are facts."""
        return cls(told=told, customers=told.everyone(), cutoffs=sorted(cutoffs), zone=zone)

    @classmethod
    def sample(
        cls, parts: Iterable[Told], cutoffs: Sequence[datetime], zone: ZoneInfo, customers: int
    ) -> "World":
        """So many customers of the first parts, or all where there are fewer."""
        taken: list[World] = []
        for told in parts:
            world = cls.of(told, cutoffs, zone)
            taken.append(world.only(world.customers.head(customers)))
            customers -= len(taken[-1].customers)
            if not customers:
                break
        together = {
            name: pl.concat([one.told.table(name) for one in taken], how="diagonal_relaxed")
            for name in TABLES
        }
        return cls.of(replace(taken[0].told, **together), cutoffs, zone)

    def panel(self, features: Sequence[Feature], *, threads: int = 1) -> pl.DataFrame:
        """One row a cutoff and customer."""
        table = peers(self.crowd or [self.told], self.cutoffs, features, self.zone)
        return build(
            self.told,
            self.customers,
            self.cutoffs,
            features,
            self.zone,
            peers=table,
            threads=threads,
        )

    def changed(self, change: Change) -> "World":
        """The same with each table changed, which knows its name."""
        crowd = [_changed(told, change) for told in self.crowd]
        return replace(self, told=_changed(self.told, change), crowd=crowd)

    def split(self, parts: int) -> list["World"]:
        """The customers in so many parts, each told of alone; all of them are its crowd."""
        some = [self.customers.gather_every(parts, at) for at in range(parts)]
        alone = [self.only(customers) for customers in some if len(customers)]
        return [replace(one, crowd=[each.told for each in alone]) for one in alone]

    def only(self, customers: pl.Series) -> "World":
        """What is told of some customers; the others are nobody's peers."""
        only = self.changed(lambda _, rows: rows.filter(pl.col("customer_id").is_in(customers)))
        return replace(only, customers=customers)

    def at(self, *cutoffs: datetime) -> "World":
        """The same at other cutoffs."""
        return replace(self, cutoffs=cutoffs)


Law = Callable[[World, Sequence[Feature]], Broken]


def future(world: World, features: Sequence[Feature]) -> Broken:
    """What happens at a cutoff or after it changes nothing."""

    def happened(name: str, rows: pl.DataFrame, cutoff: datetime) -> pl.DataFrame:
        return rows.filter(pl.col(CLOCKS[name]) < cutoff)

    return _without(world, features, happened)


def unknown(world: World, features: Sequence[Feature]) -> Broken:
    """What is not known before a cutoff changes nothing, nor what was corrected by then."""

    def known(_: str, rows: pl.DataFrame, cutoff: datetime) -> pl.DataFrame:
        if "superseded_at" in rows.columns:
            end = pl.col("superseded_at")
            told = pl.when(end < cutoff).then(end)
            rows = rows.with_columns(told.alias("superseded_at")).filter(told.is_null())
        return rows.filter(pl.col("known_at") < cutoff) if "known_at" in rows.columns else rows

    return _without(world, features, known)


def order(world: World, features: Sequence[Feature]) -> Broken:
    """Neither the order of rows nor that of features changes anything."""
    turned = world.changed(lambda _, rows: rows.reverse())
    shuffled = world.changed(lambda _, rows: rows.sample(fraction=1, shuffle=True, seed=_SEED))
    before = world.panel(features)
    return _first_of(
        _differing(before, turned.panel(features), features),
        _differing(before, shuffled.panel([*reversed(features)]), features),
    )


def crowd(world: World, features: Sequence[Feature]) -> Broken:
    """Other customers, told or asked for, change nothing but what peers are said to have done."""
    before = world.panel(features)
    parts = world.split(PARTS)
    alone = [part.panel(features) for part in parts]
    asked = [replace(world, customers=part.customers).panel(features) for part in parts]
    return _first_of(
        *(_differing(before, _in_order(panels), features) for panels in (alone, asked) if parts)
    )


def cutoffs(world: World, features: Sequence[Feature]) -> Broken:
    """Other cutoffs change nothing, not even one before all history."""
    longer = world.at(world.cutoffs[0] - _LONG_AGO, *world.cutoffs)
    many = longer.panel(features)
    single = [longer.at(cutoff).panel(features) for cutoff in longer.cutoffs]
    return _first_of(
        _differing(many[len(world.customers) :], world.panel(features), features),
        _differing(many, _in_order(single), features),
    )


def work(world: World, features: Sequence[Feature]) -> Broken:
    """Building again, or with more threads, changes nothing."""
    before = world.panel(features)
    return _first_of(
        _differing(before, world.panel(features), features),
        _differing(before, world.panel(features, threads=3), features),
    )


def company(world: World, features: Sequence[Feature]) -> Broken:
    """Other features change nothing: each says all that it reads, and leaves the past as it was."""
    before = world.panel(features)
    return _first_of(*(_alone(world, feature, before) for feature in features))


LAWS: dict[str, Law] = {law.__name__: law for law in (future, unknown, order, crowd, cutoffs, work)}
"""The laws that cost a few panels each; `company` costs one panel a feature."""


def _alone(world: World, feature: Feature, before: pl.DataFrame) -> Broken:
    try:
        return _differing(before, world.panel([feature]), [feature])
    except JejakError as error:
        return {feature.name: str(error)}
    except Exception as error:  # noqa: BLE001  # whatever it is, it is the feature that broke
        return {feature.name: f"ends with {type(error).__name__}"}


def _changed(told: Told, change: Change) -> Told:
    tables = {name: change(name, told.table(name)) for name in TABLES}
    return replace(told, **tables, ordered=False)


def _without(
    world: World,
    features: Sequence[Feature],
    kept: Callable[[str, pl.DataFrame, datetime], pl.DataFrame],
) -> Broken:
    """The features that change, at any cutoff, where only some rows are kept."""

    def at(cutoff: datetime) -> Broken:
        one = world.at(cutoff)
        bare = one.changed(lambda name, rows: kept(name, rows, cutoff))
        return _differing(one.panel(features), bare.panel(features), features)

    return _first_of(*(at(cutoff) for cutoff in world.cutoffs))


def _differing(before: pl.DataFrame, after: pl.DataFrame, features: Iterable[Feature]) -> Broken:
    """The features whose values are not the same to the bit, with the first that is another."""
    return {
        feature.name: _how(before, after, feature.name, rows)
        for feature in features
        if len(rows := np.flatnonzero(_bits(before[feature.name]) != _bits(after[feature.name])))
    }


def _how(before: pl.DataFrame, after: pl.DataFrame, name: str, rows: npt.NDArray[np.int64]) -> str:
    at = int(rows[0])
    return (
        f"{len(rows)} of {len(before)} values differ; the first, "
        f"at {before['cutoff'][at]:%Y-%m-%d}, is {before[name][at]} and {after[name][at]}"
    )


def _bits(values: pl.Series) -> npt.NDArray[np.unsignedinteger]:
    """Values as the bits that they are, so that 0.0 is not -0.0; empty is empty."""
    told = np.ascontiguousarray(values.to_numpy())
    return told.view(f"u{told.itemsize}")


def _in_order(panels: Sequence[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(panels).sort("cutoff", "customer_id")


def _first_of(*broken: Broken) -> Broken:
    """All that broke, each feature with what was found of it first."""
    return {name: how for found in reversed(broken) for name, how in found.items()}
