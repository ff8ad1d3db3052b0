"""Who is who tonight, with what all nights before found: the identity that a lake keeps."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import polars as pl

from features.contracts import PolarsDtype, Table
from features.identity import accounts, graph
from features.identity import traits as names_and_places
from features.identity.canonical import Identity, resolve
from features.identity.likely import likely_links
from features.identity.recognition import together
from features.identity.tables import (
    ACCOUNTS,
    ASSIGNMENTS,
    CHANGES,
    HUBS,
    LINKS,
    RECORDS,
    TRAITS,
)

TABLES = {
    table.name: table for table in (RECORDS, ASSIGNMENTS, CHANGES, HUBS, ACCOUNTS, TRAITS, LINKS)
}
"""What a lake keeps of identity."""

_LEAST = 0.5
_WHOSE = pl.Schema({"source": pl.String, "record": pl.String, "customer_id": pl.String})


@dataclass(frozen=True, kw_only=True)
class IdentityParams:
    """How customers are told apart.

    `region` is the country, in two letters, of phone numbers without a country code. A handle
    beside which more than `hub_limit` others of one kind stand joins nobody. Where `accounts`
    names kinds of handles, such as `account:crm` and `domain`, the account that the first of
    them tells is the customer. With a `likely_threshold`, people whom no handle joins are one from
    that probability on; 0.95 is a good one.
    """

    region: str = "ID"
    hub_limit: int = graph.HUB_LIMIT
    accounts: tuple[str, ...] = ()
    likely_threshold: float | None = None

    def __post_init__(self) -> None:
        if self.hub_limit < 1:
            raise ValueError(f"hub_limit is {self.hub_limit}; write 1 or more")
        if self.likely_threshold is not None and not _LEAST <= self.likely_threshold < 1:
            told = f"likely_threshold is {self.likely_threshold}"
            raise ValueError(f"{told}; write {_LEAST} to below 1, such as 0.95")
        for kind in self.accounts:
            if kind != "domain" and not kind.startswith("account:"):
                raise ValueError(f"accounts names {kind!r}; write domain or account:NAME")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Every record met so far, whose each is, and all that changed from night to night."""

    identity: Identity
    records: pl.DataFrame
    accounts: pl.DataFrame
    traits: pl.DataFrame = field(default_factory=lambda: _nothing(TRAITS))
    links: pl.DataFrame = field(default_factory=lambda: _nothing(LINKS))

    @property
    def whose(self) -> pl.DataFrame:
        """`source`, `record` and the `customer_id` that is scored: the account if there are."""
        assigned = self.identity.assignments.select("source", "customer_id", record="key")
        rolled = assigned.join(
            self.accounts.select("customer_id", "account_id"), on="customer_id", how="left"
        ).with_columns(customer_id=pl.coalesce("account_id", "customer_id"))
        return rolled.select(*_WHOSE)

    def tables(self) -> dict[str, pl.DataFrame]:
        """What a lake keeps, by name."""
        return {
            RECORDS.name: self.records,
            ASSIGNMENTS.name: self.identity.assignments,
            CHANGES.name: self.identity.changes,
            HUBS.name: self.identity.hubs,
            ACCOUNTS.name: self.accounts,
            TRAITS.name: self.traits,
            LINKS.name: self.links,
        }


def restored(tables: Mapping[str, pl.DataFrame], as_of: datetime) -> Standing:
    """What a lake kept."""
    identity = Identity(as_of, *(tables[table.name] for table in (ASSIGNMENTS, CHANGES, HUBS)))
    return Standing(
        identity=identity,
        records=tables[RECORDS.name],
        accounts=tables[ACCOUNTS.name],
        traits=tables[TRAITS.name],
        links=tables[LINKS.name],
    )


def stand(
    met: pl.DataFrame,
    before: Standing | None,
    *,
    as_of: datetime,
    key: bytes,
    params: IdentityParams,
    told: pl.DataFrame | None = None,
) -> Standing:
    """The standing after tonight's records are met; `before` has those that are still kept.

    `told` are the names and places of tonight's records. A record is in hand tonight, so it counts
    from `as_of` at the latest, whatever date it bears. `WorkspaceInvalid` if likely matches are
    asked for and splink is not installed.
    """
    if before is not None:
        as_of = max(as_of, before.identity.as_of)
        met = together(pl.concat([before.records, met]))
    in_hand = pl.lit(as_of - timedelta(microseconds=1), RECORDS.schema["known_at"])
    records = met.with_columns(pl.min_horizontal("known_at", in_hand).alias("known_at"))
    traits, links = _likely(records, before, told, as_of=as_of, key=key, params=params)
    identity = resolve(
        records,
        as_of=as_of,
        key=key,
        previous=before.identity if before else None,
        hub_limit=params.hub_limit,
        likely=links,
    )
    rolled = (
        accounts.roll_up(identity.assignments, records, params.accounts)
        if params.accounts
        else pl.DataFrame(schema=ACCOUNTS.schema)
    )
    now = Standing(identity=identity, records=records, accounts=rolled, traits=traits, links=links)
    return now if before is None else _with_changes(now, before)


def only(standing: Standing, sources: set[str]) -> Standing:
    """The standing with the records of these sources alone."""
    kept = pl.col("source").is_in(sorted(sources))
    known = standing.identity
    return Standing(
        identity=Identity(known.as_of, known.assignments.filter(kept), known.changes, known.hubs),
        records=standing.records.filter(kept),
        accounts=standing.accounts,
        traits=standing.traits.filter(kept),
        links=standing.links.filter(kept & pl.col("other_source").is_in(sorted(sources))),
    )


def _with_changes(now: Standing, before: Standing) -> Standing:
    """The standing with every change so far, those of accounts included."""
    told = [before.identity.changes, now.identity.changes]
    if len(now.accounts) or len(before.accounts):
        told.append(accounts.moves(before.whose, now.whose, now.identity))
    return replace(now, identity=replace(now.identity, changes=pl.concat(told)))


def _likely(
    records: pl.DataFrame,
    before: Standing | None,
    told: pl.DataFrame | None,
    *,
    as_of: datetime,
    key: bytes,
    params: IdentityParams,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """All names and places, and the likely links; nothing is kept where none are asked for."""
    if params.likely_threshold is None:
        return _nothing(TRAITS), _nothing(LINKS)
    known = [before.traits] if before else []
    traits = names_and_places.together(
        pl.concat([_nothing(TRAITS), *known, *([] if told is None else [told])])
    ).join(records, on=["source", "key"], how="semi", maintain_order="left")
    links = likely_links(
        traits,
        records,
        as_of=as_of,
        key=key,
        threshold=params.likely_threshold,
        hub_limit=params.hub_limit,
        former=before.links if before else None,
    )
    return traits, links


def _nothing(table: Table[PolarsDtype]) -> pl.DataFrame:
    return pl.DataFrame(schema=table.schema)
