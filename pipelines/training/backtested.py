"""What a backtest came to: day by day beside the baselines, and all days together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from features import durable
from models.judging.bootstrap import DRAWS, POOLED, Comparison
from models.judging.replay import compared
from models.trial import CHURN
from pipelines.terminal.summary import show_end
from pipelines.training.replaying import Replay
from serving.reports.replayed import render_backtest

SHOWN = {
    "auc": "AUC",
    "log_loss": "log loss",
    "observed_over_expected": "observed/ expected",
    "lift_10": "lift, top 10 %",
}
"""Metrics of the model in the table; of the baselines the first is shown."""


@dataclass(frozen=True)
class Backtested:
    """The days that were lived again, and what was kept of each."""

    replay: Replay

    @cached_property
    def days(self) -> list[dict[str, Any]]:
        """What each day came to; those that were refused say why."""
        return [self.replay.facts(day) for day in self.replay.days]

    @cached_property
    def lived(self) -> list[dict[str, Any]]:
        """The days at which a model was learned and measured."""
        return [told for told in self.days if not told["refused"]]

    @cached_property
    def comparison(self) -> Comparison | None:
        """Every metric with its interval, by day and pooled; none where every day was refused."""
        names = {told["day"] for told in self.lived}
        rows = [self.replay.rows(day) for day in self.replay.days if f"{day}" in names]
        return compared(pd.concat(rows, ignore_index=True)) if rows else None

    @property
    def page(self) -> Path:
        """The place of the report."""
        return self.replay.folder / "report.html"

    def write(self) -> None:
        """Put the report beside the days."""
        params = self.replay.workspace.settings.workspace
        text = render_backtest(
            self.days,
            self.comparison,
            title=params.name,
            currency=params.currency,
            language=params.language,
        )
        durable.write_bytes(self.page, text.encode())

    @property
    def currency(self) -> str:
        """The currency of the profit."""
        return self.replay.workspace.settings.workspace.currency

    def facts(self) -> dict[str, Any]:
        """Every day, and the metrics of all of them with intervals; no customer."""
        found = self.comparison
        return {
            "folder": str(self.replay.folder),
            "report": str(self.page),
            "days": self.days,
            "pooled": _records(found.metrics) if found else [],
            "differences": _records(found.differences) if found else [],
            "profit": sum(told["contacts"]["observed"] for told in self.lived),
            "currency": self.currency,
        }

    def text(self, seconds: float) -> None:
        """Print a line a day, one for all of them, and why days were refused."""
        console = Console(highlight=False)
        console.print()
        if found := self.comparison:
            console.print(_quality(self.lived, found))
            console.print(Text(_intervals(found, CHURN), style="dim"))
            console.print()
            console.print(_money(self.lived, self.currency))
        for told in self.days:
            if told["refused"]:
                console.print(Text(f"{told['day']}: {told['refused']}", style="dim"))
        show_end({"report": self.page, "days": self.replay.folder}, seconds)


def _quality(lived: list[dict[str, Any]], found: Comparison) -> Table:
    """How well each day's model foretold who left, beside the baselines' AUC."""
    model, *baselines = lived[0]["metrics"]
    table = _empty(
        "at risk",
        "left",
        *SHOWN.values(),
        *(f"AUC of {name.replace('_', ' ')}" for name in baselines),
    )
    for told in lived:
        own = told["metrics"][model]
        aucs = [told["metrics"][name]["auc"] for name in baselines]
        table.add_row(*_crowd([told]), *_numbers(own), *map(_number, aucs))
    pooled = {name: _values(found, name, "value") for name in (model, *baselines)}
    aucs = [pooled[name]["auc"] for name in baselines]
    table.add_row(*_crowd(lived), *_numbers(pooled[model]), *map(_number, aucs), style="bold")
    return table


def _money(lived: list[dict[str, Any]], currency: str) -> Table:
    """What contacting everyone from the profit cut on came to, and whether the model would do."""
    money = ("profit foretold", f"profit, {currency}")
    table = _empty("contacts", "of them left", *money, "grade", "promoted")
    for told in lived:
        model = told["model"]
        promoted = "yes" if model["promoted"] else "no"
        table.add_row(told["day"], *_contacted([told]), model["grade"], promoted)
    promoted = sum(told["model"]["promoted"] for told in lived)
    table.add_row("together", *_contacted(lived), "", f"{promoted} of {len(lived)}", style="bold")
    return table


def _intervals(found: Comparison, model: str) -> str:
    value, low, high = (_values(found, model, bound) for bound in ("value", "low", "high"))
    told = (
        f"{label.replace('/ ', '/')} {value[name]:.3f} ({low[name]:.3f} to {high[name]:.3f})"
        for name, label in SHOWN.items()
    )
    return f"Together: {', '.join(told)}; customers drawn again {DRAWS} times."


def _empty(*headings: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("day", no_wrap=True)
    for heading in headings:
        table.add_column(heading.replace(" ", "\n"), justify="right", no_wrap=True)
    return table


def _crowd(lived: list[dict[str, Any]]) -> Iterator[str]:
    rows = sum(told["rows"] for told in lived)
    yield lived[0]["day"] if len(lived) == 1 else "together"
    yield f"{rows:,}"
    yield f"{sum(told['churned'] for told in lived) / rows:.1%}"


def _contacted(lived: list[dict[str, Any]]) -> Iterator[str]:
    contacted, left, expected, profit = (
        sum(told["contacts"][name] for told in lived)
        for name in ("contacted", "left", "expected", "observed")
    )
    yield f"{contacted:,}"
    yield f"{left / contacted:.0%}" if contacted else ""
    yield f"{expected:,.0f}"
    yield f"{profit:,.0f}"


def _numbers(values: Mapping[str, float | None]) -> Iterator[str]:
    return (_number(values[metric]) for metric in SHOWN)


def _values(found: Comparison, predictor: str, which: str) -> dict[str, float]:
    rows = found.metrics
    own = rows.loc[rows["predictor"].eq(predictor) & rows["origin"].eq(POOLED)]
    return dict(zip(own["metric"], own[which], strict=True))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return table.astype(object).where(table.notna(), None).to_dict("records")
