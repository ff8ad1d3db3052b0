"""Which sentence of a theme a customer's numbers bear out."""

import numpy as np
from numpy.typing import NDArray

from models.reasons.themes import Facts, Theme

Codes = NDArray[np.str_]
Flags = NDArray[np.bool_]

VARIANTS = {
    "silence": (
        ("beyond", "silence_beyond_rhythm"),
        ("leaving days", "since_last"),
        ("days", "seen_lately"),
    ),
    "rhythm": (
        ("leaving gap_days", "rhythm_slow"),
        ("gap_days", "rhythm_steady"),
        ("?gap_days", "rhythm_unknown"),
    ),
    "frequency": (
        ("falling", "frequency_falling"),
        ("0long", "frequency_none"),
        ("leaving long", "frequency_low"),
        ("long", "frequency_high"),
    ),
    "spending": (
        ("falling", "spending_falling"),
        ("0long", "spending_none"),
        ("leaving long", "spending_low"),
        ("long", "spending_high"),
    ),
    "tenure": (("leaving known_days", "tenure_short"), ("known_days", "tenure_long")),
    "contact": (
        ("falling days", "contact_falling"),
        ("days +long", "contact_some"),
        ("days", "contact_quiet"),
        ("?days", "contact_never"),
    ),
    "activity": (
        ("falling", "activity_falling"),
        ("days +long", "activity_some"),
        ("days", "activity_quiet"),
        ("?days", "activity_never"),
    ),
    "known": (("known_days", "known_since"),),
    "money": (("falling", "money_falling"), ("long", "money_some")),
    "channels": (
        ("+number", "channels_used"),
        ("0number", "channels_none"),
        ("top_share", "channels_main"),
    ),
    "kinds": (("+number", "kinds_used"), ("0number", "kinds_none"), ("top_share", "kinds_main")),
    "hours": (
        ("night_share morning_share afternoon_share evening_share", "hours_shares"),
        ("?morning_share", "hours_none"),
    ),
    "weekdays": (("weekend_share", "weekdays_share"), ("?weekend_share", "weekdays_none")),
    "tickets": (
        ("waiting_hours", "tickets_waiting"),
        ("+open oldest_days", "tickets_open"),
        ("+reopened", "tickets_reopened"),
        ("+opened", "tickets_opened"),
        ("0opened", "tickets_none"),
    ),
    "ticket_speed": (
        ("mean_reply_hours mean_solve_hours", "ticket_speed_mean"),
        ("mean_reply_hours", "ticket_speed_reply_mean"),
        ("mean_solve_hours", "ticket_speed_solve_mean"),
        ("reply_hours", "ticket_speed_reply"),
        ("solve_hours", "ticket_speed_solve"),
        ("?reply_hours", "ticket_speed_no_reply"),
        ("?solve_hours", "ticket_speed_unsolved"),
    ),
    "rating": (
        ("leaving -change last_rating", "rating_falling"),
        ("last_rating", "rating_last"),
        ("?last_rating", "rating_none"),
    ),
    "tone": (
        ("leaving -change last_tone", "tone_falling"),
        ("last_tone", "tone_last"),
        ("?last_tone", "tone_none"),
    ),
    "messages": (
        ("0inward 0outward", "messages_none"),
        ("inward outward", "messages_exchanged"),
    ),
    "unanswered": (
        ("waiting_days", "message_waiting"),
        ("+outward", "message_ignored"),
        ("?customer_last", "conversation_never"),
    ),
    "our_answers": (
        ("median_hours", "our_answers_usual"),
        ("last_hours", "our_answers_last"),
        ("?last_hours", "our_answers_none"),
    ),
    "their_answers": (
        ("median_hours", "their_answers_usual"),
        ("last_hours", "their_answers_last"),
        ("?last_hours", "their_answers_none"),
    ),
    "switching": (("+switches", "switching_often"), ("0switches", "switching_never")),
    "issues": (
        ("+spread", "issues_spread"),
        ("+repeated", "issues_repeated"),
        ("+raised", "issues_raised"),
        ("0raised", "issues_none"),
    ),
    "campaign": (
        ("+unanswered answer_days", "campaign_ignored"),
        ("+unanswered ?answer_days", "campaign_never_answered"),
        ("+touches answered_share", "campaign_answered"),
        ("+touches", "campaign_received"),
        ("touch_days", "campaign_quiet"),
        ("?touch_days", "campaign_never"),
    ),
    "refusal": (("refusal_days", "campaign_refused"), ("0refused", "campaign_not_refused")),
    "offers": (
        ("+open offer_days", "offers_open"),
        ("offer_days taken_share", "offers_taken"),
        ("offer_days", "offers_last"),
        ("?offer_days", "offers_never"),
    ),
    "orders": (("last mean", "orders_usual"), ("last", "orders_last"), ("?last", "orders_none")),
    "discounts": (("off_share", "discounts_share"), ("?off_share", "discounts_unknown")),
    "refunds": (
        ("+back_share", "refunds_share"),
        ("+per_order", "refunds_number"),
        ("0per_order", "refunds_none"),
        ("?per_order", "refunds_without_orders"),
    ),
    "profile": (
        ("word changed_days", "profile_word_changed"),
        ("number changed_days", "profile_number_changed"),
        ("word", "profile_word"),
        ("number", "profile_number"),
        ("-from_days", "profile_ahead"),
        ("from_days", "profile_ago"),
        ("?word", "profile_unknown"),
        ("?number", "profile_unknown"),
        ("?from_days", "profile_unknown"),
    ),
    "segment": (
        ("against_share", "segment_against"),
        ("active_share", "segment_active"),
        ("?against_share", "segment_unknown"),
    ),
    "item": (("same_share", "item_popularity"), ("?same_share", "item_unknown")),
    "renewal": (
        ("end_days", "renewal_ahead"),
        ("ended_days", "renewal_missed"),
        ("+active ?end_days", "renewal_never"),
        ("0active ?ended_days", "renewal_no_contract"),
    ),
    "notice": (("notice_days", "notice_given"), ("0given", "notice_not_given")),
    "price": (
        ("=former_share", "price_unchanged"),
        ("former_share", "price_against_former"),
        ("amount", "price_amount"),
        ("?amount", "price_unknown"),
    ),
    "contract_history": (
        ("leaving +unwanted", "contract_ends_unwanted"),
        ("leaving +lapses lapsed_days", "contract_lapses"),
        ("+renewals", "contract_renewals"),
        ("+terms under_days", "contract_under"),
        ("0terms", "contract_never"),
    ),
    "stage": (("word stage_days", "stage_dwell"), ("word", "stage_word"), ("?word", "stage_none")),
    "stage_sources": (
        ("+disagree", "stage_disputed"),
        ("0disagree", "stage_agreed"),
        ("?disagree", "stage_one_voice"),
    ),
    "stage_path": (
        ("+moves before", "stage_moves"),
        ("0moves first_days", "stage_no_moves"),
        ("before", "stage_before"),
        ("?first_days", "stage_path_none"),
    ),
    "setbacks": (
        ("+regressions", "setbacks_back"),
        ("+exits", "setbacks_exits"),
        ("+below", "setbacks_below_best"),
        ("+reentries", "setbacks_reentries"),
        ("0regressions 0exits", "setbacks_none"),
    ),
    "stage_visits": (("entered_days", "stage_entered"), ("0visits", "stage_not_entered")),
    "last_steps": (
        ("word earlier", "last_two_steps"),
        ("word", "last_step"),
        ("?word", "last_step_none"),
    ),
    "last_channels": (
        ("word earlier", "last_two_channels"),
        ("word", "last_channel"),
        ("?word", "last_channel_none"),
    ),
    "repeats": (("repeat_share", "repeats_share"), ("?repeat_share", "repeats_none")),
    "pair": (("+number", "pair_some"), ("0number", "pair_none")),
    "outlook": (("leaving value", "outlook_few"), ("value", "outlook_many")),
    "next_step": (("value", "next_step_none"),),
    "next_stage": (("value", "next_stage_none"),),
    "rate": (("value", "rate_of_alike"),),
    "other": (("value", "other_told"), ("?value", "other_unknown")),
}
"""By kind of theme, the first code whose condition a customer's numbers bear out, else the kind.

A word of a condition is the name of a number that is told; before it, + asks for more than nothing,
- for less, 0 for nothing, = for one, and ? for what is empty for this customer. Riskier than the
base rate are those `leaving`; of them `falling` have less than before, and `beyond` are those
longer silent than they usually are.
"""


def codes(theme: Theme, facts: Facts, *, leaving: Flags) -> Codes:
    """The code of the sentence that each row's numbers bear out; `leaving` rows are at risk."""
    variants = VARIANTS[theme.kind]
    conditions = [
        np.logical_and.reduce([_borne_out(word, facts, leaving) for word in condition.split()])
        for condition, _ in variants
    ]
    return np.select(conditions, [code for _, code in variants], default=theme.kind)


def _borne_out(word: str, facts: Facts, leaving: Flags) -> Flags:
    def number(name: str) -> NDArray[np.float64]:
        return facts.numbers.get(name, np.full(len(leaving), np.nan))

    if word == "leaving":
        return leaving
    if word == "falling":
        return leaving & (number("recent") < number("before"))
    if word == "beyond":
        return leaving & (number("days") > number("gap_days"))
    sign, name = (word[0], word[1:]) if word[0] in _SIGNS else ("", word)
    if sign == "?" and name not in facts.numbers:
        return np.zeros(len(leaving), dtype=np.bool_)
    return _SIGNS[sign](number(name))


_SIGNS = {
    "": lambda number: ~np.isnan(number),
    "?": np.isnan,
    "+": lambda number: number > 0,
    "-": lambda number: number < 0,
    "0": lambda number: number == 0,
    "=": lambda number: number == 1,
}
