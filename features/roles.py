"""Which steps play which part: what opens a ticket, who writes a message, what a campaign sends."""

from collections.abc import Mapping

ROLES: Mapping[str, tuple[str, ...]] = {
    "ticket_opened": ("ticket_opened", "ticket_created"),
    "ticket_replied": ("ticket_replied_agent", "ticket_replied"),
    "ticket_asked": ("ticket_replied_customer",),
    "ticket_solved": ("ticket_solved", "ticket_closed"),
    "ticket_reopened": ("ticket_reopened",),
    "rated": ("ticket_rated", "survey_csat", "survey_nps"),
    "message_in": ("message_in", "email_received"),
    "message_out": ("message_out",),
    "campaign_sent": ("email_sent", "email_delivered", "campaign_sent"),
    "campaign_answered": ("email_open", "email_click", "campaign_answered"),
    "campaign_refused": ("email_unsubscribe", "email_spam"),
    "offer_sent": ("offer_sent", "quote_sent", "voucher_sent"),
    "offer_taken": ("offer_accepted", "quote_accepted", "voucher_used", "redemption"),
    "purchase": ("purchase", "order", "basket", "invoice_paid", "paid_in_time", "paid_late"),
    "refund": ("refund", "refunded", "order_returned"),
    "refund_asked": ("refund_requested", "return_requested", "order_returned"),
    "by_business": ("contact_created", "deal_created", "email_bounce", "invoice_issued"),
}
"""The steps of each part where a workspace names none; those that its sources make are here.

`by_business` is what a business does besides, so that it is no contact of the customer."""

PARTS: Mapping[str, tuple[str, ...]] = {
    "ticket": ("ticket", "ticket_id"),
    "topic": ("topic",),
    "item": ("item",),
    "campaign": ("campaign",),
    "discount": ("discount",),
}
"""The attribute of events that names the ticket, its topic, what was bought or read, the campaign
that a touch belongs to, and the money that was let off: the first that events have, where a
workspace names no other."""
