"""Likely matches on a terminal: how many, and the decisions nearest to the threshold."""

from typing import Any

from rich.table import Table

from features.identity.decisions import Decision, LikelyReport
from pipelines.terminal.printable import one_line


def likeness(report: LikelyReport, *, names: bool) -> Table:
    """One line a decision; the two people only with `names`, which are for no log."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(_headline(report))
    table.add_column("probability", justify="right", no_wrap=True)
    table.add_column("joined", no_wrap=True)
    nearest = sorted((*report.above, *report.below), key=lambda one: -one.probability)
    for one in nearest:
        table.add_row(_pair(one, names=names), f"{one.probability:.3f}", _answer(one))
    return table


def likely_facts(report: LikelyReport) -> dict[str, Any]:
    """The report without anybody's name."""
    return {
        "threshold": report.threshold,
        "records": report.records,
        "learned_from": list(report.learned_from),
        "pairs": report.pairs,
        "above": [one.probability for one in report.above],
        "below": [one.probability for one in report.below],
    }


def _headline(report: LikelyReport) -> str:
    if not report.learned_from:
        return f"{report.records:,} records with a name and a place are too few to learn from"
    return f"{report.pairs:,} pairs of records are likely one person, from {report.threshold} on"


def _pair(one: Decision, *, names: bool) -> str:
    if names:
        return f"{one_line(one.one)} | {one_line(one.other)}"
    return f"{one_line(one.source)}, {one_line(one.other_source)}"


def _answer(one: Decision) -> str:
    return "yes" if one.joined else "no"
