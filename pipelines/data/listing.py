"""`jejak features`: the catalog as a table, as JSON, or as a document."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from features.catalog import Catalog, Feature
from features.errors import WorkspaceInvalid
from features.families import FAMILIES, catalog
from features.lake import Snapshot, open_lake
from features.mistakes import nearest
from pipelines.data.words import words_before
from pipelines.terminal.printable import one_line
from pipelines.workspace import Workspace, open_workspace

RISK = {1: "+", 0: "", -1: "-"}
"""What more of a feature can only mean for the risk of leaving; empty where that is open."""


@dataclass(frozen=True)
class Listing:
    """Features over the words that the lake has seen; printed as a table or as Markdown."""

    catalog: Catalog
    as_markdown: bool = False

    @property
    def families(self) -> list[tuple[str, list[Feature]]]:
        """The features of each family, in the catalog's order."""
        found: dict[str, list[Feature]] = {}
        for feature in self.catalog.features:
            found.setdefault(feature.family, []).append(feature)
        return list(found.items())

    def facts(self) -> dict[str, Any]:
        """Each feature with its family, unit, meaning, sign and hash."""
        features = [
            {
                "name": feature.name,
                "family": feature.family,
                "unit": feature.unit,
                "meaning": feature.meaning,
                "sign": feature.sign,
                "hash": feature.definition_hash,
            }
            for feature in self.catalog.features
        ]
        return {"catalog_hash": self.catalog.definition_hash, "features": features}

    def text(self, seconds: float) -> None:  # noqa: ARG002  # a Summary is told how long it took
        """Print one table a family, or the document."""
        if self.as_markdown:
            click.echo("\n".join(self.document()))
            return
        console = Console(highlight=False)
        for name, features in self.families:
            console.print(Text.assemble((name, "bold"), f": {_counted(features)}. {about(name)}"))
            console.print(_table(features))
            console.print()

    def document(self) -> Iterator[str]:
        """The lines of a Markdown document; the same catalog gives the same document."""
        number, families = len(self.catalog.features), len(self.families)
        yield "# Features"
        yield ""
        yield f"{number} features of {families} families; catalog `{self.catalog.definition_hash}`."
        yield ""
        yield from overview(self.families)
        for name, features in self.families:
            yield from ("", f"## {name}", "", about(name), "")
            yield from ("| feature | unit | risk | meaning |", "|---|---|---|---|")
            for one in features:
                yield _row(f"`{one.name}`", one.unit, RISK[one.sign], one.meaning)


def list_features(root: Path, *, family: str | None = None, as_markdown: bool = False) -> Listing:
    """The features of a workspace whose sources have been ingested, or those of one family."""
    workspace = open_workspace(root)
    known = known_features(workspace, open_lake(workspace.lake))
    return Listing(of_family(known, family), as_markdown)


def known_features(workspace: Workspace, snapshot: Snapshot) -> Catalog:
    """The catalog over the words in the lake, the workspace's own features included."""
    settings = workspace.settings
    words = words_before(workspace, snapshot.told(), snapshot.watermark)
    return catalog(settings.features, words, workspace.own_features())


def of_family(known: Catalog, family: str | None) -> Catalog:
    """The features of one family alone, or all; `WorkspaceInvalid` where a family has none."""
    if family is None:
        return known
    families = dict.fromkeys(feature.family for feature in known.features)
    if family not in families:
        raise WorkspaceInvalid(
            f"no feature is of the family {family!r}",
            where="--family",
            mend=nearest(family, families),
        )
    return Catalog(feature for feature in known.features if feature.family == family)


def overview(families: list[tuple[str, list[Feature]]]) -> Iterator[str]:
    r"""A Markdown table of families: how many features each has, in which units, what it tells.

    >>> print(*overview([("recency", [])]), sep="\n")
    | family | features | units | what it tells |
    |---|---|---|---|
    | recency | 0 |  | Days since the last event, over all events and in each channel and step. |
    """
    yield "| family | features | units | what it tells |"
    yield "|---|---|---|---|"
    for name, features in families:
        units = ", ".join(sorted({feature.unit for feature in features}))
        yield _row(name, str(len(features)), units, about(name))


def about(family: str) -> str:
    """What a family tells: the first line of its description."""
    if family not in FAMILIES:
        return "Written by this workspace."
    return (FAMILIES[family].__doc__ or "").partition("\n")[0]


def _counted(features: list[Feature]) -> str:
    return f"{len(features)} feature{'s' * (len(features) != 1)}"


def _table(features: list[Feature]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("feature", no_wrap=True, overflow="fold")
    table.add_column("unit", no_wrap=True)
    table.add_column("risk", no_wrap=True)
    table.add_column("meaning")
    for one in features:
        words = (one.name, one.unit, RISK[one.sign], one.meaning)
        table.add_row(*(Text(one_line(word)) for word in words))
    return table


def _row(*cells: str) -> str:
    r"""Cells as a row of Markdown; what comes out of data cannot end one.

    >>> print(_row("a|b"))
    | a\|b |
    """
    plain = (one_line(cell).replace("\\", "\\\\").replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(plain)} |"
