"""Watch: what has changed, what came true of earlier runs, and whether to retrain."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from features.clock import midnight
from features.errors import JejakError, ModelRefused
from features.lake import Snapshot, open_lake
from models.drift.alarm import Alarm
from models.judging.expected import Doubt, expected
from models.learning.ladder import RULES
from models.logit import Floats
from pipelines.loop.drifting import customer_alarms, source_alarms
from pipelines.loop.maturing import capacity, mature
from pipelines.loop.watch_told import Watched
from pipelines.timing import HERE
from pipelines.training.opened import Models, Opened
from pipelines.workspace import Workspace, open_workspace
from serving.registry import Registry
from serving.scores import Run
from serving.store import Store
from serving.watching.estimating import strayed
from serving.watching.inputs import set_aside
from serving.watching.matured import plain, probabilities
from serving.watching.pressing import told_already
from serving.watching.reasons import LASTS_DAYS, Evidence
from serving.watching.records import (
    Kept,
    keep_watch,
    matured_before,
    plainly,
    run_before,
    run_to_watch,
    watched_before,
)
from serving.watching.retraining import Advice, advice
from serving.watching.starting import started
from serving.watching.steadiness import steadiness
from serving.watching.together import apart


def watch_workspace(root: Path, as_of: date | None) -> Watched:
    """Watch the newest run of the workspace in a folder; nothing is retrained."""
    workspace = open_workspace(root)
    return watch(workspace, workspace.cutoff(as_of))


def watch(workspace: Workspace, cutoff: datetime, *, may_start: bool = False) -> Watched:
    """Look at the newest run up to a cutoff and at those that have matured; keep what was found.

    With `may_start`, where the workspace wants that, the advice may be to begin a retraining now;
    that it was begun is kept before it is.
    """
    params = workspace.settings.workspace
    language, zone = params.language, params.zone
    with closing(Store(workspace.store_url)) as store:
        run = store.read(partial(run_to_watch, cutoff=cutoff))
        if run is None:
            return Watched(found={"notes": [{"code": "N01"}]}, language=language)
        snapshot, models = open_lake(workspace.lake), Models(workspace)
        fresh = mature(workspace, store, snapshot, models, cutoff)
        told = store.read(partial(matured_before, until=cutoff))
        look = Look(workspace=workspace, store=store, snapshot=snapshot, run=run, models=models)
        facts = plainly(look.facts(told, may_start=may_start))
        kept = Kept(run_id=run.run_id, as_of=run.as_of, facts=facts)
        store.write(partial(keep_watch, kept=kept, watched_at=HERE.now()))
        truth = next((one for one in told if one.facts.get("true")), None)
        return Watched(found=facts, language=language, zone=zone, matured=tuple(fresh), truth=truth)


@dataclass(frozen=True, kw_only=True)
class Look:
    """A look at one run, at what it was made of, and at the model that made it."""

    workspace: Workspace
    store: Store
    snapshot: Snapshot
    run: Run
    models: Models

    def facts(self, matured: list[Kept], *, may_start: bool) -> dict[str, Any]:
        """What was found, as JSON; no customer. `matured` are the runs known to have come true."""
        run, opened = self.run, self.models.at(self.run.model_version)
        before = self.store.read(partial(watched_before, until=run.as_of))
        scores = self._scores()
        alarms, notes = self._alarms(opened, scores, before)
        steady, unsteady = self._steadiness()
        alarms = [*alarms, *unsteady]
        notes += self._notes(opened, matured)
        found = self._advice(opened, alarms, matured, before, may_start=may_start)
        return {
            "run_id": run.run_id,
            "as_of": run.as_of.isoformat(),
            "model_version": run.model_version,
            "grade": run.grade,
            "tier": run.tier,
            "customers": len(scores),
            "alarms": [one.as_json() for one in alarms],
            **self._estimate(opened, scores, matured),
            "steadiness": steady,
            "set_aside": set_aside(self.snapshot.manifest.sources),
            "advice": found.as_json(),
            "started": self._started(found, before),
            "told_before": self._told_before(before),
            "notes": notes,
        }

    def _scores(self) -> Floats:
        return self.store.read(partial(probabilities, run=self.run))

    def _alarms(
        self, opened: Opened | None, scores: Floats, before: list[Kept]
    ) -> tuple[list[Alarm], list[dict[str, Any]]]:
        """What has changed; a look that could not be taken is a note."""
        given = self.workspace, self.snapshot, self.run
        alarms = source_alarms(*given, opened, self._others(before))
        if opened is None:
            return alarms, []
        try:
            return [*alarms, *customer_alarms(*given, opened, scores)], []
        except JejakError as error:
            return alarms, [{"code": "N06", "told": {"error": error.what}}]

    def _steadiness(self) -> tuple[dict[str, Any] | None, list[Alarm]]:
        """How steady the run is beside the one before it, if there is one."""
        last = self.store.read(partial(run_before, run=self.run))
        if last is None:
            return None, []
        found = self.store.read(partial(steadiness, run=self.run, before=last))
        return found.as_json(), found.alarms(self.workspace.settings.watch)

    def _notes(self, opened: Opened | None, matured: list[Kept]) -> list[dict[str, Any]]:
        return [{"code": code, "told": told} for code, told in self._noted(opened, matured)]

    def _noted(
        self, opened: Opened | None, matured: list[Kept]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """What could not be looked at, and why."""
        if opened is None:
            yield "N04", {}
        elif opened.reference is None:
            yield "N02", {}
        if self.run.tier == RULES:
            yield "N03", {}
        elif not matured:
            yield "N05", {"days": (self.run.expires_at - self.run.as_of).days}
        if gone := sum(one.facts.get("skipped") == "gone" for one in matured):
            yield "N07", {"count": gone}
        if not self._is_champions:
            yield "N08", {"version": self.run.model_version}

    def _estimate(
        self, opened: Opened | None, scores: Floats, matured: list[Kept]
    ) -> dict[str, Any]:
        """How good the scores are expected to prove, and how far that may be trusted."""
        told = scores[np.isfinite(scores)]
        if opened is None or not len(told):
            return {"estimate": None, "doubt": None}
        past = strayed(matured, self.run.model_version, self.run.horizon_days)
        doubt = Doubt.after([*opened.strayed, *past])
        found = expected(told, doubt, capacity=capacity(self.workspace, len(told)))
        estimate = {name: plain(one) for name, one in found.items()}
        return {"estimate": estimate, "doubt": asdict(doubt)}

    def _advice(
        self,
        opened: Opened | None,
        alarms: list[Alarm],
        matured: list[Kept],
        before: list[Kept],
        *,
        may_start: bool,
    ) -> Advice:
        """Whether to retrain; of a run that is not the champion's nothing follows."""
        if opened is None or not self._is_champions:
            return Advice()
        params = self.workspace.settings.watch
        version = self.run.model_version
        evidence = Evidence(
            matured=apart(matured, version, self.run.horizon_days),
            backtest=opened.backtest,
            alarms=alarms,
            age_days=self._age_days(opened),
            version=version,
            lead_days=opened.model.target.lead_days,
            data=self.snapshot.manifest.hash,
            zone=self.workspace.settings.workspace.zone,
            lately=self._others(before, LASTS_DAYS),
        )
        asked = params if may_start else replace(params, retrain="recommend")
        return advice(evidence, self.run.as_of, before, asked)

    def _age_days(self, opened: Opened) -> int:
        """Days since the last outcome that the model learned from."""
        through = date.fromisoformat(opened.model.trained_through)
        learned = midnight(through, self.workspace.settings.workspace.zone)
        return max((self.run.as_of - learned).days - opened.model.target.lead_days, 0)

    @cached_property
    def _is_champions(self) -> bool:
        try:
            return Registry(self.workspace.root).champion()[1] == self.run.model_version
        except ModelRefused:
            return False

    def _told_before(self, before: list[Kept]) -> list[str]:
        """What watches of other runs have told of late, and need not be told again."""
        newest = self._others(before)[:1]
        lately = self._others(before, self.workspace.settings.watch.cooldown_days)
        return told_already(*([one.facts for one in some] for some in (newest, lately)))

    def _others(self, before: list[Kept], days: int | None = None) -> list[Kept]:
        """Watches of other runs, the newest first: all, or those of so many days."""
        since = self.run.as_of - timedelta(days=days) if days else None
        others = (one for one in before if one.run_id != self.run.run_id)
        return [one for one in others if since is None or one.as_of >= since]

    def _started(self, found: Advice, before: list[Kept]) -> dict[str, Any] | None:
        """What a retraining was begun for: now, or when this run was watched before."""
        if found.start:
            return started(found.reasons, version=self.run.model_version, data=found.data)
        same = (one for one in before if one.run_id == self.run.run_id)
        return next((one.facts.get("started") for one in same), None)
