"""The match report: how far identity got, in numbers; no handle and no key of a record."""

from dataclasses import dataclass

import polars as pl

from features.identity.canonical import Identity
from features.identity.graph import strong

_BIGGEST = 5


@dataclass(frozen=True, kw_only=True)
class SourceMatch:
    """Records of one source; `matched` and `alone` add up to them."""

    source: str
    records: int
    matched: int
    """Share their customer with another record."""
    across: int
    """Share it with a record of another source."""
    alone: int
    without_handle: int
    """Have no handle that could join them."""


@dataclass(frozen=True, kw_only=True)
class HubCount:
    """Handles of one kind that join nobody, and the records that have them."""

    kind: str
    handles: int
    records: int


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A customer with many records: look here first for what should not be one."""

    customer_id: str
    records: int
    sources: int


@dataclass(frozen=True, kw_only=True)
class MatchReport:
    """What `jejak doctor` prints of identity; customer ids are for the terminal, not for logs."""

    records: int
    customers: int
    sources: tuple[SourceMatch, ...]
    hubs: tuple[HubCount, ...]
    biggest: tuple[Cluster, ...]
    merges: int
    splits: int
    moves: int = 0
    """Customers whose rows went to another one with a contact's account."""


def match_report(identity: Identity, records: pl.DataFrame, biggest: int = _BIGGEST) -> MatchReport:
    """The report on what `resolve` made of the records."""
    clusters = identity.assignments.group_by("customer_id").agg(
        pl.len().alias("size"), pl.col("source").n_unique().alias("sources")
    )
    moves = identity.changes.group_by("change").agg(pl.col("former_id").n_unique())
    counts = dict(moves.iter_rows())
    return MatchReport(
        records=identity.assignments.height,
        customers=clusters.height,
        sources=_sources(identity.assignments, clusters, records),
        hubs=_hubs(identity.hubs, records),
        biggest=_clusters(clusters, biggest),
        merges=counts.get("merge", 0),
        splits=counts.get("split", 0),
        moves=counts.get("account", 0),
    )


def _sources(
    assignments: pl.DataFrame, clusters: pl.DataFrame, records: pl.DataFrame
) -> tuple[SourceMatch, ...]:
    handled = strong(records).select("source", "key", handled=pl.lit(value=True)).unique()
    placed = assignments.join(clusters, on="customer_id").join(
        handled, on=["source", "key"], how="left"
    )
    counted = placed.group_by("source").agg(
        records=pl.len(),
        matched=(pl.col("size") > 1).sum(),
        across=(pl.col("sources") > 1).sum(),
        alone=(pl.col("size") == 1).sum(),
        without_handle=pl.col("handled").is_null().sum(),
    )
    return tuple(SourceMatch(**row) for row in counted.sort("source").iter_rows(named=True))


def _hubs(hubs: pl.DataFrame, records: pl.DataFrame) -> tuple[HubCount, ...]:
    shared = records.join(hubs.select("kind", "handle"), on=["kind", "handle"])
    counted = shared.group_by("kind").agg(
        handles=pl.col("handle").n_unique(),
        records=pl.struct("source", "key").n_unique(),
    )
    return tuple(HubCount(**row) for row in counted.sort("kind").iter_rows(named=True))


def _clusters(clusters: pl.DataFrame, biggest: int) -> tuple[Cluster, ...]:
    order = clusters.sort(pl.col("size").cast(pl.Int64).neg(), "customer_id").head(biggest)
    rows = order.select("customer_id", "sources", records="size")
    return tuple(Cluster(**row) for row in rows.iter_rows(named=True))
