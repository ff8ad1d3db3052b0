"""What a retraining learns from, with a workspace's settings: today, or as it was on a past day."""

from datetime import datetime

from features.catalog import Vocabulary
from features.partitions import Engine
from features.told import Parts
from features.vocabulary import vocabulary
from models.learned.prepared import Prepared
from models.targets.target import Target
from models.training import prepare
from models.trial import TrialParams
from pipelines.config import Settings
from pipelines.workspace import Workspace


def words_before(workspace: Workspace, parts: Parts, until: datetime) -> Vocabulary:
    """The words of what was known before an instant."""
    ladder = workspace.settings.stages
    return vocabulary(parts, until, stages=ladder.order, exits=ladder.exits)


def prepared_for(
    workspace: Workspace,
    parts: Parts,
    until: datetime,
    words: Vocabulary,
    target: Target,
    *,
    engine: Engine,
) -> Prepared:
    """The panel of a target, of what was known before an instant."""
    return prepare(
        parts,
        words,
        trial_params(workspace.settings, target),
        own=workspace.own_features(),
        watermark=workspace.told_until(until),
        zone=workspace.settings.workspace.zone,
        engine=engine,
    )


def trial_params(settings: Settings, target: Target) -> TrialParams:
    """What a workspace says of learning the answer to a question."""
    return TrialParams(
        target=target,
        panel=settings.panel,
        features=settings.features,
        boosting=settings.model,
        transforms=settings.transforms,
    )
