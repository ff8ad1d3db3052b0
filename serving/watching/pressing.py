"""What of a watch somebody should be told at once: alarms to act upon, reasons to retrain."""

from collections.abc import Iterator, Mapping
from typing import Any

ACT = "act"


def pressing(facts: Mapping[str, Any]) -> list[str]:
    """Names of all that presses, by which the next watch knows that it was told.

    >>> pressing({"alarms": [{"code": "D10", "name": "orders", "severity": "act"}]})
    ['D10 orders']
    """
    return [name for name, _, _ in _all(facts)]


def news(facts: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What presses and did not in the watch before: its kind and its JSON."""
    known = set(facts.get("told_before", ()))
    yield from ((kind, one) for name, kind, one in _all(facts) if name not in known)


def _all(facts: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for one in facts.get("alarms", ()):
        if one["severity"] == ACT:
            yield f"{one['code']} {one['name']}", "alarm", one
    for one in facts.get("advice", {}).get("reasons", ()):
        yield one["code"], "reason", one
