"""Nightly: what was read, scored, published, delivered, watched and measured in one night."""

from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.states import Completed

from pipelines.data import ingest as reading
from pipelines.delivery import deliver as delivering
from pipelines.delivery.deliver import Delivered
from pipelines.flows.steps import as_disk_step, as_step
from pipelines.flows.watched import watched
from pipelines.loop import outcomes as measuring
from pipelines.loop import watch as watching
from pipelines.night import gating
from pipelines.night import score as scoring
from pipelines.night.gating import Accepting
from pipelines.night.one_night import alone
from pipelines.night.saved import Saved, saved
from pipelines.night.score import Handed
from pipelines.night.watched_night import Seen, retrain_if_asked, seen
from pipelines.workspace import open_workspace

ingest = as_disk_step(reading.ingest)
score = as_step(scoring.score)
gate = as_step(gating.gate)
publish = as_disk_step(scoring.publish)
hand_over = as_disk_step(scoring.hand_over)
deliver = as_step(delivering.deliver)
watch = as_disk_step(watching.watch)
measure = as_disk_step(measuring.outcomes_of)


@dataclass(frozen=True, kw_only=True)
class NightDone:
    """A night that was published, what became of it at each destination, and what was seen.

    `saved` is what came of the nights before it.
    """

    handed: Handed
    delivered: Delivered
    seen: Seen
    saved: Saved

    @property
    def exit_code(self) -> int:
        """0 where every destination holds what readers see."""
        return self.delivered.exit_code

    def facts(self) -> dict[str, Any]:
        """What was published, the books of each destination, what has changed; no customer."""
        looked = {**self.seen.facts(), **self.saved.facts()}
        return {**self.handed.facts(), **self.delivered.facts(), **looked}

    def text(self, seconds: float) -> None:
        """Print who is most at risk, what has changed, and the books."""
        self.handed.text(seconds)
        self.seen.text()
        self.saved.text()
        self.delivered.text(seconds)

    def left(self) -> str:
        """What is left to deliver and why, for people; empty where nothing is."""
        incomplete = [one for one in self.delivered.books if not one.complete]
        stopped = [f"{one.destination}: {one.stopped}; {one.mend}" for one in incomplete]
        failed = [f"{name}: {error}" for name, error in self.delivered.failed.items()]
        return "\n".join([*stopped, *failed])


@flow(name="nightly", persist_result=False)
def nightly(
    workspace: str = ".",
    as_of: date | None = None,
    accept: tuple[str, ...] = (),
    why: str = "",
) -> NightDone:
    """Ingest, score, publish what passes the gates, write the files, deliver, watch, measure."""
    place, accepting = open_workspace(Path(workspace)), Accepting(codes=tuple(accept), why=why)
    with watched(place, "nightly") as end_with, alone(place) as lease:
        cutoff = place.cutoff(as_of)
        snapshot = ingest(place, cutoff).snapshot
        night = score(place, snapshot, cutoff)
        gated = gate(place, snapshot, night, accepting)
        is_new = publish(place, night, gated, lease)
        handed = hand_over(place, night, gated, is_new=is_new)
        delivered = deliver(place)
        found = seen(partial(watch, may_start=True), place, cutoff)
        kept = saved(measure, place, snapshot, cutoff)
        done = NightDone(handed=handed, delivered=delivered, seen=found, saved=kept)
        left = "\n".join(filter(None, [done.left(), found.left(), kept.left()]))
        urgent = "\n".join(filter(None, [found.urgent(), kept.urgent()]))
        end_with(done.facts(), left=left, urgent=urgent)
    retrain_if_asked(place, as_of, found)
    return fell_short(done) if done.left() else done


def fell_short(done: NightDone) -> Any:  # noqa: ANN401
    """An end with a name of its own: what was scored is published, not all of it delivered."""
    return Completed(name="Delivery incomplete", message=done.left(), data=done)
