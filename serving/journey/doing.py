"""The rest of the first screen: what is being done about it, and whether that helps."""

import math
from collections.abc import Iterator

from serving.journey.compared import moved_since
from serving.journey.material import Material
from serving.journey.pains import number
from serving.outcomes import telling

TOLD_MOST = 3
"""Pain points of the ledger, and measures, that the first screen tells by name."""


def done(told: Material) -> Iterator[str]:
    """What somebody has taken on, and what the outreach saved so far."""
    words, kept = told.words, told.ledger
    if kept is None or kept.pains.empty:
        yield words.say("done.nothing")
    else:
        yield words.say("done.ledger", count=len(kept.pains))
        yield from (f"{name}: {said}" for name, said in [*kept.sentences.items()][:TOLD_MOST])
    if told.outcomes is None:
        yield words.say("done.no_outreach")
    else:
        yield telling.verdict(told.outcomes, telling.words(words.language))


def better(told: Material) -> Iterator[str]:
    """What has changed since last period beyond chance."""
    words, found = told.words, moved_since(told)
    for key in ("worse", "better"):
        if found[key]:
            several = "; ".join(found[key][:TOLD_MOST])
            more = len(found[key]) - TOLD_MOST
            rest = words.say("better.more", count=more) if more > 0 else ""
            yield words.say(f"better.{key}", several=several, rest=rest)
    if not (found["worse"] or found["better"]):
        yield words.say("better.same" if _is_known(told) else "better.unknown")


def _is_known(told: Material) -> bool:
    rows = [] if told.gaps is None else told.gaps.to_dict("records")
    return any(math.isfinite(number(row, "gap_to_last")) for row in rows)
