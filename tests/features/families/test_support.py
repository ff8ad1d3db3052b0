"""Features of support against a slow, obvious walk through each ticket's life."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

import pytest
import wholes
from beside import SECOND, Slow, assert_agrees, mean, million, told_of, tonight
from hypothesis import given
from hypothesis import strategies as st
from wholes import PARAMS, VOCABULARY, days_between

from features.catalog import FeatureParams, Vocabulary
from features.families.support import desk, support

LIFE = (
    "ticket_opened",
    "ticket_reopened",
    "ticket_replied_customer",
    "ticket_replied_agent",
    "ticket_solved",
)
NAMELESS = replace(VOCABULARY, event_attributes=("topic",))
FEATURES = tuple(support(FeatureParams(windows_days=(7, 28)), VOCABULARY))


@dataclass
class Case:
    """A ticket from its opening on; `replied` is the time and place of what answered it."""

    begun: datetime
    is_opening: bool
    replied: tuple[int, datetime] | None = None
    solved: tuple[int, datetime] | None = None


class SlowSupport(Slow):
    @cached_property
    def told_of_tickets(self) -> dict:
        """Of each ticket what happened, with its place among all events."""
        found = defaultdict(list)
        for place, event in enumerate(self.events):
            if event["step"] in LIFE:
                name = event["ticket"] if self.named else None
                found[name].append((event["occurred_at"], LIFE.index(event["step"]), place))
        return found

    def cases(self, desk) -> list[Case]:
        return self.lives(desk)[0]

    def lives(self, desk) -> tuple[list[Case], list[datetime]]:
        """Every case; and since when a customer has waited for an answer."""
        self.named = desk.ticket is not None
        cases, waiting = [], []
        for name, rows in self.told_of_tickets.items():
            own, open_cases, asked = [], [], []
            for at, part, place in sorted(rows):
                if part <= 1 and (name is None or not open_cases):
                    own.append(Case(at, is_opening=part == 0))
                    open_cases.append(own[-1])
                    asked.append(at)
                if part == 2 and open_cases:
                    asked.append(at)
                if part >= 3:
                    asked.clear()
                    for case in own:
                        case.replied = case.replied or (place, at)
                if part == 4 and open_cases:
                    open_cases.pop(0).solved = (place, at)
            cases += own
            waiting += asked
        return cases, waiting

    def ended(self, desk, what, days=None) -> list[tuple[int, float]]:
        """Place and hours of the waits that ended in the window."""
        found = []
        for case in self.cases(desk):
            end = getattr(case, what)
            if end and (days is None or self.recent(end[1], days)):
                found.append((end[0], (end[1] - case.begun) // SECOND / 3_600))
        return found

    def open_tickets(self, desk):
        return sum(case.solved is None for case in self.cases(desk))

    def oldest_open_days(self, desk):
        begun = [case.begun for case in self.cases(desk) if case.solved is None]
        return days_between(min(begun), self.cutoff) if begun else None

    def waiting_hours(self, desk):
        waiting = self.lives(desk)[1]
        return days_between(min(waiting), self.cutoff) * 24 if waiting else None

    def tickets_opened(self, desk, days):
        return sum(case.is_opening and self.recent(case.begun, days) for case in self.cases(desk))

    def tickets_reopened(self, desk, days):
        return sum(
            event["step"] in desk.reopened and self.recent(event["occurred_at"], days)
            for event in self.events
        )

    def unsolved_share(self, desk, days):
        begun = [case for case in self.cases(desk) if self.recent(case.begun, days)]
        return mean([case.solved is None for case in begun])

    def reply_hours_mean(self, desk, days):
        return mean([hours for _, hours in self.ended(desk, "replied", days)])

    def reply_hours_longest(self, desk, days):
        return max([hours for _, hours in self.ended(desk, "replied", days)], default=None)

    def reply_hours_last(self, desk):
        return max(self.ended(desk, "replied"), default=(0, None))[1]

    def solve_hours_mean(self, desk, days):
        return mean([hours for _, hours in self.ended(desk, "solved", days)])

    def solve_hours_last(self, desk):
        return max(self.ended(desk, "solved"), default=(0, None))[1]

    def sentiments(self, where, days=None) -> list[float]:
        return [
            event["sentiment"] / 10_000
            for event in self.events
            if event["sentiment"] is not None
            and (where.step is None or event["step"] in where.step)
            and (days is None or self.recent(event["occurred_at"], days))
        ]

    def sentiment_mean(self, where, days):
        return mean(self.sentiments(where, days))

    def sentiment_last(self, where):
        told = self.sentiments(where)
        return told[-1] if told else None

    def sentiment_change(self, where, short_days, long_days):
        short, long = (self.sentiment_mean(where, days) for days in (short_days, long_days))
        return None if short is None else short - long


@given(world=wholes.wholes(most=120), vocabulary=st.sampled_from([VOCABULARY, NAMELESS]))
def test_every_feature_agrees_with_the_slow_way(world, vocabulary):
    assert_agrees(*world, support(PARAMS, vocabulary), SlowSupport)


def t(hours: float, step: str, ticket: str | None = None, **more) -> tuple:
    return (hours, "ticket", f"ticket_{step}", {"ticket": ticket, **more})


def test_two_tickets_side_by_side():
    row = tonight(
        told_of(
            t(100, "opened", "t1"),
            t(90, "opened", "t2"),
            t(80, "replied_agent", "t2"),
            t(70, "solved", "t1"),
            t(40, "reopened", "t1"),
            t(30, "replied_customer", "t2"),
        ),
        FEATURES,
    )
    assert row["tickets_open"] == 2
    assert row["ticket_open_days_oldest"] == 90 / 24
    assert row["ticket_unanswered_hours"] == 40
    assert (row["ticket_reply_hours_last"], row["ticket_solve_hours_last"]) == (30, 30)
    assert (row["ticket_reply_hours_mean_7d"], row["ticket_reply_hours_longest_7d"]) == (20, 30)
    assert (row["tickets_opened_7d"], row["ticket_reopenings_7d"]) == (2, 1)
    assert row["tickets_unsolved_share_7d"] == pytest.approx(2 / 3)


def test_tickets_without_a_name_are_a_queue():
    events = [t(100, "opened"), t(90, "opened"), t(80, "solved"), t(60, "reopened")]
    row = tonight(told_of(*events), FEATURES)
    assert (row["tickets_open"], row["ticket_open_days_oldest"]) == (2, 90 / 24)
    assert row["ticket_solve_hours_last"] == 20
    assert (row["ticket_reply_hours_mean_28d"], row["ticket_unanswered_hours"]) == (15, 60)


def test_a_solution_of_nothing_is_lost():
    row = tonight(told_of(t(50, "solved"), t(40, "opened"), t(30, "solved", "t1")), FEATURES)
    assert (row["tickets_open"], row["ticket_solve_hours_last"]) == (1, None)


def test_an_open_ticket_cannot_be_opened_again():
    row = tonight(told_of(t(50, "opened", "t1"), t(40, "opened", "t1")), FEATURES)
    assert (row["tickets_open"], row["tickets_opened_28d"]) == (1, 1)
    assert row["ticket_open_days_oldest"] == 50 / 24


def test_dates_alone_leave_a_ticket_solved_on_its_day():
    row = tonight(told_of(t(24, "solved", "t1"), t(24, "opened", "t1")), FEATURES)
    assert (row["tickets_open"], row["ticket_solve_hours_last"]) == (0, 0)


def test_a_ticket_of_another_customer_is_another_ticket():
    mine, theirs = (told_of(t(50, "opened", "t1"), t(20, "solved", "t1")).events[k] for k in (0, 1))
    other = theirs.with_columns(customer_id=mine["customer_id"] + "b")
    row = tonight(wholes.Told(events=mine.extend(other)), FEATURES)
    assert row["tickets_open"] == 1


def test_ratings_and_sentiment_fall():
    events = [t(500, "rated", sentiment=10_000), t(20, "rated", sentiment=-5_000), t(10, "rated")]
    row = tonight(told_of(*events), FEATURES)
    assert (row["satisfaction_last"], row["satisfaction_mean_7d"]) == (-0.5, -0.5)
    assert (row["satisfaction_mean_28d"], row["satisfaction_change_7d_28d"]) == (0.25, -0.75)
    assert row["sentiment_last"] == -0.5


def test_a_million_openings_at_one_instant():
    row = tonight(million(told_of(t(30, "opened"))), FEATURES)
    assert (row["tickets_open"], row["tickets_opened_7d"]) == (1_000_000, 1_000_000)
    assert (row["tickets_unsolved_share_7d"], row["ticket_unanswered_hours"]) == (1, 30)


def test_nobody_has_no_tickets():
    row = tonight(told_of(), FEATURES)
    assert {row[feature.name] for feature in FEATURES} == {0, None}


def test_columns_follow_the_words():
    named = lambda *pairs, **more: [  # noqa: E731
        feature.name
        for feature in support(FeatureParams(windows_days=(7,)), Vocabulary(pairs=pairs, **more))
    ]
    opened, solved = ("ticket", "ticket_opened"), ("ticket", "ticket_solved")
    assert named(("web", "visit"), solved) == []
    assert named(opened) == ["tickets_opened_7d"]
    assert "tickets_unsolved_share_7d" in named(opened, solved)
    assert named(("web", "visit"), steps_with_sentiment=("visit",)) == [
        "sentiment_last",
        "sentiment_mean_7d",
    ]


def test_the_tickets_of_zendesk_have_their_names():
    words = replace(VOCABULARY, event_attributes=("ticket_id", "via"))
    assert desk(PARAMS, words).ticket == "ticket_id"
    said = replace(PARAMS, attributes={"ticket": "via"})
    assert desk(said, words).ticket == "via"
    assert desk(PARAMS, NAMELESS).ticket is None
