"""What the churn model had said of those at each pain, held against what came of them."""

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial

import pandas as pd

from features.errors import DataRefused
from features.known.beforehand import Beforehand
from features.known.told import Parts
from features.lake import Snapshot
from models.pains.asked import Asked, drawn
from models.pains.foretold import Foretold, foretold, standing_at
from models.pains.found import Pains
from models.rows.panel import Panel, labelled
from models.rows.treated import touched
from pipelines.loop.drawn import drawn_of
from pipelines.settings.compute import engine
from pipelines.workspace import Workspace
from serving.outcomes.scored import nights_over, said_of
from serving.scores import Run
from serving.store import Store


def foretold_of(
    workspace: Workspace, snapshot: Snapshot, question: Asked, found: Pains, cutoff: datetime
) -> Foretold | None:
    """What was expected of those at each pain by nights whose horizon is over at a cutoff.

    None where there is no such night or no pain, or nobody stood anywhere then. Of the customers
    that pains were sought among.
    """
    if found.frame.empty:
        return None
    some, _ = drawn(snapshot.told(), question)
    with closing(Store(workspace.store_url)) as store:
        nights = _nights(workspace, store, question, cutoff)
        if not nights:
            return None
        try:
            standing = _standing(workspace, some, question, [run.as_of for run in nights])
        except DataRefused:
            return None
        said = [
            store.read(partial(said_of, run=run, customers=_at(standing, run))) for run in nights
        ]
    scored = pd.concat(said, ignore_index=True)
    if scored.empty:
        return None
    return foretold(found.frame, standing, _what_came(workspace, snapshot, some, scored, cutoff))


def _nights(workspace: Workspace, store: Store, question: Asked, cutoff: datetime) -> list[Run]:
    churn = workspace.settings.churn
    asked = partial(
        nights_over,
        told_until=workspace.told_until(cutoff),
        horizon_days=churn.horizon_days,
        apart_days=churn.lead_days,
        most=question.params.cutoffs,
    )
    return store.read(asked)


def _standing(
    workspace: Workspace, some: Parts, question: Asked, cutoffs: Sequence[datetime]
) -> pd.DataFrame:
    zone = workspace.settings.workspace.zone
    with engine(workspace) as at_work:
        return standing_at(some, question, sorted(cutoffs), zone=zone, engine=at_work)


def _at(standing: pd.DataFrame, run: Run) -> list[str]:
    return standing.loc[standing["cutoff"].eq(run.as_of), "customer_id"].unique().tolist()


def _what_came(
    workspace: Workspace,
    snapshot: Snapshot,
    some: Parts,
    said: pd.DataFrame,
    cutoff: datetime,
) -> pd.DataFrame:
    """Whether those who were scored left, of those whom nobody contacted."""
    settings = workspace.settings
    watermark, zone = workspace.told_until(cutoff), settings.workspace.zone
    known = Beforehand(some, cutoff)
    rows = labelled(Panel(said, ()), known, settings.churn, watermark=watermark, zone=zone).rows
    span = timedelta(days=settings.panel.effect_days)
    treated = touched(rows, drawn_of(workspace, snapshot).by(cutoff), span).treated
    return rows.loc[~treated].rename(columns={"label": "left"})
