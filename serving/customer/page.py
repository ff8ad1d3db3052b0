"""One customer's page: what an agent should know before calling."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from serving.customer.known import Known
from serving.customer.timeline import timeline
from serving.decide.columns import ARMS
from serving.pages.html import page
from serving.pages.view import Cell, Table, figure, heading, word
from serving.pages.words import Words
from serving.scores import expired

ROOM = "serving.customer"
MARKS = {"high": "bad", "medium": "fair", "low": "good"}
EVENTS_MOST = 60
NIGHTS_MOST = 30


@dataclass(frozen=True)
class Page:
    """A page in one language; `known` is what it tells."""

    known: Known
    words: Words
    title: str

    def html(self) -> str:
        """The page; it runs no script and asks nobody for anything."""
        say, customer = self.words.say, self.known.customer_id
        return page(
            "customer.html",
            ROOM,
            self.words,
            css="customer.css",
            title=self.title,
            subject=customer,
            heading=say("heading", customer=customer),
            origin=[say("known_until", day=self.day(self.known.cutoff))],
            foot=say("foot"),
            page=self,
            warnings=list(self.warnings()),
            present=self.known.history.present,
            picture=timeline(self.known, self.words),
            tables=list(self.tables()),
        )

    def warnings(self) -> Iterator[str]:
        """What forbids a call or makes the page untrue; it stands before everything else."""
        known, say = self.known, self.words.say
        for one in known.history.barred:
            until = self.day(one.until) if one.until else ""
            where = self.words.name("channel", one.channel) if one.channel else ""
            key = f"barred.{'channel' if where else 'all'}{'_until' if until else ''}"
            yield say(key, channel=where, until=until)
        present, run = known.history.present, known.history.run
        if present is not None and present["arm"] == "control":
            yield say("warn.control", experiment=str(present["experiment"]))
        if run is None:
            yield say("warn.never_scored")
        elif present is None:
            yield say("warn.not_scored", as_of=self.day(run.as_of))
        elif expired(run, known.now):
            yield say("warn.expired", at=self.day(run.expires_at))

    def mark(self, band: str) -> str:
        """How a band is to look."""
        return MARKS.get(band, "")

    def risk(self, row: Mapping[str, Any]) -> str:
        """The probability with its interval, or that rules answered."""
        p, low, high = (row[name] for name in _PROBABILITY)
        if math.isnan(p):
            return self.words.say("risk.ruled")
        told = self.words.percent
        days = int(row["horizon_days"])
        return self.words.say("risk.of", p=told(p), low=told(low), high=told(high), days=days)

    def worth(self, row: Mapping[str, Any]) -> str:
        """What is at risk, in money."""
        money = self.words.money
        if math.isnan(row["value_at_risk"]):
            return self.words.say("worth.yearly", value=money(row["yearly_value"], self._currency))
        return self.words.say(
            "worth.at_risk",
            risk=money(row["value_at_risk"], self._currency),
            value=money(row["yearly_value"], self._currency),
        )

    def doing(self, row: Mapping[str, Any]) -> str:
        """What is to be done about the customer."""
        if pd.isna(row["action"]):
            return self.words.say("action.none")
        channel = self.words.name("channel", str(row["action_channel"]))
        return self.words.say("action.by", action=str(row["action"]), channel=channel)

    def ahead(self, row: Mapping[str, Any]) -> Iterator[str]:
        """Where the customer is likely to go, and what comes next."""
        say, name, percent = self.words.say, self.words.name, self.words.percent
        stage = self.known.stage
        if stage is not None:
            yield say("ahead.stage", stage=name("stage", stage[0]), since=self.day(stage[1]))
        if not pd.isna(row["next_stage"]):
            to, p = name("stage", str(row["next_stage"])), percent(row["p_next_stage"])
            yield say("ahead.move", stage=to, p=p)
        for step in row["next_steps"][:3]:
            yield say("ahead.step", step=name("step", step["step"]), p=percent(step["probability"]))

    def day(self, at: datetime) -> str:
        """An instant as a business day."""
        return self.words.date(at.astimezone(self.known.zone).isoformat())

    def tables(self) -> Iterator[Table]:
        """What the picture shows, in words, and what was sent."""
        yield from self._table("events", self._events())
        yield from self._table("nights", self._nights())
        yield from self._table("stages", self._spells())
        yield from self._table("contracts", self._contracts())
        yield from self._table("sent", self._sent())
        yield from self._table("attributes", self._attributes())

    @property
    def _currency(self) -> str:
        return self.known.currency

    def _table(self, name: str, rows: list[list[Cell]]) -> Iterator[Table]:
        if rows:
            head = [heading(one) for one in self.words.say(f"{name}.head").split(" | ")]
            yield Table(caption=self.words.say(f"{name}.title"), head=head, rows=rows)

    def _events(self) -> list[list[Cell]]:
        name = self.words.name
        latest = self.known.events.iloc[::-1].head(EVENTS_MOST)
        return [
            [
                word(self._moment(one["occurred_at"])),
                word(name("channel", one["channel"])),
                word(name("step", one["step"])),
                figure("" if math.isnan(one["value"]) else self._money(one["value"])),
                figure(self._tone(one["sentiment"])),
            ]
            for one in latest.to_dict("records")
        ]

    def _nights(self) -> list[list[Cell]]:
        latest = self.known.history.scores.iloc[::-1].head(NIGHTS_MOST)
        return [
            [
                word(self.day(one["as_of"])),
                figure(self.words.percent(one["churn_probability"])),
                Cell(
                    text=self.words.name("band", one["risk_band"]),
                    mark=self.mark(one["risk_band"]),
                    number=False,
                ),
                figure(self.words.number(one["health"])),
                word("; ".join(reason["sentence"] for reason in one["reasons"][:1])),
            ]
            for one in latest.to_dict("records")
        ]

    def _spells(self) -> list[list[Cell]]:
        return [
            [
                word(self.words.name("stage", str(one["stage"]))),
                word(self.day(one["entered_at"])),
                word(
                    self.words.say("still") if pd.isna(one["left_at"]) else self.day(one["left_at"])
                ),
            ]
            for one in self.known.spells.iloc[::-1].to_dict("records")
        ]

    def _contracts(self) -> list[list[Cell]]:
        return [
            [
                word(self.day(one["starts_at"])),
                word(
                    self.words.say("still") if pd.isna(one["ends_at"]) else self.day(one["ends_at"])
                ),
                figure("" if math.isnan(one["amount"]) else self._money(one["amount"])),
            ]
            for one in self.known.contracts.iloc[::-1].to_dict("records")
        ]

    def _sent(self) -> list[list[Cell]]:
        say, history = self.words.say, self.known.history
        acted = [
            [
                word(self.day(one["as_of"])),
                word(say("sent.action")),
                word(one["action"], self.words.name("channel", one["channel"])),
            ]
            for one in history.actions.iloc[::-1].to_dict("records")
        ]
        arms = [
            [word(self.day(at)), word(say("sent.drawn")), word(say(f"arm.{arm}"), experiment)]
            for experiment, arm, at in history.arms
        ]
        held = [
            [
                word(self.day(one.at) if one.at else ""),
                word(say(f"sent.{one.op or 'nothing'}")),
                word(one.destination),
            ]
            for one in history.sent
        ]
        return [*held, *acted, *arms, *self._told_outreach()]

    def _told_outreach(self) -> Iterator[list[Cell]]:
        """Outreach that other systems tell, the latest first."""
        say, name = self.words.say, self.words.name
        for one in self.known.outreach.iloc[::-1].to_dict("records"):
            action = "" if pd.isna(one["action"]) else str(one["action"]).replace("_", " ")
            channel = "" if pd.isna(one["channel"]) else name("channel", str(one["channel"]))
            note = ", ".join(filter(None, (action, channel)))
            arm = say(f"arm.{one['arm']}") if one["arm"] in ARMS else str(one["arm"])
            yield [word(self.day(one["assigned_at"])), word(say("sent.drawn")), word(arm, note)]

    def _attributes(self) -> list[list[Cell]]:
        return [[word(name), word(told)] for name, told in self.known.attributes.items()]

    def _moment(self, at: datetime) -> str:
        return f"{self.day(at)} {at.astimezone(self.known.zone):%H:%M}"

    def _money(self, amount: float) -> str:
        return self.words.money(amount, self._currency)

    def _tone(self, sentiment: float) -> str:
        return "" if math.isnan(sentiment) else self.words.number(sentiment, 1, signed=True)


_PROBABILITY = ("churn_probability", "probability_low", "probability_high")


def render(known: Known, *, title: str, language: str) -> str:
    """The page of a customer in a language, as HTML in one file."""
    return Page(known, Words(language, ROOM), title).html()
