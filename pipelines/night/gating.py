"""The gates of a night: what they look at, gathered; what a person accepts."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from features.clock import midnight
from features.errors import ModelRefused
from features.lake import Snapshot
from features.lake.emptiness import emptiness
from models.answers.model import Model
from pipelines.environment import user
from pipelines.terminal.progress import step
from pipelines.workspace import Workspace
from serving.gates import Judged, Tonight, check_codes, judged
from serving.gates.last import KEPT_AS, last_published
from serving.gates.overriding import record_overrides
from serving.gates.spread import Spread
from serving.registry import Registry
from serving.store import Store

if TYPE_CHECKING:
    from pipelines.night.score import Night


@dataclass(frozen=True, kw_only=True)
class Accepting:
    """Gates that a person lets pass, by their codes, and why."""

    codes: tuple[str, ...] = ()
    why: str = ""

    def __post_init__(self) -> None:
        check_codes(self.codes, self.why)


@dataclass(frozen=True, kw_only=True)
class Gated:
    """A night that may be published: what each gate said, and what the next is compared with."""

    judged: Judged
    kept: dict[str, Any]
    why: str

    def facts(self) -> dict[str, Any]:
        """What each gate said; which were accepted."""
        return {
            "gates": [vars(gate) for gate in self.judged.gates],
            "accepted": [gate.code for gate in self.judged.accepted],
        }

    def summary(self) -> dict[str, Any]:
        """What is kept with the run for the next night."""
        return {KEPT_AS: self.kept}


def gate(workspace: Workspace, snapshot: Snapshot, night: "Night", accepting: Accepting) -> Gated:
    """Hold a night against the last one; `GateFailed` when a gate stops it."""
    with step("Checking the scores"):
        tonight = _tonight(workspace, snapshot, night)
        found = judged(tonight, workspace.settings.gates, accept=accepting.codes)
    return Gated(judged=found, kept=tonight.as_json(), why=accepting.why)


def overriding(run_id: str, gated: Gated, accepted_at: datetime) -> Callable[[Any], None]:
    """What writes down, in the transaction that publishes, who let which gates pass and why."""
    return partial(
        record_overrides,
        run_id=run_id,
        accepted=gated.judged.accepted,
        accepted_by=user(),
        why=gated.why,
        accepted_at=accepted_at,
    )


def _tonight(workspace: Workspace, snapshot: Snapshot, night: "Night") -> Tonight:
    champion, version = Registry(workspace.root).champion()
    model = champion.with_own(workspace.own_features)
    with closing(Store(workspace.store_url)) as store:
        last = last_published(store, night.run.as_of, model_version=night.run.model_version)
    return Tonight(
        run=night.run,
        rows=len(night.scores),
        spread=Spread.of(night.scores["churn_probability"].to_numpy(np.float64)),
        unfit=night.unfit,
        suppressed=night.suppressed,
        newest_event=_newest(snapshot),
        trained_through=midnight(
            date.fromisoformat(model.trained_through), workspace.settings.workspace.zone
        ),
        champion_version=version,
        features_needed=model.features,
        features_built=_built(model),
        emptiness=emptiness(snapshot, night.run.as_of),
        last=last,
    )


def _built(model: Model) -> dict[str, str]:
    """The definitions that tonight's code has of the features that a model needs."""
    try:
        return {feature.name: feature.definition_hash for feature in model.needed()}
    except ModelRefused:
        return {}


def _newest(snapshot: Snapshot) -> datetime | None:
    """The latest event of any source."""
    events = (one for one in snapshot.manifest.sources if one["table"] == "events")
    told = [datetime.fromisoformat(str(one["newest"])) for one in events if one["newest"]]
    return max(told, default=None)
