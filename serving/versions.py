"""What is kept of a version of a model beside its files, and a line of `jejak models`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from models.judging.bootstrap import POOLED
from models.trial import Trial

STATUS = "jejak.status"
STARTED, COMPLETED = "started", "completed"
"""A run's tag, and what it says at the beginning and at the end."""

OBSTACLES = "obstacles"
FORCED_BY, FORCED_WHY = "forced_by", "forced_why"
FOLLOWED = "jejak.followed"
"""A version's tag: which version was champion before it."""

TAG_LENGTH = 5000


@dataclass(frozen=True, kw_only=True)
class Version:
    """A version of the model of one question.

    `status` is completed once it was recorded whole. `obstacles` is what spoke against promoting
    it, a code and a sentence each; who promoted it all the same, and why, stands in `forced_by` and
    `forced_why`. `auc` is out of time and pooled.
    """

    question: str
    version: int
    aliases: tuple[str, ...]
    grade: str
    tier: str
    auc: float | None
    trained_through: str
    created: datetime
    status: str
    obstacles: tuple[str, ...] = ()
    forced_by: str = ""
    forced_why: str = ""


def tags_of(trial: Trial) -> dict[str, str]:
    """What a version tells of a trial at one look."""
    model = trial.model
    told = {
        "grade": trial.grade.letter,
        "tier": model.tier,
        "trained_through": model.trained_through,
    }
    auc = _auc(trial.metrics)
    return told if auc is None else {**told, "auc": repr(auc)}


def version_of(  # what MLflow keeps in several places
    question: str,
    version: int,
    *,
    aliases: Sequence[str],
    created_ms: int,
    tags: Mapping[str, str],
    status: str,
) -> Version:
    """A line of what is kept; tags that an older version lacks are empty."""
    told: dict[str, Any] = {
        name: tags.get(name, "")
        for name in ("grade", "tier", "trained_through", FORCED_BY, FORCED_WHY)
    }
    return Version(
        question=question,
        version=version,
        aliases=tuple(sorted(aliases)),
        auc=float(tags["auc"]) if "auc" in tags else None,
        created=datetime.fromtimestamp(created_ms / 1000, UTC),
        status=status,
        obstacles=tuple(tags.get(OBSTACLES, "").splitlines()),
        **told,
    )


def _auc(metrics: pd.DataFrame) -> float | None:
    """The model's own, which stands first."""
    pooled = metrics.loc[metrics["origin"].eq(POOLED) & metrics["metric"].eq("auc"), "value"]
    return None if pooled.empty or pooled.isna().iloc[0] else float(pooled.iloc[0])
