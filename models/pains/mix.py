"""Case mix: who customers are and how they are, whatever channel they use and whatever befell them.

What a pain would change is left out: stages and channels, tickets and messages, notices given; and
so are the attributes by which personas are told apart, which would excuse a persona's pain.
"""

from collections.abc import Iterable, Iterator

from features.catalog import Compute, Feature, FeatureParams, Vocabulary, reads
from features.families.contract import contract, contract_notice, days_since_contract_notice
from features.families.frequency import active_days_in_window, events_in_window
from features.families.monetary import value_in_window
from features.families.profile import category, days_from, number, profile
from features.families.recency import days_since_last
from features.families.tenure import days_since_first
from features.known.past import Where

WINDOWS_DAYS = (28, 84, 365)

EXPERIENCE_ROLES = (
    "ticket_opened",
    "ticket_replied",
    "ticket_asked",
    "ticket_solved",
    "ticket_reopened",
    "rated",
    "message_in",
    "message_out",
    "campaign_sent",
    "campaign_refused",
    "offer_sent",
    "refund",
    "refund_asked",
    "by_business",
)
"""Parts of steps that tell how a customer was served, or what the business did."""

_CONSEQUENCES = {contract_notice, days_since_contract_notice}


def case_mix(
    params: FeatureParams, vocabulary: Vocabulary, personas_read: Iterable[str]
) -> Iterator[Feature]:
    """The features of case mix; `personas_read` are the attributes that rules of personas read."""
    left_out = {step for role in EXPERIENCE_ROLES for step in params.steps_of(role, vocabulary)}
    own = Where(step=tuple(step for step in vocabulary.steps if step not in left_out))
    if own.step:
        yield _about("mix_silent", "days", "since the last own event", days_since_last, own)
        yield _about("mix_known", "days", "since the first own event", days_since_first, own)
        for days in WINDOWS_DAYS:
            counted = f"in the last {days} days"
            yield _about(f"mix_events_{days}d", "events", counted, events_in_window, own, days)
            yield _about(f"mix_active_{days}d", "days", counted, active_days_in_window, own, days)
            if vocabulary.steps_with_value:
                yield _about(f"mix_value_{days}d", "currency", counted, value_in_window, own, days)
    for one in contract(params, vocabulary):
        if one.function not in _CONSEQUENCES:
            yield one
    blind = {*personas_read}
    for one in profile(params, vocabulary):
        is_told = one.function in (number, category, days_from)
        if is_told and one.arguments["attribute"].name not in blind:
            yield one


def _about(
    name: str,
    unit: str,
    meaning: str,
    function: Compute,
    where: Where,
    *days: int,
) -> Feature:
    is_money = function is value_in_window
    return Feature(
        name=name,
        family="case mix",
        unit=unit,
        meaning=meaning,
        function=function,
        arguments={"where": where, **({"days": days[0]} if days else {})},
        needs=reads(where, *days, measures=["value"] if is_money else []),
    )
