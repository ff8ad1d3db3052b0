"""Whether to retrain, for which reasons, and whether a night starts it by itself."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from features.clock import business_day
from models.bootstrap import Interval
from models.drift.alarm import Alarm
from serving.watching.matured import interval
from serving.watching.params import WatchParams
from serving.watching.records import Kept

BROKEN = ("D05", "D10", "D14")
"""Alarms of data that are wrong rather than new: to learn from them would make it worse."""

MOVED = ("D01", "D02", "D03", "D04", "D20", "D21", "D30")
"""Alarms of customers who are no longer like those who were learned from."""

UNSEEN = "D13"

NAMES_TOLD = 5

RARER_LEAST = 20
"""Of fewer who left, or who stayed, a ranking says nothing: draws of them again are all alike."""


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One reason to retrain, by its code, and the numbers and words of its sentence."""

    code: str
    told: Mapping[str, str | float | int] = field(default_factory=dict[str, "str | float | int"])


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known of the champion: its newest matured run, what was measured out of time.

    `age_days` are those since the last outcome that it learned from; `data` names the lake, `zone`
    is the business's.
    """

    matured: Kept | None
    backtest: Mapping[str, Interval]
    alarms: Sequence[Alarm]
    age_days: int
    data: str
    zone: ZoneInfo

    @property
    def day(self) -> str:
        """The business day of the matured run, ISO; empty without one."""
        if self.matured is None:
            return ""
        return business_day(self.matured.as_of, self.zone).isoformat()


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What follows: reasons to retrain, what must be mended before, and whether it is started.

    `waits_for` says why a workspace that lets nights retrain does not start it now: `mend`,
    `cooldown`, or nothing. `data` names the lake that it would learn from.
    """

    reasons: tuple[Reason, ...] = ()
    mend_first: tuple[str, ...] = ()
    start: bool = False
    waits_for: str = ""
    data: str = ""

    @property
    def verdict(self) -> str:
        """The first word on it: mend, retrain or nothing."""
        if self.mend_first:
            return "mend"
        return "retrain" if self.reasons else "nothing"

    def as_json(self) -> dict[str, Any]:
        """Itself as JSON, with the verdict."""
        return {"verdict": self.verdict, **asdict(self)}


def advice(
    evidence: Evidence, as_of: datetime, before: Sequence[Kept], params: WatchParams
) -> Advice:
    """What to do about a champion at a cutoff, by the evidence and what watches started before."""
    looks: tuple[Callable[[Evidence, WatchParams], Iterator[Reason]], ...]
    looks = (_ranks_worse, _precision_fell, _level_is_off, _moved, _is_old, _unseen)
    reasons = tuple(reason for look in looks for reason in look(evidence, params))
    broken = sorted({one.name for one in evidence.alarms if _is_broken(one)})
    found = Advice(reasons=reasons, mend_first=tuple(broken), data=evidence.data)
    if not reasons or params.retrain != "start":
        return found
    waits_for = "mend" if broken else "cooldown" if _started(found, as_of, before, params) else ""
    return replace(found, start=not waits_for, waits_for=waits_for)


def _started(found: Advice, as_of: datetime, before: Sequence[Kept], params: WatchParams) -> bool:
    """Whether one was started not long ago, or ever for the same reasons and data."""
    cooled = as_of - timedelta(days=params.cooldown_days)
    asked = {"reasons": [one.code for one in found.reasons], "data": found.data}
    begun = [one for one in before if one.facts.get("started")]
    return any(one.as_of > cooled or one.facts["started"] == asked for one in begun)


def _is_broken(alarm: Alarm) -> bool:
    return alarm.code in BROKEN and alarm.severity == "act"


def _ranks_worse(evidence: Evidence, params: WatchParams) -> Iterator[Reason]:
    """R01: the matured AUC is below that of the backtest by more than a limit and than chance."""
    pair = _pair(evidence, "auc")
    if pair and pair[1].value - pair[0].value > max(params.auc_lower_most, _noise(*pair)):
        yield Reason(code="R01", told=_told(evidence, *pair))


def _precision_fell(evidence: Evidence, params: WatchParams) -> Iterator[Reason]:
    """R02: the matured average precision is lower by more than a share and than chance."""
    pair = _pair(evidence, "average_precision")
    if pair is None:
        return
    true, backtest = pair
    if backtest.value - true.value > max(
        params.precision_lower_most * backtest.value, _noise(*pair)
    ):
        yield Reason(code="R02", told=_told(evidence, *pair))


def _level_is_off(evidence: Evidence, params: WatchParams) -> Iterator[Reason]:
    """R03: more or fewer left than was expected, by more than a limit and than chance."""
    true = _true(evidence, "observed_over_expected")
    if true is None or abs(true.value - 1) <= params.expected_off_most:
        return
    if not true.low <= 1 <= true.high and evidence.matured:
        yield Reason(code="R03", told={"true": true.value, "as_of": evidence.day})


def _moved(evidence: Evidence, params: WatchParams) -> Iterator[Reason]:  # noqa: ARG001
    """R04: what the model reads, or what it says, is far from what it learned."""
    names = [one.name or one.about for one in evidence.alarms if _is_moved(one)]
    if names:
        yield Reason(code="R04", told=_names(names))


def _is_moved(alarm: Alarm) -> bool:
    return alarm.code in MOVED and alarm.severity == "act"


def _is_old(evidence: Evidence, params: WatchParams) -> Iterator[Reason]:
    """R05: the outcomes that the model learned from are long ago."""
    if evidence.age_days > params.retrain_after_days:
        told = {"days": evidence.age_days, "most": params.retrain_after_days}
        yield Reason(code="R05", told=told)


def _unseen(evidence: Evidence, params: WatchParams) -> Iterator[Reason]:  # noqa: ARG001
    """R06: channels or steps that the model never saw."""
    names = [one.name for one in evidence.alarms if one.code == UNSEEN]
    if names:
        yield Reason(code="R06", told=_names(names))


def _names(names: Sequence[str]) -> dict[str, str | float | int]:
    more = len(names) - NAMES_TOLD
    few = ", ".join(names[:NAMES_TOLD])
    return {"names": f"{few} (+{more})" if more > 0 else few, "count": len(names)}


def _pair(evidence: Evidence, name: str) -> tuple[Interval, Interval] | None:
    """What came true and what the backtest had, where both are known of enough customers."""
    facts = evidence.matured.facts if evidence.matured else {}
    left = facts.get("left_alone", 0)
    if min(left, facts.get("alone", 0) - left) < RARER_LEAST:
        return None
    true, backtest = _true(evidence, name), evidence.backtest.get(name)
    return (true, backtest) if true and backtest and math.isfinite(backtest.value) else None


def _true(evidence: Evidence, name: str) -> Interval | None:
    told = evidence.matured and evidence.matured.facts.get("true", {}).get(name)
    found = interval(told) if told else None
    return found if found and all(map(math.isfinite, found)) else None


def _noise(*pair: Interval) -> float:
    """Half the width of the interval of the difference."""
    halves = ((one.high - one.low) / 2 for one in pair)
    return math.hypot(*(half for half in halves if math.isfinite(half)))


def _told(evidence: Evidence, true: Interval, backtest: Interval) -> dict[str, str | float | int]:
    return {"true": true.value, "backtest": backtest.value, "as_of": evidence.day}
