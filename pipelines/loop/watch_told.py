"""What a person reads after a watch: the verdict first, then what it rests on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from features.clock import business_day
from models.judging.bootstrap import Interval
from pipelines.terminal.printable import one_line
from serving.pages.words import Words
from serving.watching.matured import interval
from serving.watching.pressing import ACT, news
from serving.watching.records import Kept
from serving.watching.words import sentence, words

UTC = ZoneInfo("UTC")

METRICS = ("auc", "average_precision", "log_loss", "observed_over_expected", "lift_at_capacity")
"""The metrics that are shown; all are kept."""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What watching found, as it is kept; `matured` are the runs that matured since the last.

    `truth` is the newest run that has come true, whenever that was found.
    """

    found: dict[str, Any]
    language: str
    zone: ZoneInfo = UTC
    matured: tuple[Kept, ...] = ()
    truth: Kept | None = None

    @property
    def starts(self) -> bool:
        """Whether a retraining is to begin now."""
        return bool(self._advice.get("start"))

    def facts(self) -> dict[str, Any]:
        """What was found, each alarm, reason and note with its sentence; no customer."""
        found = dict(self.found)
        for kind, name in (("alarm", "alarms"), ("note", "notes")):
            found[name] = [self._said(kind, one) for one in found.get(name, [])]
        advice = {**self._advice, "reasons": self._said_reasons()}
        matured = [
            {"run_id": one.run_id, "as_of": one.as_of.isoformat(), **one.facts}
            for one in self.matured
        ]
        return {**found, "advice": advice, "matured": matured}

    def urgent(self) -> str:
        """What somebody should be told now, and was not the night before; empty for nothing."""
        said = (sentence(self.language, kind, one) for kind, one in news(self.found))
        return "\n".join(f"watch: {one}" for one in said)

    def brief(self) -> None:
        """Print the verdict and why, and what has changed."""
        console = Console(highlight=False)
        console.print()
        for style, indent, line in self._lines(words(self.language)):
            console.print(Padding(Text(one_line(line), style=style), (0, 0, 0, indent)))

    def text(self, seconds: float) -> None:
        """Print the same, then what is expected, what came true, and how far that goes."""
        self.brief()
        console, speak = Console(highlight=False), words(self.language)
        for table in (self._expected(speak), *self._matured(speak)):
            if table is not None:
                console.print()
                console.print(table)
        for line in self._remarks(speak):
            console.print(Text(line, style="dim"))
        console.print(f"Done in {seconds:.0f} s.")

    @property
    def _advice(self) -> Mapping[str, Any]:
        return self.found.get("advice", {})

    def _alarms(self, severity: str) -> list[dict[str, Any]]:
        return [one for one in self.found.get("alarms", []) if one["severity"] == severity]

    def _said(self, kind: str, one: Mapping[str, Any]) -> dict[str, Any]:
        return {**one, "sentence": sentence(self.language, kind, one)}

    def _said_reasons(self) -> list[dict[str, Any]]:
        return [self._said("reason", one) for one in self._advice.get("reasons", [])]

    def _lines(self, speak: Words) -> Iterator[tuple[str, int, str]]:
        """A style, an indent and a line each: verdict, reasons, alarms, notes."""
        yield from (("bold", 0, line) for line in self._verdict(speak))
        yield from (("", 2, one["sentence"]) for one in self._said_reasons())
        if waits := self._advice.get("waits_for"):
            yield "", 0, speak.say(f"verdict.{'waits' if waits == 'mend' else 'cooldown'}")
        alarms = [*self._alarms(ACT), *self._alarms("warn")]
        if alarms:
            yield "", 0, ""
            yield "bold", 0, speak.say("heading.alarms")
        for one in alarms:
            told = self._said("alarm", one)["sentence"]
            label = speak.say(f"severity.{one['severity']}")
            yield "red" if one["severity"] == ACT else "", 2, f"{one['code']} {label}: {told}"
        for one in self.found.get("notes", []):
            yield "dim", 0, self._said("note", one)["sentence"]

    def _verdict(self, speak: Words) -> Iterator[str]:
        """The first lines: mend, retrain, look, or nothing."""
        if not self._advice:
            return
        if broken := self._advice.get("mend_first"):
            yield speak.say("verdict.mend", names=", ".join(broken))
        if self._advice.get("reasons"):
            yield speak.say("verdict.started" if self.starts else "verdict.retrain")
        elif not broken:
            yield speak.say("verdict.look" if self.found.get("alarms") else "verdict.nothing")

    def _expected(self, speak: Words) -> Table | None:
        """What the scores of tonight are expected to prove to be."""
        estimate = self.found.get("estimate")
        if not estimate:
            return None
        table = _table(speak, "heading.expected", ["heading.value", "heading.interval"])
        for name in METRICS:
            value, between = _cells(speak, interval(estimate.get(name)))
            table.add_row(speak.say(f"metric.{name}"), value, between)
        return table

    def _matured(self, speak: Words) -> Iterator[Table]:
        """The newest run that has come true, beside what was estimated then."""
        if self.truth is None:
            return
        headings = ["heading.true", "heading.interval", "heading.estimated", "heading.backtest"]
        table = _table(speak, "heading.matured", headings)
        facts = self.truth.facts
        for name in METRICS:
            value, between = _cells(speak, interval(facts["true"].get(name)))
            others = (
                _cells(speak, interval((facts.get(which) or {}).get(name)))[0]
                for which in ("estimated", "backtest")
            )
            table.add_row(speak.say(f"metric.{name}"), value, between, *others)
        yield table

    def _remarks(self, speak: Words) -> Iterator[str]:
        """What the numbers rest on, and where they end."""
        if self.found.get("estimate"):
            yield speak.say("told.assumes")
            cutoffs = int((self.found.get("doubt") or {}).get("cutoffs", 0))
            yield (
                speak.say("told.doubt", cutoffs=cutoffs) if cutoffs else speak.say("told.no_doubt")
            )
        if steady := self.found.get("steadiness"):
            yield speak.say(
                "told.steady",
                flips=speak.percent(steady["flips"]),
                customers=int(steady["customers"]),
                alike=speak.percent(steady["alike"]),
            )
        for one in self.matured or ([self.truth] if self.truth else []):
            if "skipped" not in one.facts:
                yield from _came(speak, one, self.zone)


def _came(speak: Words, one: Kept, zone: ZoneInfo) -> Iterator[str]:
    """How many left of a run, and who was contacted."""
    facts, day = one.facts, business_day(one.as_of, zone).isoformat()
    yield speak.say("told.matured", as_of=day, left=facts["left"], customers=facts["customers"])
    if facts["contacted"]:
        yield speak.say(
            "told.contacted", as_of=day, contacted=facts["contacted"], held_out=facts["held_out"]
        )


def _table(speak: Words, title: str, headings: list[str]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(speak.say(title), no_wrap=True)
    for heading in headings:
        table.add_column(speak.say(heading), justify="right", no_wrap=True)
    return table


def _cells(speak: Words, told: Interval) -> tuple[str, str]:
    """A value and its interval, as a table holds them."""
    return speak.number(told.value, 3), speak.between(told.low, told.high)
