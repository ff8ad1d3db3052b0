"""Whether a night starts a retraining by itself: a reason that had one needs to have grown."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from serving.watching.params import WatchParams
from serving.watching.reasons import Evidence, Reason
from serving.watching.records import Kept

GROWN = 1.5
"""So many times as large as when a retraining was begun for it a reason is a new one."""

LEARNED_LATER = ("R04", "R06")
"""Reasons seen before the outcomes of what has changed are known."""


def started(reasons: Sequence[Reason], *, version: int, data: str) -> dict[str, Any]:
    """What is kept of a retraining that begins: against which champion, why, of what data."""
    return {
        "reasons": [one.code for one in reasons],
        "sizes": {one.code: dict(one.sizes) for one in reasons},
        "version": version,
        "data": data,
    }


def is_answered(
    evidence: Evidence,
    reasons: Sequence[Reason],
    as_of: datetime,
    before: Sequence[Kept],
    params: WatchParams,
) -> bool:
    """Whether what earlier watches started answers all reasons for now.

    So it is within the cool-down, and where nothing new could be learned from the same data.
    After that a reason starts another retraining only where none was started for it against this
    champion, or if it has grown. What was seen before its outcomes were known starts one more
    once they are: the first could not have learned from it.
    """
    begun = [one for one in before if one.facts.get("started")]
    cooled = as_of - timedelta(days=params.cooldown_days)
    data = evidence.data
    if any(one.as_of > cooled or one.facts["started"].get("data") == data for one in begun):
        return True
    ours = [one for one in begun if one.facts["started"].get("version") == evidence.version]
    return all(_is_answered(one, as_of, ours, evidence.lead_days) for one in reasons)


def _is_answered(reason: Reason, as_of: datetime, begun: Sequence[Kept], lead_days: int) -> bool:
    """Whether what was started against the same champion answers one reason."""
    for_it = [one for one in begun if reason.code in one.facts["started"]["sizes"]]
    if not for_it or _has_grown(reason, [one.facts["started"]["sizes"] for one in for_it]):
        return False
    known_at = min(one.as_of for one in for_it) + timedelta(days=lead_days)
    is_learned = any(one.as_of >= known_at for one in for_it)
    return is_learned or reason.code not in LEARNED_LATER or as_of < known_at


def _has_grown(reason: Reason, sizes: Sequence[Mapping[str, Mapping[str, float]]]) -> bool:
    """Whether it is by half larger than ever before: in what it names, or in how much they are."""
    most: dict[str, float] = {}
    for one in sizes:
        for name, size in one[reason.code].items():
            most[name] = max(size, most.get(name, 0.0))
    new = sum(size >= GROWN * most.get(name, 0.0) for name, size in reason.sizes.items())
    return new >= (GROWN - 1) * len(most)
