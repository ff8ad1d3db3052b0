"""Features of conversation against a slow, obvious reading of the messages."""

from statistics import median

import wholes
from beside import SECOND, Slow, assert_agrees, mean, million, told_of, tonight
from hypothesis import given
from wholes import PARAMS, VOCABULARY, days_between

from features.catalog import FeatureParams, Vocabulary
from features.families.conversation import conversation

FEATURES = tuple(conversation(FeatureParams(windows_days=(7, 28)), VOCABULARY))


class SlowConversation(Slow):
    def told(self, talk) -> list[tuple]:
        """Who wrote each message (1 is the customer), and when."""
        sides = dict.fromkeys(talk.inward, 1) | dict.fromkeys(talk.outward, -1)
        return [
            (sides[one["step"]], one["occurred_at"]) for one in self.events if one["step"] in sides
        ]

    def at_end(self, talk) -> list[tuple]:
        """The messages at the end that are of one side."""
        told, run = self.told(talk), []
        while told and told[-1][0] == self.told(talk)[-1][0]:
            run.insert(0, told.pop())
        return run

    def answers(self, talk, side, days=None) -> list[float]:
        """Hours from the other's first message without an answer to one side's answers."""
        found, since = [], None
        for writes, at in self.told(talk):
            if writes != side:
                since = since or at
            elif since:
                if days is None or self.recent(at, days):
                    found.append((at - since) // SECOND / 3_600)
                since = None
        return found

    def sides(self, talk, days) -> list[int]:
        return [side for side, at in self.told(talk) if self.recent(at, days)]

    def messages(self, talk, side, days):
        return self.sides(talk, days).count(side)

    def share_inward(self, talk, days):
        return mean([side == 1 for side in self.sides(talk, days)])

    def wrote_last(self, talk):
        told = self.told(talk)
        return int(told[-1][0] == 1) if told else None

    def unanswered(self, talk, side):
        return sum(one == side for one, _ in self.at_end(talk))

    def unanswered_days(self, talk):
        run = self.at_end(talk)
        return days_between(run[0][1], self.cutoff) if run and run[0][0] == 1 else None

    def answer_hours_mean(self, talk, side, days):
        return mean(self.answers(talk, side, days))

    def answer_hours_median(self, talk, side, days):
        told = self.answers(talk, side, days)
        return median(told) if told else None

    def answer_hours_longest(self, talk, side, days):
        return max(self.answers(talk, side, days), default=None)

    def answer_hours_last(self, talk, side):
        return next(reversed(self.answers(talk, side)), None)


@given(world=wholes.wholes(most=150))
def test_every_feature_agrees_with_the_slow_way(world):
    assert_agrees(*world, conversation(PARAMS, VOCABULARY), SlowConversation)


def talk(*events: tuple[float, str]) -> dict:
    rows = [(hours, "whatsapp", f"message_{way}") for hours, way in events]
    return tonight(told_of(*rows), FEATURES)


def test_a_conversation_read_by_eye():
    row = talk(
        (500, "in"), (490, "in"), (400, "out"), (90, "in"), (80, "out"), (70, "out"), (48, "in")
    )
    assert (row["customer_wrote_last"], row["messages_in_unanswered"]) == (1, 1)
    assert (row["messages_out_unanswered"], row["message_unanswered_days"]) == (0, 2)
    assert (row["messages_in_28d"], row["messages_out_28d"]) == (4, 3)
    assert row["messages_in_share_7d"] == 0.5
    assert (row["business_answer_hours_mean_28d"], row["business_answer_hours_last"]) == (55, 10)
    assert (row["business_answer_hours_longest_28d"], row["business_answer_hours_mean_7d"]) == (
        100,
        10,
    )
    assert (row["customer_answer_hours_median_28d"], row["customer_answer_hours_last"]) == (171, 32)


def test_what_the_business_says_unasked_waits_for_nobody():
    row = talk((50, "out"), (40, "out"))
    assert (row["customer_wrote_last"], row["messages_out_unanswered"]) == (0, 2)
    assert (row["message_unanswered_days"], row["business_answer_hours_last"]) == (None, None)


def test_a_million_messages_at_one_instant():
    row = tonight(million(told_of((30, "whatsapp", "message_in"))), FEATURES)
    assert (row["messages_in_7d"], row["messages_in_unanswered"]) == (1_000_000, 1_000_000)
    assert row["message_unanswered_days"] == 30 / 24


def test_nobody_has_written():
    row = tonight(told_of(), FEATURES)
    assert {row[feature.name] for feature in FEATURES} == {0, None}


def test_one_side_alone_is_no_conversation():
    alone = Vocabulary(pairs=(("whatsapp", "message_out"), ("email", "email_sent")))
    assert not list(conversation(FeatureParams(), alone))


def test_a_workspace_says_which_steps_are_messages():
    words = Vocabulary(pairs=(("ticket", "asked"), ("ticket", "told")))
    roles = {"message_in": ("asked",), "message_out": ("told", "shouted")}
    features = tuple(conversation(FeatureParams(windows_days=(7,), roles=roles), words))
    row = tonight(told_of((9, "ticket", "asked"), (3, "ticket", "told")), features)
    assert row["business_answer_hours_last"] == 6
