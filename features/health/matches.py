"""Matches: handles that join nobody, and customers made of suspiciously many records."""

from collections.abc import Iterator, Mapping

import polars as pl

from features.health.finding import Finding, examined, share
from features.identity.graph import strong
from features.identity.report import MatchReport
from features.identity.standing import Standing

RECORDS_MOST = 20
"""A customer of more records is worth a look."""
WITHOUT_HANDLE_MOST = 0.2


def check_matches(report: MatchReport, bare: Mapping[str, int]) -> list[Finding]:
    """I01 to I03 out of the match report; `bare` is what `bare_records` counts."""
    return [
        *examined("I01", "no handle is shared by too many", _hubs(report)),
        *examined("I02", f"no customer has more than {RECORDS_MOST} records", _clusters(report)),
        *examined(
            "I03", "most records have a handle by which they can be joined", _bare(report, bare)
        ),
    ]


def bare_records(standing: Standing) -> dict[str, int]:
    """Records by source that no handle can join to another and that belong to no account."""
    handled = strong(standing.records).select("source", "key").unique()
    of_accounts = standing.accounts.filter(pl.col("kind").is_not_null())
    bare = standing.identity.assignments.join(handled, on=["source", "key"], how="anti").join(
        of_accounts, on="customer_id", how="anti"
    )
    return dict(bare.group_by("source").len().sort("source").iter_rows())


def _hubs(report: MatchReport) -> Iterator[Finding]:
    for hub in report.hubs:
        yield Finding(
            code="I01",
            severity="note",
            sentence=f"handles of kind {hub.kind} that too many share, so that they join nobody: "
            f"{hub.handles:,}, of {hub.records:,} records",
            measured=float(hub.handles),
            needed=0.0,
            mends=(
                "leave it, if they are a reception, a shop or a reseller",
                "map a finer handle of those records, such as a person's own address",
                "raise `identity.hub_limit`, if so many are really one",
            ),
        )


def _clusters(report: MatchReport) -> Iterator[Finding]:
    large = [cluster for cluster in report.biggest if cluster.records > RECORDS_MOST]
    if large:
        names = ", ".join(f"{one.customer_id} ({one.records:,})" for one in large)
        yield Finding(
            code="I02",
            severity="warn",
            sentence=f"the biggest customers have many records, perhaps of several people: {names}",
            measured=float(large[0].records),
            needed=float(RECORDS_MOST),
            mends=(
                "look at which handle joins their records",
                "leave that column out of the source's `handles`",
                "lower `identity.hub_limit`, so that a handle so common joins nobody",
            ),
        )


def _bare(report: MatchReport, bare: Mapping[str, int]) -> Iterator[Finding]:
    for source in report.sources:
        part = share(bare.get(source.source, 0), source.records)
        if part > WITHOUT_HANDLE_MOST:
            yield Finding(
                code="I03",
                severity="note",
                sentence=f"source {source.source}: {part:.0%} of {source.records:,} records have "
                "no handle that could join them to another, and no account",
                measured=round(part, 3),
                needed=WITHOUT_HANDLE_MOST,
                mends=(
                    "map a further handle of that source: email, phone, an id of another system",
                    "look at whether the handles are written as their kind expects",
                    "say `identity.region`, if telephone numbers lack their country",
                ),
            )
