"""Likely matches: people whom no handle joins, by alike names and places; off by default."""

from datetime import datetime

import polars as pl

from features.contracts import check
from features.identity import canonical, graph
from features.identity.chances import chances
from features.identity.tables import LINKS, TRAITS
from features.identity.traits import NAME, PLACES

_RECORD = ["source", "key"]
_OTHER = ["other_source", "other_key"]
_FEWEST_RECORDS = 100
_FEWEST_PAIRS = 20
_SAMPLE = 10


def likely_links(
    traits: pl.DataFrame,
    records: pl.DataFrame,
    *,
    as_of: datetime,
    key: bytes,
    threshold: float,
    hub_limit: int = graph.HUB_LIMIT,
    former: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The pairs of records that are likely one person, as the contract `links`.

    For `canonical.resolve`, which takes those that are `joined`: of a probability from the
    `threshold` on; ten that nearly are stand beside
    them, to be looked at. Of each spelling of each customer that handles make, one record is
    compared. What was joined in `former` stays so while both records are there and the threshold
    is no higher, so that customers do not come and go with what is learned each night.
    `WorkspaceInvalid` if splink is not installed.
    """
    people = _people(traits, records, as_of=as_of, key=key, hub_limit=hub_limit)
    standing = _standing(former, people, threshold)
    learnable = places_to_learn_from(people)
    found = _named(people, chances(people, learnable)) if learnable else _none()
    fresh = (
        found.join(standing, on=[*_RECORD, *_OTHER], how="anti")
        .with_columns(
            joined=pl.col("probability") >= threshold,
            known_at=pl.lit(as_of).cast(LINKS.schema["known_at"]),
        )
        .sort(pl.col("probability").neg(), *_RECORD, *_OTHER)
    )
    nearly = fresh.filter(~pl.col("joined")).head(_SAMPLE)
    table = pl.concat([standing, fresh.filter("joined"), nearly], how="diagonal")
    return check(LINKS, table.select(*LINKS.schema).sort(*_RECORD, *_OTHER))


def places_to_learn_from(traits: pl.DataFrame) -> list[str]:
    """The places on which at least 20 pairs with one name agree; none below 100 records."""
    if traits.height < _FEWEST_RECORDS:
        return []
    pairs = pl.len() * (pl.len() - 1) // 2
    return [
        place
        for place in PLACES
        if traits.drop_nulls(place).group_by(NAME, place).agg(pairs.alias("pairs"))["pairs"].sum()
        >= _FEWEST_PAIRS
    ]


def _people(
    traits: pl.DataFrame, records: pl.DataFrame, *, as_of: datetime, key: bytes, hub_limit: int
) -> pl.DataFrame:
    """The first record of each spelling of each customer, numbered."""
    who = canonical.resolve(records, as_of=as_of, key=key, hub_limit=hub_limit).assignments
    told = check(TRAITS, traits).join(who.select(*_RECORD, "customer_id"), on=_RECORD)
    spelling = [one for one in told.columns if one not in (*_RECORD, "known_at")]
    first = told.sort("known_at", *_RECORD).unique(spelling, keep="first", maintain_order=True)
    return first.sort(_RECORD).with_row_index("row")


def _standing(former: pl.DataFrame | None, people: pl.DataFrame, threshold: float) -> pl.DataFrame:
    if former is None:
        return pl.DataFrame(schema=LINKS.schema)
    here = people.select(_RECORD)
    there = here.rename(dict(zip(_RECORD, _OTHER, strict=True)))
    held = former.filter(pl.col("joined") & (pl.col("probability") >= threshold))
    return held.join(here, on=_RECORD, how="semi").join(there, on=_OTHER, how="semi")


def _named(people: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs of rows as pairs of records; those whom handles join already are left out."""
    one = people.select(*_RECORD, "customer_id", left="row")
    other = people.select(
        other_source="source", other_key="key", other_id="customer_id", right="row"
    )
    return (
        pairs.select(pl.col("left", "right").cast(pl.UInt32), pl.col("probability").round(6))
        .join(one, on="left")
        .join(other, on="right")
        .filter(pl.col("customer_id") != pl.col("other_id"))
        .select(*_RECORD, *_OTHER, "probability")
    )


def _none() -> pl.DataFrame:
    return pl.DataFrame(
        schema={name: LINKS.schema[name] for name in [*_RECORD, *_OTHER]}
    ).with_columns(probability=pl.lit(None, pl.Float64))
