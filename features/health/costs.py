"""Costs of touches by channels that nobody touches, which the journey map would leave out."""

from collections.abc import Iterable, Iterator

from features.contracts import Frame
from features.health.finding import Finding, examined
from features.mistakes import nearest


def check_costs(events: Frame, costly: Iterable[str]) -> list[Finding]:
    """J06: channels whose touches have a cost, of which no event is. Nothing without costs."""
    named = sorted(costly)
    found = _unmet(named, events["channel"].unique().sort().to_list()) if named else ()
    return examined("J06", "every channel that costs something occurs", found) if named else []


def _unmet(named: Iterable[str], channels: list[str]) -> Iterator[Finding]:
    for name in named:
        if name not in channels:
            yield Finding(
                code="J06",
                severity="warn",
                sentence=f"journey: no event is of the channel {name!r}, so what a touch by it "
                "costs counts nowhere",
                measured=0.0,
                needed=1.0,
                mends=(
                    f"correct journey.channel_costs: {nearest(name, channels)}",
                    "map that channel in a source, if it is to come",
                    "take the line out, if nobody is touched there any more",
                ),
            )
