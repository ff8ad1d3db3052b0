"""What follows from a watch: mend the data, retrain, or nothing; whether it starts by itself."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from models.drift.alarm import Alarm
from serving.watching.params import WatchParams
from serving.watching.reasons import Evidence, Reason, reasons
from serving.watching.records import Kept
from serving.watching.starting import is_answered

BROKEN = ("D05", "D10", "D14")
"""Alarms of data that are wrong rather than new: to learn from them would make it worse."""


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What follows: reasons to retrain, what must be mended before, and whether it is started.

    `waits_for` says why a workspace that lets nights retrain does not start it now: `mend`,
    `cooldown` (also of reasons that had their retraining and have not grown), or nothing. `data`
    names the lake that it would learn from.
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
    against = reasons(evidence, params)
    broken = sorted({one.name for one in evidence.alarms if _is_broken(one)})
    found = Advice(reasons=against, mend_first=tuple(broken), data=evidence.data)
    if not against or params.retrain != "start":
        return found
    answered = is_answered(evidence, against, as_of, before, params)
    waits_for = "mend" if broken else "cooldown" if answered else ""
    return replace(found, start=not waits_for, waits_for=waits_for)


def _is_broken(alarm: Alarm) -> bool:
    return alarm.code in BROKEN and alarm.severity == "act"
