"""Nightly: what was read, scored and handed over in one night."""

from datetime import date
from pathlib import Path

from prefect import flow

from pipelines import ingest as reading
from pipelines import score as scoring
from pipelines.score import Handed
from pipelines.steps import as_disk_step, as_step
from pipelines.workspace import open_workspace

ingest = as_disk_step(reading.ingest)
score = as_step(scoring.score)
publish = as_disk_step(scoring.publish)
hand_over = as_disk_step(scoring.hand_over)


@flow(name="nightly", persist_result=False)
def nightly(workspace: str = ".", as_of: date | None = None) -> Handed:
    """Ingest, score, publish, and write the files."""
    place = open_workspace(Path(workspace))
    cutoff = place.cutoff(as_of)
    snapshot = ingest(place, cutoff).snapshot
    night = score(place, snapshot, cutoff)
    is_new = publish(place, night)
    return hand_over(place, night, is_new=is_new)
