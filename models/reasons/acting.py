"""Which reasons one can act on; the others are context."""

ACT = frozenset(
    {
        "silence", "silence_beyond_rhythm", "since_last",
        "frequency", "frequency_falling", "frequency_none", "frequency_low",
        "spending", "spending_falling", "spending_none", "spending_low",
        "contact", "contact_falling", "contact_some", "contact_quiet", "contact_never",
        "activity", "activity_falling", "activity_some", "activity_quiet", "activity_never",
        "money", "money_falling",
        "tickets", "tickets_waiting", "tickets_open", "tickets_reopened", "tickets_opened",
        "ticket_speed", "ticket_speed_mean", "ticket_speed_reply_mean", "ticket_speed_solve_mean",
        "ticket_speed_reply", "ticket_speed_solve", "ticket_speed_no_reply",
        "ticket_speed_unsolved",
        "rating_falling", "rating_last", "tone_falling", "tone_last",
        "messages", "messages_exchanged", "messages_none",
        "unanswered", "message_waiting", "message_ignored", "conversation_never",
        "our_answers", "our_answers_usual", "our_answers_last", "our_answers_none",
        "their_answers", "their_answers_usual", "their_answers_last", "their_answers_none",
        "issues", "issues_spread", "issues_repeated", "issues_raised",
        "campaign", "campaign_ignored", "campaign_never_answered", "campaign_answered",
        "campaign_received", "campaign_quiet", "campaign_never",
        "offers", "offers_open", "offers_taken", "offers_last", "offers_never",
        "discounts_share",
        "refunds_share", "refunds_number",
        "renewal_ahead", "renewal_missed", "notice_given",
        "price", "price_against_former",
        "contract_ends_unwanted",
        "stage_dwell", "setbacks_back", "setbacks_below_best",
    }
)  # fmt: skip
"""The codes that a person, a message or an offer can answer: silence, falling use, what waits for
us, what went wrong, a term that ends.

Who somebody is (tenure, profile, habits, segment, history) is context, and so is what is not known.
"""


def acts(code: str) -> str:
    """Whether a reason is one to `act` on or `context`; what speaks for staying is context.

    >>> acts("tickets_waiting"), acts("tenure_short"), acts("staying_contact_some")
    ('act', 'context', 'context')
    """
    return "act" if code in ACT else "context"
