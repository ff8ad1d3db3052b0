"""What a snapshot of the lake consists of: every file, and what was known when it was made."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from features.measures import SCALE

FORMAT = 2
"""Goes up when older code could not read the lake any more."""


@dataclass(frozen=True)
class Stored:
    """One immutable file: its path in the lake, its partition, how many rows, its checksum."""

    file: str
    place: int
    rows: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """Names everything that one snapshot consists of."""

    as_of: datetime
    watermark: datetime
    partitions: int
    tables: Mapping[str, tuple[Stored, ...]]
    sources: tuple[Mapping[str, Any], ...]
    """Counts of rows by source: what `features.sources.SourceCount` holds, and under `settings`
    a hash of how the source was read."""
    currency: str = ""
    scale: int = SCALE
    resolved_at: datetime | None = None
    """The instant of the identity that is kept; none where customers are named by the sources."""

    @property
    def files(self) -> set[str]:
        """Paths of all files, relative to the lake."""
        return {stored.file for table in self.tables.values() for stored in table}

    def stored(self, table: str, place: int) -> Stored | None:
        """The file of one partition of a table, if it has rows."""
        return next((one for one in self.tables.get(table, ()) if one.place == place), None)

    def text(self) -> str:
        """The manifest as JSON; equal snapshots have equal texts."""
        stated = {"format": FORMAT, **asdict(self)}
        return json.dumps(stated, indent=1, sort_keys=True, default=datetime.isoformat) + "\n"

    @property
    def hash(self) -> str:
        """Equal for equal snapshots; names the data that a model or a score was made of."""
        return sha256(self.text().encode()).hexdigest()


def parse(text: str) -> Manifest:
    """The manifest out of its JSON; raises `ValueError` or `KeyError` if it is none."""
    stated = json.loads(text)
    if stated.pop("format") != FORMAT:
        raise ValueError("format")
    tables = {
        name: tuple(Stored(**stored) for stored in table)
        for name, table in stated.pop("tables").items()
    }
    clocks = {name: datetime.fromisoformat(stated.pop(name)) for name in ("as_of", "watermark")}
    resolved_at = stated.pop("resolved_at")
    sources = tuple(stated.pop("sources"))
    return Manifest(
        tables=tables,
        sources=sources,
        resolved_at=datetime.fromisoformat(resolved_at) if resolved_at else None,
        **clocks,
        **stated,
    )
