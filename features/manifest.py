"""What a snapshot of the lake consists of: every file, and what was known when it was made."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from features.measures import SCALE

FORMAT = 1
"""Goes up when older code could not read the lake any more."""


@dataclass(frozen=True)
class Stored:
    """One immutable file: its path in the lake, how many rows it holds, and its checksum."""

    file: str
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
    """Counts of rows by source: what `features.sources.SourceCount` holds."""
    currency: str = ""
    scale: int = SCALE

    @property
    def files(self) -> set[str]:
        """Paths of all files, relative to the lake."""
        return {stored.file for table in self.tables.values() for stored in table}

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
    sources = tuple(stated.pop("sources"))
    return Manifest(tables=tables, sources=sources, **clocks, **stated)
