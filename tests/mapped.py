"""The journey map counted the slow, obvious way: customer by customer, row by row."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pandas as pd
from wholes import EXITS, PEOPLE, STAGES, known

from features.families.consistency import BUSINESS_ROLES
from features.journey_map import DWELL_EDGES, WAIT_EDGES
from features.known.told import Told
from features.roles import ROLES

LIFE = [ROLES[f"ticket_{part}"] for part in ("opened", "reopened", "asked", "replied", "solved")]
ASKED, PAID = ("email_unsubscribe",), ("refund",)
"""The steps by which the tests ask for money, and those by which it comes."""

BOOKED = ("email_open",)
"""The steps that the tests declare to be no touch."""

BUSINESS = {*BOOKED} | {step for role in BUSINESS_ROLES for step in ROLES[role]}
SERVICE = {step for steps in (*LIFE[:3], ROLES["message_in"]) for step in steps}
SCALE = 10_000


class SlowMap:
    """Counters by the words of each cell; every one holds a list of numbers."""

    def __init__(self, told: Told, cutoff: datetime, zone: ZoneInfo, months: int) -> None:
        self.cutoff, self.zone = cutoff, zone
        self.tables = defaultdict(lambda: defaultdict(Counter))
        last = (cutoff - timedelta(microseconds=1)).astimezone(zone)
        self.months = [
            f"{at // 12}-{at % 12 + 1:02}"
            for at in range(last.year * 12 + last.month - months, last.year * 12 + last.month)
        ]
        for customer in PEOPLE:
            self._count(known(told, customer, cutoff))

    def month(self, at: datetime) -> str:
        return f"{at.astimezone(self.zone):%Y-%m}"

    def add(self, table: str, *words: object, **numbers: float) -> None:
        if words[0] in self.months:
            self.tables[table][words].update({name: +number for name, number in numbers.items()})

    def _count(self, rows: dict[str, list[dict]]) -> None:
        self.events, self.path = rows["events"], path(rows["stage_history"])
        plans = {}
        for row in rows["customers"]:
            plans[row["source"]] = row
        told = sorted(plans.values(), key=lambda row: (row["valid_from"], row["known_at"]))
        plan = ([None] + [row["plan"] for row in told if row["plan"]])[-1]
        self.persona = plan if plan in {"plus", "gold"} else "other"
        self.channels = set()
        self._moves()
        self._touches()
        self._waits()
        self._changes()
        for channel in self.channels | ({""} if self.channels else set()):
            self.tables["people"][self.persona, channel].update(customers=1)

    def stage(self, at: datetime) -> str:
        """The last stage entered before an instant."""
        return ["", *(stage for stage, entered_at in self.path if entered_at < at)][-1]

    def channel(self, at: datetime) -> str:
        """The channel of the last event in the thirty days before an instant."""
        since = at - timedelta(days=30)
        before = [
            e["channel"]
            for e in self.events
            if since <= e["occurred_at"] < at and e["step"] not in BOOKED
        ]
        return ["none", *before][-1]

    def _moves(self) -> None:
        for (before, _), (stage, at) in pairwise([("", None), *self.path]):
            words = (self.persona, self.channel(at), before, stage, direction(before, stage))
            self.add("flows", self.month(at), *words, moves=1)
            self.channels |= {words[1]} if self.month(at) in self.months else set()
        for (stage, since), (_, at) in pairwise(self.path):
            place = bin_of(DWELL_EDGES, (at - since) / timedelta(days=1))
            words = (self.persona, self.channel(at), stage, place)
            self.add("dwell", self.month(at), *words, spells=1)
        for month, after in pairwise([*self.months, None]):
            end = datetime.fromisoformat(f"{after}-01") if after else self.cutoff
            stage = self.stage(end.replace(tzinfo=self.zone) if after else end)
            if stage:
                self.add("standing", month, self.persona, stage, customers=1)
        if self.path:
            stage, since = self.path[-1]
            place = bin_of(DWELL_EDGES, (self.cutoff - since) / timedelta(days=1))
            self.tables["staying"][self.persona, stage, place].update(customers=1)

    def _touches(self) -> None:
        seen, reached = set(), set()
        for event in self.events:
            cell = self.cell(event["occurred_at"])
            words = (*cell, event["channel"], event["step"])
            self.channels |= {event["channel"]} if cell[0] in self.months else set()
            rated = event["sentiment"] is not None
            mood = (event["sentiment"] or 0) / SCALE
            value = (event["value"] or 0) / SCALE
            sums = {"events": 1, "value": value, "sentiment": mood, "rated": rated}
            self.add("touches", *words, **sums, customers=words not in seen)
            seen.add(words)
            self.add("reach", *words[:-1], customers=words[:-1] not in reached)
            reached.add(words[:-1])
            if rated:
                words = (
                    *cell,
                    event["channel"],
                    "text" if event["source"] == "sheet" else "stated",
                )
                marks = {"low": mood < -0.3, "high": mood > 0.3}
                self.add("feelings", *words, ratings=1, sentiment=mood, **marks)

    def _waits(self) -> None:
        tickets, money = defaultdict(list), []
        for place, event in enumerate(self.events):
            for part, steps in enumerate(LIFE):
                if event["step"] in steps:
                    tickets[event["ticket"]].append((event["occurred_at"], part, place))
            if event["step"] in (*ASKED, *PAID):
                money.append((event["occurred_at"], 4 * (event["step"] in PAID), place))
        for name, rows in tickets.items():
            for begun, replied, solved in lives(sorted(rows), named=name is not None):
                self._wait("first_reply", begun, replied)
                self._wait("resolution", begun, solved)
        for begun, _, solved in lives(sorted(money), named=False):
            self._wait("refund", begun, solved)

    def _wait(self, kind: str, begun: int, until: datetime | None) -> None:
        event = self.events[begun]
        at = event["occurred_at"]
        hours = ((until or self.cutoff) - at) / timedelta(hours=1)
        kind = kind if until else f"{kind}_open"
        words = (event["channel"], kind, bin_of(WAIT_EDGES, hours))
        self.add("waits", *self.cell(at), *words, waits=1)

    def _changes(self) -> None:
        issues: dict[str, list[list[dict]]] = defaultdict(list)
        for event in self.events:
            names_one = event["topic"] or event["step"] in SERVICE
            if names_one and event["step"] not in BUSINESS:
                own = issues[event["topic"]]
                week = timedelta(days=7)
                if own and event["occurred_at"] - own[-1][-1]["occurred_at"] <= week:
                    own[-1].append(event)
                else:
                    own.append([event])
        for issue in (one for own in issues.values() for one in own):
            times = sum(a["channel"] != b["channel"] for a, b in pairwise(issue))
            told = {"issues": 1, "switched": times > 0, "ping_pong": times >= 3}
            self.add("changes", *self.cell(issue[0]["occurred_at"]), **told)

    def cell(self, at: datetime) -> tuple[str, str, str]:
        return self.month(at), self.persona, self.stage(at)


def path(entries: list[dict]) -> list[tuple[str, datetime]]:
    """Stages with when they were entered: of rules until a source speaks, then of sources."""
    entries = sorted(
        entries, key=lambda e: (e["entered_at"], e["known_at"], e["said_by"], e["stage"])
    )
    told: list[tuple[str, datetime]] = []
    has_spoken = False
    speaks_at = min((e["entered_at"] for e in entries if e["said_by"] != "rule"), default=None)
    for entry in entries:
        has_spoken = speaks_at is not None and entry["entered_at"] >= speaks_at
        counts = entry["said_by"] != "rule" or not has_spoken
        if counts and (not told or told[-1][0] != entry["stage"]):
            told.append((entry["stage"], entry["entered_at"]))
    return told


def direction(before: str, stage: str) -> str:
    if not before:
        return "enter"
    if stage in EXITS:
        return "exit"
    if before in EXITS:
        return "reentry"
    climbed = STAGES.index(stage) - STAGES.index(before)
    return "regress" if climbed < 0 else "advance" if climbed == 1 else "skip"


def lives(
    rows: list[tuple[datetime, int, int]], *, named: bool
) -> Iterator[tuple[int, datetime | None, datetime | None]]:
    """Of each case the event that begins it, when it was first answered and when it was solved."""
    cases: list[list] = []
    for at, part, place in rows:
        waiting = [case for case in cases if case[2] is None]
        if part <= 1 and not (named and waiting):
            cases.append([place, None, None])
        if part >= 3:
            for case in cases:
                case[1] = case[1] or at
        if part == 4 and waiting:
            waiting[0][2] = at
    yield from ((begun, replied, solved) for begun, replied, solved in cases)


def bin_of(edges: tuple[int, ...], length: float) -> int:
    return max(place for place, edge in enumerate(edges) if edge <= length)


def cells(table: pd.DataFrame, words: int) -> dict[tuple, dict]:
    """A table as the slow map tells it."""
    return {
        tuple(row[:words]): dict(zip(table.columns[words:], row[words:], strict=True))
        for row in table.itertuples(index=False, name=None)
    }
