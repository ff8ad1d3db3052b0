"""What of a watch somebody should be told at once: alarms to act upon, reasons to retrain."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from serving.watching.retraining import BROKEN

ACT = "act"

FEATURES = ("D01", "D02", "D03", "D04", "D30")
"""Alarms that press only once they last: then they are a reason to retrain."""

Facts = Mapping[str, Any]


def pressing(facts: Mapping[str, Any]) -> list[str]:
    """Names of all that presses, by which the next watch knows that it was told.

    >>> pressing({"alarms": [{"code": "D10", "name": "orders", "severity": "act"}]})
    ['D10 orders']
    """
    return [name for name, _, _ in _all(facts)]


def told_already(newest: Sequence[Facts], lately: Sequence[Facts]) -> list[str]:
    """What pressed in the newest watch or in others of late, and is known to those who are told.

    What comes and goes near a limit is no news each time. Broken data are, once they were well.

    >>> told = {
    ...     "alarms": [{"code": code, "name": "", "severity": "act"} for code in ("D10", "D21")]
    ... }
    >>> told_already([], [told]), told_already([told], [told])
    (['D21 '], ['D10 ', 'D21 '])
    """
    known = {name for facts in newest for name in pressing(facts)}
    ours = {name for facts in lately for name in pressing(facts)}
    return sorted(known | {name for name in ours if not name.startswith(BROKEN)})


def news(facts: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What presses and did not in the watch before: its kind and its JSON."""
    known = set(facts.get("told_before", ()))
    yield from ((kind, one) for name, kind, one in _all(facts) if name not in known)


def _all(facts: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for one in facts.get("alarms", ()):
        if one["severity"] == ACT and one["code"] not in FEATURES:
            yield f"{one['code']} {one['name']}", "alarm", one
    for one in facts.get("advice", {}).get("reasons", ()):
        yield one["code"], "reason", one
