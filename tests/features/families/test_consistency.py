"""Features of channels and issues against a slow, obvious walk through the events."""

from collections import defaultdict
from datetime import timedelta

import wholes
from beside import Slow, assert_agrees, mean, million, told_of, tonight
from hypothesis import given
from wholes import PARAMS, VOCABULARY

from features.catalog import FeatureParams, Vocabulary
from features.families.consistency import consistency

FEATURES = tuple(consistency(FeatureParams(windows_days=(7, 28)), VOCABULARY))
CHANNELS = {channel for channel, _ in VOCABULARY.pairs}
WEB, APP, STORE, FAX = (
    ("web", "visit"),
    ("app", "visit"),
    ("store", "purchase"),
    ("fax", "fax_received"),
)


class SlowConsistency(Slow):
    def contacts(self, business, topic=None) -> list[tuple]:
        """When, on which channel, and about what; unknown channels are one."""
        return [
            (
                event["occurred_at"],
                event["channel"] if event["channel"] in CHANNELS else None,
                event.get(topic),
            )
            for event in self.events
            if event["step"] not in business
        ]

    def moved(self, business) -> list[tuple]:
        """Of each contact but the first: when, and whether it is on another channel."""
        told = self.contacts(business)
        return [(told[k][0], told[k][1] != told[k - 1][1]) for k in range(1, len(told))]

    def switches(self, business, days):
        return sum(moved and self.recent(at, days) for at, moved in self.moved(business))

    def switch_share(self, business, days):
        return mean([moved for at, moved in self.moved(business) if self.recent(at, days)])

    def returns(self, business, days):
        stays, number = [], 0
        for at, channel, _ in self.contacts(business):
            if not stays or stays[-1] != channel:
                number += len(stays) > 1 and stays[-2] == channel and self.recent(at, days)
                stays.append(channel)
        return number

    def issues_in_window(self, business, topic, within_days, kind, days):
        issues = defaultdict(list)
        for at, channel, about in self.contacts(business, topic):
            if about is None:
                continue
            told = issues[about]
            if not told or at - told[-1][-1][0] > timedelta(days=within_days):
                told.append([])
            told[-1].append((at, channel))
        return sum(
            self.recent(at, days)
            for told in issues.values()
            for issue in told
            for at in self.became(issue)[kind]
        )

    def became(self, issue) -> dict[str, list]:
        """When an issue was raised, repeated and taken to another channel, if ever."""
        elsewhere = [at for at, channel in issue if channel != issue[0][1]]
        return {
            "raised": [issue[0][0]],
            "repeated": [issue[1][0]] if len(issue) > 1 else [],
            "spread": elsewhere[:1],
        }


@given(world=wholes.wholes(most=120))
def test_every_feature_agrees_with_the_slow_way(world):
    assert_agrees(*world, consistency(PARAMS, VOCABULARY), SlowConsistency)


def test_switches_and_returns():
    days = (20, 10, 9, 5, 4, 3)
    places = (WEB, APP, APP, WEB, STORE, WEB)
    row = tonight(
        told_of(*((24 * at, *place) for at, place in zip(days, places, strict=True))), FEATURES
    )
    assert (row["channel_switches_28d"], row["channel_switches_7d"]) == (4, 3)
    assert (row["channel_switch_share_28d"], row["channel_switch_share_7d"]) == (0.8, 1)
    assert (row["channel_returns_28d"], row["channel_returns_7d"]) == (2, 2)


def test_what_the_business_sends_is_no_contact():
    row = tonight(told_of((9, *WEB), (8, "email", "email_sent"), (7, *WEB)), FEATURES)
    assert (row["channel_switches_7d"], row["channel_switch_share_7d"]) == (0, 0)


def test_channels_never_seen_are_one():
    row = tonight(told_of((9, *FAX), (8, "telex", "telexed"), (7, *WEB), (6, *FAX)), FEATURES)
    assert (row["channel_switches_7d"], row["channel_returns_7d"]) == (2, 1)


def test_issues_end_when_nobody_raises_them_for_longer_than_the_shortest_window():
    about = lambda days, place, topic: (24 * days, *place, {"topic": topic})  # noqa: E731
    row = tonight(
        told_of(
            about(27, WEB, "login"),
            about(20, WEB, "login"),
            about(19, WEB, "billing"),
            about(13, APP, "login"),
            about(12, WEB, "login"),
            about(4, STORE, "login"),
            about(2, WEB, None),
        ),
        FEATURES,
    )
    assert (row["issues_raised_28d"], row["issues_raised_7d"]) == (3, 1)
    assert (row["issues_repeated_28d"], row["issues_repeated_7d"]) == (1, 0)
    assert (row["issues_across_channels_28d"], row["issues_across_channels_7d"]) == (1, 0)


def test_a_million_events_at_one_instant():
    row = tonight(million(told_of((30, *WEB, {"topic": "login"}))), FEATURES)
    assert (row["channel_switches_28d"], row["channel_switch_share_28d"]) == (0, 0)
    assert (row["issues_raised_28d"], row["issues_repeated_28d"]) == (1, 1)


def test_one_event_and_none():
    one = tonight(told_of((30, *WEB)), FEATURES)
    nobody = tonight(told_of(), FEATURES)
    for row in (one, nobody):
        assert {row[feature.name] for feature in FEATURES} == {0, None}


def test_columns_follow_the_words():
    named = lambda **words: [  # noqa: E731
        feature.name
        for feature in consistency(FeatureParams(windows_days=(7,)), Vocabulary(**words))
    ]
    assert named(pairs=(("web", "visit"), ("web", "order")), event_attributes=("topic",)) == []
    assert named(pairs=(("web", "visit"), ("app", "visit"))) == [
        "channel_switches_7d",
        "channel_switch_share_7d",
        "channel_returns_7d",
    ]
