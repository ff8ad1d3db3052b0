"""Reasons to retrain, each with a code: what speaks against the champion."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from features.clock import business_day
from models.drift.alarm import Alarm
from models.judging.bootstrap import Interval
from serving.watching.params import WatchParams
from serving.watching.records import Kept
from serving.watching.together import SURE, Together, spans

MOVED = ("D01", "D02", "D03", "D04", "D20", "D21", "D30")
"""Alarms of customers who are no longer like those who were learned from."""

UNSEEN = "D13"

LASTS_DAYS = 7
"""So long customers must be otherwise: a mailing to everybody or a holiday is over by then."""

NAMES_TOLD = 5

SURE_ONCE = 2.58
"""Standard errors beyond which one look is no chance, in 99 of 100."""

RARER_LEAST = {"auc": 20, "average_precision": 100}
"""Of fewer who left, or who stayed, a ranking says nothing: draws of them again are all alike."""

AS_SHARE = "average_precision"
"""Where it came out low, draws of it again are narrow too; of its logarithm they are not."""

SHARE_MOST = 0.999

_HALF_95 = 1.96


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One reason to retrain, by its code, and the numbers and words of its sentence.

    `sizes` say by name how large it is, for a later look to know whether it has grown.
    """

    code: str
    told: Mapping[str, str | float | int] = field(default_factory=dict[str, "str | float | int"])
    sizes: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known of the champion: its matured runs, what was measured out of time.

    `matured` are those whose horizons are apart, the newest first. `lately` are the watches of
    other runs of the last `LASTS_DAYS`. `age_days` are those since the
    last outcome that it learned from, `lead_days` those until an outcome is known; `data` names
    the lake, `zone` is the business's.
    """

    matured: tuple[Kept, ...]
    backtest: Mapping[str, Interval]
    alarms: Sequence[Alarm]
    age_days: int
    version: int
    lead_days: int
    data: str
    zone: ZoneInfo
    lately: Sequence[Kept] = ()


def reasons(evidence: Evidence, params: WatchParams) -> tuple[Reason, ...]:
    """Every reason to retrain, in the order of the codes."""
    looks = (_ranks_worse, _precision_fell, _level_is_off, _moved, _is_old, _unseen)
    return tuple(reason for look in looks if (reason := look(evidence, params)))


def _ranks_worse(evidence: Evidence, params: WatchParams) -> Reason | None:
    """R01: the matured AUC is below that of the backtest by more than a limit and than chance."""
    return _lower(evidence, "R01", "auc", params.auc_lower_most)


def _precision_fell(evidence: Evidence, params: WatchParams) -> Reason | None:
    """R02: the matured average precision is lower by more than a share and than chance."""
    limit = -math.log1p(-min(params.precision_lower_most, SHARE_MOST))
    return _lower(evidence, "R02", AS_SHARE, limit)


def _lower(evidence: Evidence, code: str, metric: str, limit: float) -> Reason | None:
    """A ranking that came true below the backtest's: of the fewest newest runs that show it.

    The backtest was drawn once, however often one looks: of it less is enough to be sure.
    """
    before = evidence.backtest.get(metric)
    if before is None or not all(map(math.isfinite, before)):
        return None
    was, error_was = _scaled(metric, before.value, (before.high - before.low) / 2 / _HALF_95)
    for span in spans(evidence.matured):
        found = span.ranking(metric, RARER_LEAST[metric])
        if found is None:
            continue
        true, error = _scaled(metric, *found)
        if was - true > max(limit, math.hypot(SURE * error, SURE_ONCE * error_was)):
            told = {"true": found[0], "backtest": before.value, **_days(evidence, span)}
            return Reason(code=code, told=told, sizes={metric: was - true})
    return None


def _scaled(metric: str, value: float, error: float) -> tuple[float, float]:
    """A metric and its error as they are compared: precisions by how many times as high."""
    if metric != AS_SHARE:
        return value, error
    some = max(value, 1 - SHARE_MOST)
    return math.log(some), error / some


def _level_is_off(evidence: Evidence, params: WatchParams) -> Reason | None:
    """R03: more or fewer left than was expected, by more than a limit and than chance."""
    for span in spans(evidence.matured):
        true = span.level()
        if true is None or abs(true.value - 1) <= params.expected_off_most:
            continue
        if not true.low <= 1 <= true.high:
            told = {"true": true.value, **_days(evidence, span)}
            return Reason(code="R03", told=told, sizes={"level": abs(true.value - 1)})
    return None


def _moved(evidence: Evidence, params: WatchParams) -> Reason | None:  # noqa: ARG001
    """R04: what the model reads, or what it says, has been far from what it learned for days."""
    seen = [
        {one["name"] for one in watch.facts.get("alarms", ()) if one["code"] in MOVED}
        for watch in evidence.lately
    ]
    lasting = [one for one in evidence.alarms if all(one.name in names for names in seen)]
    return _of_alarms("R04", [one for one in lasting if _is_moved(one)])


def _is_moved(alarm: Alarm) -> bool:
    return alarm.code in MOVED and alarm.severity == "act"


def _is_old(evidence: Evidence, params: WatchParams) -> Reason | None:
    """R05: the outcomes that the model learned from are long ago."""
    if evidence.age_days <= params.retrain_after_days:
        return None
    told = {"days": evidence.age_days, "most": params.retrain_after_days}
    return Reason(code="R05", told=told, sizes={"days": evidence.age_days})


def _unseen(evidence: Evidence, params: WatchParams) -> Reason | None:  # noqa: ARG001
    """R06: channels or steps that the model never saw."""
    return _of_alarms("R06", [one for one in evidence.alarms if one.code == UNSEEN])


def _of_alarms(code: str, alarms: Sequence[Alarm]) -> Reason | None:
    names = [one.name or one.about for one in alarms]
    if not names:
        return None
    more = len(names) - NAMES_TOLD
    few = ", ".join(names[:NAMES_TOLD])
    told = {"names": f"{few} (+{more})" if more > 0 else few, "count": len(names)}
    sizes = [one.measured / one.needed if one.needed else one.measured for one in alarms]
    return Reason(code=code, told=told, sizes=dict(zip(names, sizes, strict=True)))


def _days(evidence: Evidence, span: Together) -> dict[str, str | int]:
    """How many runs were judged together, and the business days of the newest and the oldest."""
    newest, oldest = (
        business_day(run.as_of, evidence.zone).isoformat() for run in (span.runs[0], span.runs[-1])
    )
    return {"as_of": newest, "since": oldest, "runs": len(span.runs)}
