"""Customers with ids that last: a customer is called after the record known first.

A record that arrives with an older date than the run before counts from that run on: until then
nobody had it. So a newcomer never renames an old customer.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import polars as pl

from features.clock import microseconds
from features.contracts import check
from features.errors import DataRefused
from features.identity import graph
from features.identity.marks import check_key, name
from features.identity.tables import ASSIGNMENTS, CHANGES, HUBS, LINKS, RECORDS

_RECORD = ["source", "key"]
_ORDER = ["known_at", *_RECORD]


@dataclass(frozen=True)
class Identity:
    """Who is who at `as_of`: tables `ASSIGNMENTS`, `CHANGES` since the run before, `HUBS`."""

    as_of: datetime
    assignments: pl.DataFrame
    changes: pl.DataFrame
    hubs: pl.DataFrame


def resolve(
    records: pl.DataFrame,
    *,
    as_of: datetime,
    key: bytes,
    previous: Identity | None = None,
    hub_limit: int = graph.HUB_LIMIT,
    likely: pl.DataFrame | None = None,
) -> Identity:
    """The customers behind all records known before `as_of`, those of earlier runs included.

    `previous` is what the run before returned; a record that it had and that is gone is erased.
    `likely` has pairs of records, as the contract `links`, that are one customer without a handle
    in common. `DataRefused` if `previous` is of a later instant.
    """
    check_key(key)
    _refuse_later(previous, as_of)
    known = check(RECORDS, records).filter(pl.col("known_at") < as_of)
    ordered = _ordered(known, previous)
    links = _links(known, ordered)
    hubs = graph.hubs(links, hub_limit)
    joining = links.join(hubs.select("node"), on="node", how="anti").select("record", "node")
    if likely is not None:
        joining = joining.vstack(_likely(likely, ordered, links))
    assignments = _assigned(ordered, graph.founders(joining, ordered.height), key)
    told = check(HUBS, hubs.select(*HUBS.schema))
    return Identity(as_of, assignments, _changes(previous, assignments, as_of), told)


def _ordered(known: pl.DataFrame, previous: Identity | None) -> pl.DataFrame:
    """One row a record, in the order in which they count, with the names given so far."""
    firsts = known.group_by(_RECORD).agg(pl.col("known_at").min())
    if previous is None:
        named = firsts.with_columns(name=pl.lit(None, pl.String))
    else:
        before = _inherited(previous.assignments, firsts).rename({"known_at": "since"})
        counts_from = pl.coalesce(
            "since", pl.max_horizontal("known_at", pl.lit(_newcomers_from(previous)))
        )
        named = firsts.join(before, on=_RECORD, how="left").select(
            *_RECORD, known_at=counts_from, name="name"
        )
    return named.sort(_ORDER).with_row_index("record")


def _newcomers_from(previous: Identity) -> datetime:
    """After everything that the run before knew, whatever dates newcomers bear."""
    last = cast("datetime | None", previous.assignments["known_at"].max())
    return max(previous.as_of, last + timedelta(microseconds=1)) if last else previous.as_of


def _inherited(former: pl.DataFrame, present: pl.DataFrame) -> pl.DataFrame:
    """Former records still present; where a founder is erased, the next one bears its name."""
    founded = former.filter(pl.col("name") == pl.col("customer_id"))
    orphaned = founded.join(present, on=_RECORD, how="anti").select("customer_id")
    left = former.join(present, on=_RECORD, how="semi").sort(_ORDER)
    heirs = (
        left.join(orphaned, on="customer_id", how="semi", maintain_order="left")
        .unique("customer_id", keep="first", maintain_order=True)
        .select(*_RECORD, heritage="customer_id")
    )
    return left.join(heirs, on=_RECORD, how="left").select(
        *_RECORD, "known_at", name=pl.coalesce("heritage", "name")
    )


def _links(known: pl.DataFrame, ordered: pl.DataFrame) -> pl.DataFrame:
    """Record and handle as numbers, many times faster to join than their texts."""
    strong = graph.strong(known).select(*_RECORD, "kind", "handle")
    numbered = strong.join(ordered.select(*_RECORD, "record"), on=_RECORD)
    codes = pl.col("handle").cast(pl.Categorical).to_physical().alias("node")
    return numbered.select("record", codes, "kind", "handle").unique(["record", "node"])


def _likely(likely: pl.DataFrame, ordered: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Each pair as a handle that only its two records have."""
    ends = check(LINKS, likely).filter("joined")
    numbers = ordered.select(*_RECORD, "record")
    pairs = ends.join(numbers, on=_RECORD).join(
        numbers.rename({"source": "other_source", "key": "other_key", "record": "other"}),
        on=["other_source", "other_key"],
    )
    beyond = links["node"].max() if links.height else -1
    nodes = pl.int_range(pl.len(), dtype=pl.UInt32) + (cast("int", beyond) + 1)
    two = pairs.select(one="record", other="other", node=nodes.cast(links.schema["node"]))
    return two.unpivot(index="node", value_name="record").select("record", "node")


def _assigned(ordered: pl.DataFrame, founders: graph.Ints, key: bytes) -> pl.DataFrame:
    rows = ordered.with_columns(founder=pl.Series(founders, dtype=pl.UInt32))
    nameless = rows.filter((pl.col("founder") == pl.col("record")) & pl.col("name").is_null())
    fresh = pl.DataFrame(
        {"record": nameless["record"], "fresh": pl.Series(_names(nameless, key), dtype=pl.String)}
    )
    named = rows.join(fresh, on="record", how="left", maintain_order="left").with_columns(
        name=pl.coalesce("name", "fresh")
    )
    customers = named["name"].gather(founders).alias("customer_id")
    return check(ASSIGNMENTS, named.select(*_RECORD, "known_at", "name").with_columns(customers))


def _names(nameless: pl.DataFrame, key: bytes) -> list[str]:
    """One name a record, and another one if it comes back after it was erased."""
    return [
        name("c", f"{source}\0{record}\0{microseconds(since)}", key)
        for source, record, since in nameless.select(*_RECORD, "known_at").iter_rows()
    ]


def _changes(previous: Identity | None, now: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """What became of the customers of the run before."""
    if previous is None:
        return pl.DataFrame(schema=CHANGES.schema)
    former = previous.assignments.select(*_RECORD, former_id="customer_id")
    moves = (
        former.join(now.select(*_RECORD, "customer_id"), on=_RECORD)
        .group_by("former_id", "customer_id")
        .agg(records=pl.len().cast(pl.UInt32))
        .with_columns(parts=pl.len().over("former_id"))
        .filter(pl.col("former_id") != pl.col("customer_id"))
    )
    split = pl.when(pl.col("parts") > 1).then(pl.lit("split")).otherwise(pl.lit("merge"))
    table = moves.select(
        pl.lit(as_of).cast(CHANGES.schema["known_at"]).alias("known_at"),
        split.alias("change"),
        "former_id",
        "customer_id",
        "records",
    )
    return check(CHANGES, table.sort("former_id", "customer_id"))


def _refuse_later(previous: Identity | None, as_of: datetime) -> None:
    if previous is not None and as_of < previous.as_of:
        raise DataRefused(
            f"identity was already resolved as of {previous.as_of:%Y-%m-%d %H:%M} UTC",
            where="identity",
            mend="resolve a past instant without what a later run found",
        )
