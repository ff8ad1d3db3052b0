"""The report of a trial: written for people, kept beside the workspace and with the model."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

from features import durable
from models.evidence.tables import Evidence
from models.judging.challenge import Challenge
from models.judging.promotion import Verdict
from models.trial import Trial
from models.uplift.adoption import Adoption
from pipelines.workspace import Workspace


def page(
    workspace: Workspace,
    trial: Trial,
    beside: Challenge | None,
    verdict: Verdict,
    adoption: Adoption | None = None,
) -> str:
    """A trial as one page of HTML, in the workspace's language."""
    from serving.reports.trial import render

    told = trial.evidence or Evidence()
    if beside is not None:
        told = replace(told, against_champion=beside.table())
    params = workspace.settings.workspace
    return render(
        trial,
        told,
        verdict,
        title=params.name,
        currency=params.currency,
        language=params.language,
        adoption=adoption,
    )


def keep(workspace: Workspace, question: str, version: int, html: str) -> Path:
    """Where the page of a version was written."""
    folder = workspace.reports
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{question}-v{version}.html"
    durable.write_file(path, partial(_write, html))
    durable.settle(folder)
    return path


def _write(html: str, file: BinaryIO) -> None:
    file.write(html.encode())
