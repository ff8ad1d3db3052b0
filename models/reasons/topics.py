"""Topics of the families whose features each have a meaning of their own, and what tells them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from features.catalog import Feature
from features.known.needs import Attribute, Group

TOPICS: Mapping[str, Mapping[str, str]] = {
    "breadth": {"distinct_channels": "channels.number", "distinct_steps": "kinds.number"},
    "diversity": {
        "channel_entropy": "channels",
        "channel_top_share": "channels.top_share",
        "step_entropy": "kinds",
        "step_top_share": "kinds.top_share",
        "hour_entropy": "hours",
        "hour_top_share": "hours",
        "night_share": "hours.night_share",
        "morning_share": "hours.morning_share",
        "afternoon_share": "hours.afternoon_share",
        "evening_share": "hours.evening_share",
        "weekday_entropy": "weekdays",
        "weekday_top_share": "weekdays",
        "weekend_share": "weekdays.weekend_share",
    },
    "support": {
        "tickets_open": "tickets.open",
        "ticket_open_days_oldest": "tickets.oldest_days",
        "ticket_unanswered_hours": "tickets.waiting_hours",
        "tickets_opened": "tickets.opened",
        "ticket_reopenings": "tickets.reopened",
        "tickets_unsolved_share": "tickets",
        "ticket_reply_hours_last": "ticket_speed.reply_hours",
        "ticket_reply_hours_mean": "ticket_speed.mean_reply_hours",
        "ticket_reply_hours_longest": "ticket_speed",
        "ticket_solve_hours_last": "ticket_speed.solve_hours",
        "ticket_solve_hours_mean": "ticket_speed.mean_solve_hours",
        "satisfaction_last": "rating.last_rating",
        "satisfaction_mean": "rating",
        "satisfaction_change": "rating.change",
        "sentiment_last": "tone.last_tone",
        "sentiment_mean": "tone",
        "sentiment_change": "tone.change",
    },
    "conversation": {
        "messages_in": "messages.inward",
        "messages_out": "messages.outward",
        "messages_in_share": "messages",
        "customer_wrote_last": "unanswered.customer_last",
        "messages_in_unanswered": "unanswered",
        "messages_out_unanswered": "unanswered.outward",
        "message_unanswered_days": "unanswered.waiting_days",
        "business_answer_hours_last": "our_answers.last_hours",
        "business_answer_hours_mean": "our_answers",
        "business_answer_hours_median": "our_answers.median_hours",
        "business_answer_hours_longest": "our_answers",
        "customer_answer_hours_last": "their_answers.last_hours",
        "customer_answer_hours_mean": "their_answers",
        "customer_answer_hours_median": "their_answers.median_hours",
        "customer_answer_hours_longest": "their_answers",
    },
    "consistency": {
        "channel_switches": "switching.switches",
        "channel_switch_share": "switching",
        "channel_returns": "switching",
        "issues_raised": "issues.raised",
        "issues_repeated": "issues.repeated",
        "issues_across_channels": "issues.spread",
    },
    "campaign": {
        "days_since_campaign_touch": "campaign.touch_days",
        "campaign_touches": "campaign.touches",
        "campaigns": "campaign",
        "days_since_campaign_answer": "campaign.answer_days",
        "campaign_unanswered": "campaign.unanswered",
        "campaign_answered_share": "campaign.answered_share",
        "campaign_refused": "refusal.refused",
        "days_since_campaign_refusal": "refusal.refusal_days",
        "days_since_offer": "offers.offer_days",
        "offers": "offers",
        "offers_open": "offers.open",
        "offers_taken_share": "offers.taken_share",
    },
    "value": {
        "order_last": "orders.last",
        "order_mean": "orders.mean",
        "order_largest": "orders",
        "order_money_trend": "orders",
        "discount_share": "discounts.off_share",
        "refund_money_share": "refunds.back_share",
        "refunds_per_order": "refunds.per_order",
    },
    "profile": {
        "number": "profile.number",
        "category": "profile.word",
        "days_from": "profile.from_days",
        "days_since_change": "profile.changed_days",
        "changed": "profile",
    },
    "peers": {
        "segment_active_share": "segment.active_share",
        "segment_events_per_customer": "segment",
        "events_against_segment": "segment.against_share",
        "last_item_popularity": "item.same_share",
        "own_items_popularity": "item",
        "last_item_trend": "item",
    },
    "contract": {
        "contract_active": "renewal.active",
        "contracts_running": "renewal",
        "days_to_contract_end": "renewal.end_days",
        "days_since_contract_end": "renewal.ended_days",
        "days_since_term_start": "renewal",
        "contract_term_days": "renewal",
        "contract_elapsed_share": "renewal",
        "contract_notice": "notice.given",
        "days_since_contract_notice": "notice.notice_days",
        "contract_amount_30d": "price.amount",
        "contract_price_ratio": "price.former_share",
        "contract_terms": "contract_history.terms",
        "contract_renewals": "contract_history.renewals",
        "contract_lapses": "contract_history.lapses",
        "contract_lapsed_days": "contract_history.lapsed_days",
        "days_under_contract": "contract_history.under_days",
        "contract_involuntary_ends": "contract_history.unwanted",
    },
    "journey": {
        "stage": "stage.word",
        "stage_rank": "stage",
        "days_in_stage": "stage.stage_days",
        "stages_disagree": "stage_sources.disagree",
        "stage_before": "stage_path.before",
        "stage_rank_best": "stage_path",
        "stage_moves": "stage_path.moves",
        "stage_advances": "stage_path",
        "days_per_stage_left": "stage_path",
        "days_since_first_stage": "stage_path.first_days",
        "stage_ranks_below_best": "setbacks.below",
        "stage_regressions": "setbacks.regressions",
        "stage_exits": "setbacks.exits",
        "stage_reentries": "setbacks.reentries",
        "stage_returns": "setbacks",
        "days_since_stage": "stage_visits.entered_days",
        "visits_to_stage": "stage_visits.visits",
    },
    "steps": {
        "last_step_1": "last_steps.word",
        "last_step_2": "last_steps.earlier",
        "last_step_3": "last_steps",
        "last_step_4": "last_steps",
        "last_step_5": "last_steps",
        "same_step_run": "last_steps",
        "last_channel_1": "last_channels.word",
        "last_channel_2": "last_channels.earlier",
        "same_channel_run": "last_channels",
        "step_loops": "repeats",
        "step_repeat_share": "repeats.repeat_share",
        "pairs": "pair.number",
    },
}
"""By family and feature, named without its windows or after its function: the kind of theme that
it belongs to, and after a point what its number is called in a sentence, if it is said."""


@dataclass(frozen=True, kw_only=True)
class Topic:
    """Where a feature belongs: a kind of theme, its subject, and what it tells there, if anything.

    `then` is what follows the subject in a pair. `days` is the window, if there is one; what is
    counted over all history besides is not told.
    """

    kind: str
    fact: str
    subject: str
    then: str
    days: int | None


def topic_of(feature: Feature) -> Topic | None:
    """The topic of a feature that a family of `TOPICS` defines."""
    known, function = TOPICS.get(feature.family, {}), feature.function.__name__
    told = known.get(_stem(feature), known.get(function))
    if told is None:
        return None
    arguments = feature.arguments
    kind, _, fact = told.partition(".")
    subject, then = _subject(arguments)
    group = arguments.get("group")
    days = group.days if group else arguments.get("days")
    ever = "days" in arguments and days is None
    return Topic(kind=kind, fact="" if ever else fact, subject=subject, then=then, days=days)


def in_words(name: str) -> str:
    """A name as it is said.

    >>> in_words("demo_requested")
    'demo requested'
    """
    return name.replace("_", " ")


def _stem(feature: Feature) -> str:
    """A feature's name without its windows."""
    name = feature.name
    for value in reversed([*feature.arguments.values()]):
        name = name.removesuffix(f"_{value}d") if isinstance(value, int) else name
    return name


def _subject(arguments: Mapping[str, Any]) -> tuple[str, str]:
    """What a feature is about, of several of its kind: an attribute, a stage, or two steps."""
    if "pair" in arguments:
        parts, (first, second) = arguments["parts"], arguments["pair"]
        return " / ".join(map(in_words, parts[first])), " / ".join(map(in_words, parts[second]))
    for about in (arguments.get(name) for name in ("attribute", "group", "short")):
        if isinstance(about, Attribute):
            return in_words(about.name), ""
        if isinstance(about, Group):
            return in_words(about.attribute), ""
    return in_words(arguments.get("word", "")), ""
