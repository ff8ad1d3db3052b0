"""Whether a trial becomes the champion: what the checks say, and who overruled them."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from features.catalog import Feature
from features.engine.partitions import Engine
from features.errors import ModelRefused, WorkspaceInvalid
from features.mistakes import nearest
from models.judging.bootstrap import Comparison
from models.judging.challenge import Challenge, Foregone
from models.judging.promotion import CHECKS, FORCE, MODES, Candidate, Verdict, judged
from models.learned.challenged import challenged
from models.learned.prepared import Prepared
from models.trial import Trial
from pipelines.environment import threads, user
from pipelines.workspace import Workspace
from serving.registry import Registry

ALARM = re.compile(r"J\d\d: ")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Who is to decide on a promotion; force needs a reason."""

    mode: str = CHECKS
    why: str = ""

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise WorkspaceInvalid(
                f"{self.mode!r} decides on no promotion",
                where="--promote",
                mend=nearest(self.mode, MODES),
            )
        if self.mode == FORCE and not self.why.strip():
            raise WorkspaceInvalid(
                "nobody overrules the checks without a reason",
                where="--promote force",
                mend="write --why 'the reason'; it is kept with the model, beside your name",
            )


def challenge(
    workspace: Workspace,
    trial: Trial,
    prepared: Prepared,
    engine: Engine,
    progress: Callable[[str], None],
) -> Challenge | None:
    """What a trial is beside the champion of its question; None where there is none yet."""
    try:
        standing = Registry(workspace.root, trial.name).standing()
    except ModelRefused as error:
        lost = Foregone(passes=True, why=f"the champion can no longer be opened: {error.what}")
        return Challenge(foregone=lost)
    if standing is None:
        return None
    champion, _ = standing
    return challenged(
        champion, trial, prepared, threads=threads(), engine=engine, progress=progress
    )


def verdict(
    trial: Trial,
    beside: Challenge | None,
    own: Callable[[], Iterable[Feature]],
    asked: Asked,
    *,
    alarms: Iterable[str] = (),
) -> Verdict:
    """What the checks say of a trial beside the champion, or of the first one.

    `own` tells the workspace's own features; `alarms` are what the leakage audit found, beside what
    the grade says of it.
    """
    candidate = Candidate(
        comparison=Comparison(trial.metrics, trial.differences),
        grade=trial.grade.letter,
        tier=trial.model.tier,
        alarms=(*alarms, *_found(trial)),
        unbuildable=_unbuildable(trial, own),
        challenge=beside,
    )
    by = user() if asked.mode == FORCE else ""
    return judged(candidate, mode=asked.mode, forced_by=by, forced_why=asked.why)


def verdict_facts(found: Verdict) -> dict[str, Any]:
    """A verdict for machines: every check with its code, and who overruled them."""
    return {
        "promoted": found.promoted,
        "obstacles": found.obstacles,
        "forced_by": found.forced_by,
        "forced_why": found.forced_why,
        "checks": [vars(check) for check in found.checks],
    }


def _found(trial: Trial) -> list[str]:
    """The alarms among the reasons of a grade."""
    return [reason for reason in trial.grade.reasons if ALARM.match(reason)]


def _unbuildable(trial: Trial, own: Callable[[], Iterable[Feature]]) -> str:
    try:
        trial.model.with_own(own).needed()
    except ModelRefused as error:
        return error.what
    return ""
