"""`jejak features`: the catalog as a table."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from features.catalog import Catalog
from features.families import catalog
from features.lake import open_lake
from features.vocabulary import vocabulary
from pipelines.workspace import open_workspace


@dataclass(frozen=True)
class Listing:
    """The catalog over the words that the lake has seen."""

    catalog: Catalog

    def facts(self) -> dict[str, Any]:
        """Each feature with its family, unit, meaning and hash."""
        features = [
            {
                "name": feature.name,
                "family": feature.family,
                "unit": feature.unit,
                "meaning": feature.meaning,
                "hash": feature.definition_hash,
            }
            for feature in self.catalog.features
        ]
        return {"catalog_hash": self.catalog.definition_hash, "features": features}

    def text(self, seconds: float) -> None:  # noqa: ARG002  # a Summary is told how long it took
        """Print the table."""
        table = Table(box=None, header_style="bold")
        table.add_column("feature", no_wrap=True, overflow="fold")
        table.add_column("unit", no_wrap=True)
        table.add_column("meaning")
        for feature in self.catalog.features:
            table.add_row(feature.name, feature.unit, feature.meaning)
        Console().print(table)


def list_features(root: Path) -> Listing:
    """The features of a workspace whose sources have been ingested."""
    workspace = open_workspace(root)
    snapshot = open_lake(workspace.lake)
    words = vocabulary(snapshot.told(), snapshot.watermark)
    return Listing(catalog(workspace.settings.features, words))
