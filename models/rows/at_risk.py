"""Who is at risk, with what is known of them: the rows of a partition, as an engine makes them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import pyarrow as pa

from features.build import build, needs_of
from features.catalog import Feature
from features.contracts import Frame
from features.engine.partitions import Engine
from features.errors import DataRefused
from features.known.told import Parts, narrowed
from features.peers.peers import peers
from models.targets.target import Target

_ROWS_BUILT, _ROWS_WITHHELD = b"rows_built", b"rows_withheld"


@dataclass(frozen=True, kw_only=True)
class AtRisk:
    """What is asked of each of the `parts`: who is at risk at some cutoffs, with features.

    `company` is the table of peers, where a feature needs it. Nothing is said of customers who
    are `withheld`.
    """

    parts: Parts
    cutoffs: Sequence[datetime]
    features: Sequence[Feature]
    target: Target
    zone: ZoneInfo
    company: Frame | None = None
    threads: int = 1
    withheld: frozenset[str] = frozenset()

    def table(self, place: int) -> pa.Table:
        """The rows of one part, by cutoff, then customer; it also knows how many it left out."""
        wanted = [*self.features, *self.target.telling()]
        told, cutoffs, zone = self.parts[place], self.cutoffs, self.zone
        whom = self.target.whom(told)
        built = build(told, whom, cutoffs, wanted, zone, peers=self.company, threads=self.threads)
        everyone = self.target.at_risk(built).to_arrow()
        kept = self._without_withheld(everyone)
        left_out = {_ROWS_BUILT: len(built), _ROWS_WITHHELD: len(everyone) - len(kept)}
        return kept.replace_schema_metadata({name: str(rows) for name, rows in left_out.items()})

    def _without_withheld(self, rows: pa.Table) -> pa.Table:
        if not self.withheld:
            return rows
        told = [one not in self.withheld for one in rows["customer_id"].to_pylist()]
        return rows.filter(pa.array(told, pa.bool_()))

    def nobody(self) -> DataRefused:
        """What to say when no part has such a row."""
        return self.target.nobody(self.cutoffs)


def at_risk(
    parts: Parts,
    cutoffs: Sequence[datetime],
    features: Sequence[Feature],
    target: Target,
    *,
    zone: ZoneInfo,
    engine: Engine,
    withheld: frozenset[str] = frozenset(),
) -> AtRisk:
    """What to ask of each part; what peers did is counted before that, over everyone."""
    wanted = [*features, *target.telling()]
    company = peers(parts, cutoffs, wanted, zone, engine=engine)
    return AtRisk(
        parts=narrowed(parts, needs_of(wanted)),
        cutoffs=cutoffs,
        features=features,
        target=target,
        zone=zone,
        company=company,
        threads=engine.threads,
        withheld=withheld,
    )


def rows_built(tables: Iterable[pa.Table]) -> int:
    """How many rows there were in some parts before those at risk were chosen."""
    return _counted(tables, _ROWS_BUILT)


def rows_withheld(tables: Iterable[pa.Table]) -> int:
    """How many rows at risk in some parts nothing may be said of."""
    return _counted(tables, _ROWS_WITHHELD)


def _counted(tables: Iterable[pa.Table], what: bytes) -> int:
    return sum(int((table.schema.metadata or {})[what]) for table in tables)
