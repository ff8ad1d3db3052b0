"""Who is at risk, with what is known of them: the rows of a partition, as an engine makes them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import pyarrow as pa

from features.build import build, needs_of
from features.catalog import Feature
from features.contracts import Frame
from features.errors import DataRefused
from features.partitions import Engine
from features.peers import peers
from features.told import Parts, narrowed
from models.targets.target import Target

_ROWS_BUILT = b"rows_built"


@dataclass(frozen=True, kw_only=True)
class AtRisk:
    """What is asked of each of the `parts`: who is at risk at some cutoffs, with features.

    `company` is the table of peers, where a feature needs it.
    """

    parts: Parts
    cutoffs: Sequence[datetime]
    features: Sequence[Feature]
    target: Target
    zone: ZoneInfo
    company: Frame | None = None
    threads: int = 1

    def table(self, place: int) -> pa.Table:
        """The rows of one part, ordered by cutoff, then customer; it also knows `rows_built`."""
        wanted = [*self.features, *self.target.telling()]
        told, cutoffs, zone = self.parts[place], self.cutoffs, self.zone
        whom = self.target.whom(told)
        built = build(told, whom, cutoffs, wanted, zone, peers=self.company, threads=self.threads)
        kept = self.target.at_risk(built).to_arrow()
        return kept.replace_schema_metadata({_ROWS_BUILT: str(len(built))})

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
    )


def rows_built(tables: Iterable[pa.Table]) -> int:
    """How many rows there were in some parts before those at risk were chosen."""
    return sum(int((table.schema.metadata or {})[_ROWS_BUILT]) for table in tables)
