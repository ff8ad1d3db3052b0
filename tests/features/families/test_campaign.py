"""Campaigns and offers against a slow, obvious way."""

from dataclasses import replace

import pytest
import wholes
from beside import Slow, assert_agrees, million, told_of, tonight
from hypothesis import given
from wholes import PARAMS, VOCABULARY

from features.catalog import FeatureParams, Vocabulary
from features.families.campaign import campaign

FEATURES = tuple(campaign(PARAMS, VOCABULARY))
NAMELESS = tuple(campaign(PARAMS, replace(VOCABULARY, event_attributes=())))
SPRING, SUMMER = {"campaign": "spring"}, {"campaign": "summer"}


class SlowCampaign(Slow):
    def of(self, where, days=None) -> list[dict]:
        return [
            event
            for event in self.events
            if event["step"] in where.step
            and (days is None or self.recent(event["occurred_at"], days))
        ]

    def days_since_last(self, where):
        events = self.of(where)
        return (
            (self.cutoff - events[-1]["occurred_at"]).total_seconds() / 86_400 if events else None
        )

    def number_in_window(self, where, days):
        return len(self.of(where, days))

    def distinct_campaigns(self, sent, attribute, days):
        return len({event[attribute] for event in self.of(sent, days)} - {None})

    def answered_share(self, sent, answered, attribute, days):
        answers, waiting = 0, set()
        for event in self.events:
            name = event[attribute] if attribute else None
            if event["step"] in sent.step:
                waiting.add(name)
            elif event["step"] in answered.step and name in waiting:
                waiting.remove(name)
                answers += self.recent(event["occurred_at"], days)
        received = len(self.of(sent, days))
        return min(answers, received) / received if received else None

    def sent_since_last(self, sent, closing):
        number = 0
        for event in self.events:
            if event["step"] in closing.step:
                number = 0
            number += event["step"] in sent.step
        return number

    def taken_share(self, sent, taken):
        offers = len(self.of(sent))
        return min(len(self.of(taken)), offers) / offers if offers else None

    def happened(self, where):
        return int(bool(self.of(where)))


@given(whole=wholes.wholes())
def test_every_feature_agrees_with_the_slow_way(whole):
    assert_agrees(*whole, FEATURES, SlowCampaign)


@given(whole=wholes.wholes(most=30))
def test_without_names_all_campaigns_are_one(whole):
    assert_agrees(*whole, NAMELESS, SlowCampaign)


def test_a_short_story():
    told = told_of(
        (90, "email", "email_sent", SPRING),
        (80, "email", "email_open", SPRING),
        (79, "email", "email_open", SPRING),  # a second look is no second answer
        (60, "email", "email_sent", SUMMER),
        (48, "email", "email_sent", SUMMER),
        (24, "sales", "offer_sent"),
        (12, "email", "email_unsubscribe"),
    )
    night = tonight(told, FEATURES)
    assert night["campaign_touches_28d"] == 3
    assert night["campaigns_28d"] == 2
    assert night["campaign_answered_share_28d"] == 1 / 3
    assert night["campaign_unanswered"] == 2
    assert night["offers_open"] == 1
    assert night["offers_taken_share"] == 0
    assert night["campaign_refused"] == 1
    assert night["days_since_campaign_refusal"] == 0.5


def test_one_mail_that_is_sent_and_delivered_is_one_touch():
    vocabulary = Vocabulary(pairs=(("email", "email_sent"), ("email", "email_delivered")))
    told = told_of((5, "email", "email_sent"), (4, "email", "email_delivered"))
    assert tonight(told, campaign(PARAMS, vocabulary))["campaign_touches_28d"] == 1
    delivered = Vocabulary(pairs=(("email", "email_delivered"),))
    assert tonight(told, campaign(PARAMS, delivered))["campaign_touches_28d"] == 1


def test_a_workspace_that_names_both_gets_both():
    vocabulary = Vocabulary(pairs=(("email", "email_sent"), ("email", "email_delivered")))
    params = FeatureParams(roles={"campaign_sent": ("email_sent", "email_delivered")})
    told = told_of((5, "email", "email_sent"), (4, "email", "email_delivered"))
    assert tonight(told, campaign(params, vocabulary))["campaign_touches_28d"] == 2


def test_nothing_is_made_of_data_without_campaigns_or_offers():
    assert not [*campaign(PARAMS, Vocabulary(pairs=(("web", "visit"),)))]


@pytest.mark.parametrize("step", ["email_sent", "email_open"])
def test_a_million_events_at_one_instant(step):
    night = tonight(million(told_of((24, "email", step, SPRING))), FEATURES)
    touches = 1_000_000 if step == "email_sent" else 0
    assert night["campaign_touches_28d"] == night["campaign_unanswered"] == touches
    assert night["campaigns_28d"] == (step == "email_sent")
