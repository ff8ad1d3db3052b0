"""What a person reads of a checkup: what stops training first, what is fine last."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from features.health.finding import SEVERITIES, Finding, Severity
from features.identity.decisions import LikelyReport
from features.identity.report import MatchReport
from models.learning.readiness import TIERS, Readiness
from pipelines.data.likeness import likely_facts, likeness
from pipelines.data.whereabouts import personas_table, stages_table
from pipelines.terminal.printable import one_line

STOPPED = 6
"""The exit code of a checkup that found what stops training."""
COLOURS: dict[Severity, str] = {
    "stop": "bold red",
    "warn": "bold yellow",
    "note": "bold cyan",
    "ok": "green",
}
_MENDED: tuple[Severity, ...] = ("stop", "warn")
_INDENT = 11


@dataclass(frozen=True, kw_only=True)
class Checkup:
    """All findings, the tier of each target, and the match report where identity is in use.

    `accounts` counts the customers that are scored where contacts roll up to accounts. `stages`
    counts the customers in each stage by the voice that says so, `personas` those of each persona.
    With `names` the likely matches are printed with the people in them.
    """

    as_of: datetime
    findings: tuple[Finding, ...]
    targets: tuple[Readiness, ...] = ()
    matches: MatchReport | None = None
    accounts: int | None = None
    stages: Mapping[str, Mapping[str, int]] = field(default_factory=dict[str, Mapping[str, int]])
    personas: Mapping[str, int] = field(default_factory=dict[str, int])
    likely: LikelyReport | None = None
    names: bool = False

    @property
    def exit_code(self) -> int:
        """0, or `STOPPED` if something stops training."""
        return STOPPED if any(one.severity == "stop" for one in self.findings) else 0

    @property
    def worst_first(self) -> list[Finding]:
        """The findings by severity; in the order of the checks where that is equal."""
        return sorted(self.findings, key=lambda one: SEVERITIES.index(one.severity))

    def facts(self) -> dict[str, Any]:
        """Everything, with three mends for each finding that is not ok."""
        return {
            "exit_code": self.exit_code,
            "as_of": self.as_of.isoformat(),
            "targets": [_tier_facts(target) for target in self.targets],
            "findings": [asdict(one) for one in self.worst_first],
            "identity": asdict(self.matches) if self.matches else None,
            "accounts": self.accounts,
            "stages": self.stages,
            "personas": self.personas,
            "likely": likely_facts(self.likely) if self.likely else None,
        }

    def text(self, seconds: float) -> None:
        """Print one screen: the tiers, what was found, who was matched, who stands where."""
        console = Console(highlight=False)
        for target in self.targets:
            console.print(_headline(target))
        console.print()
        for (_, mends), alike in groupby(self.worst_first, lambda one: (one.code, one.mends)):
            _print(console, list(alike), mends)
        if self.matches:
            console.print()
            console.print(_matches(self.matches, self.accounts))
        if self.stages:
            console.print()
            console.print(stages_table(self.stages))
        if self.personas:
            console.print()
            console.print(personas_table(self.personas))
        if self.likely:
            console.print()
            console.print(likeness(self.likely, names=self.names))
        console.print(_conclusion(self.findings))
        console.print(f"Done in {seconds:.0f} s.")


def _tier_facts(target: Readiness) -> dict[str, Any]:
    told = asdict(target)
    del told["findings"]
    return {**told, "meaning": TIERS[target.tier]}


def _headline(target: Readiness) -> Text:
    line = Text.assemble(
        (f"{target.target}: ", "bold"),
        (target.tier, "bold green" if target.tier == "LightGBM" else "bold yellow"),
        f" ({TIERS[target.tier]}); {target.rows:,} rows of {target.customers:,} customers at "
        f"{target.cutoffs} cutoffs, {target.churned:,} churned, measured at {target.origins}",
    )
    if target.missing:
        line.append(f". For the next tier: {'; '.join(target.missing)}")
    return line


def _print(console: Console, alike: list[Finding], mends: tuple[str, ...]) -> None:
    """Findings of one code, one after the other, and what mends them all."""
    for one in alike:
        label = Text.assemble((f"{one.severity:<5}", COLOURS[one.severity]), f"{one.code}  ")
        grid = Table.grid()
        grid.add_column(width=_INDENT, no_wrap=True)
        grid.add_column()
        grid.add_row(label, Text(one_line(one.sentence)))
        console.print(grid)
    if alike[0].severity in _MENDED:
        for mend in filter(None, mends):
            console.print(Padding(Text(f"- {one_line(mend)}", style="dim"), (0, 0, 0, _INDENT)))


def _matches(report: MatchReport, accounts: int | None) -> Table:
    """One line a source, and one for all."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(f"{report.records:,} records are {report.customers:,} customers")
    for heading in ("records", "matched", "across", "alone", "without handle"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in report.sources:
        counts = (one.records, one.matched, one.across, one.alone, one.without_handle)
        table.add_row(one_line(one.source), *(f"{count:,}" for count in counts))
    table.caption = "; ".join(_besides(report, accounts))
    table.caption_justify = "left"
    return table


def _besides(report: MatchReport, accounts: int | None) -> Iterator[str]:
    if accounts is not None:
        yield f"rolled up to {accounts:,} accounts"
    yield f"hubs: {sum(hub.handles for hub in report.hubs):,}"
    if report.moves:
        yield f"moved with an account: {report.moves:,}"
    yield f"merged: {report.merges:,}, split: {report.splits:,}"
    biggest = ", ".join(f"{one.customer_id} ({one.records:,})" for one in report.biggest)
    yield f"biggest: {biggest or 'none'}"


def _conclusion(findings: tuple[Finding, ...]) -> Text:
    counts = {name: sum(one.severity == name for one in findings) for name in SEVERITIES}
    if counts["stop"]:
        return Text("\nTraining stops at what is marked stop; mend that first.", style="bold")
    return Text(f"\nNothing stops training; {counts['warn']} to look at, {counts['note']} to know.")
