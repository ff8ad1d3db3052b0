"""The ledger as a person reads it, in English and Indonesian."""

from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from features.clock import business_day
from serving.ledger.book import CLOSED, Measure, Pain
from serving.pages.words import DASH, Words

ROOM = "serving.ledger"
COLUMNS = ("pain", "place", "owner", "state", "changed", "effect", "between", "verdict")


def words(language: str) -> Words:
    """The words of this room in a language."""
    return Words(language, ROOM)


def place(pain: Pain, speak: Words) -> str:
    """What hurts and where, such as `drop-off: consideration · web`."""
    named = (
        speak.name("stage", pain.stage),
        speak.name("channel", pain.channel),
        speak.name("persona", pain.persona),
    )
    return f"{speak.name('pain', pain.kind)}: {' · '.join(name for name in named if name)}"


def sentence(pain: Pain, measure: Measure | None, speak: Words) -> str:
    """What came of a pain so far; of a closed one what people said, and where that differs."""
    said = _measured(pain, measure, speak)
    if pain.state != CLOSED:
        return said
    verdict = speak.name("verdict", pain.verdict or "")
    closed = speak.say("sentence.closed", verdict=verdict, why=(pain.why or "").rstrip("."))
    differs = measure is not None and measure.facts["verdict"] != pain.verdict
    return f"{closed} {speak.say('sentence.otherwise', said=said)}" if differs else closed


def table(
    pains: Iterable[Pain], measures: Mapping[str, Measure], speak: Words, zone: ZoneInfo
) -> pd.DataFrame:
    """One row a pain, every cell a text; the columns are named in the language."""
    rows = [_row(pain, measures.get(pain.pain_id), speak, zone) for pain in pains]
    return pd.DataFrame(rows, columns=[speak.name("column", name) for name in COLUMNS])


def _row(pain: Pain, measure: Measure | None, speak: Words, zone: ZoneInfo) -> list[str]:
    changed = pain.changed_at and speak.date(business_day(pain.changed_at, zone).isoformat())
    facts: Mapping[str, Any] = measure.facts if measure else {}
    effect = facts.get("effect")
    verdict = pain.verdict or facts.get("verdict")
    return [
        pain.pain_id,
        place(pain, speak),
        pain.owner,
        speak.name("state", pain.state),
        changed or DASH,
        _points(effect["value"], speak) if effect else DASH,
        f"{_points(effect['low'], speak)} {DASH} {_points(effect['high'], speak)}"
        if effect
        else DASH,
        speak.name("verdict", verdict) if verdict else DASH,
    ]


def _measured(pain: Pain, measure: Measure | None, speak: Words) -> str:
    if pain.changed_at is None:
        return speak.say("sentence.unchanged")
    if measure is None:
        return speak.say("sentence.unmeasured")
    facts = measure.facts
    told = dict[str, str]()
    if facts["effect"]:
        told = {side: _points(facts["effect"][side], speak) for side in ("low", "high")}
        told |= {one: _points(facts[one]["value"], speak) for one in ("effect", "drift", "plain")}
        told["excess"] = _points(facts["excess"], speak)
    weeks = facts.get("weeks_more")
    more = speak.say("more.weeks", weeks=weeks) if weeks else speak.say("more.never")
    said = speak.say(f"because.{facts['because']}", more=more, **told)
    return f"{said} {speak.say('sentence.plain', **told)}" if told else said


def _points(share: float, speak: Words) -> str:
    """A difference of shares in percentage points."""
    return speak.number(100 * share, 1, signed=True)
