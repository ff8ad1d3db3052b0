"""What a retraining learns from, with a workspace's settings: today, or as it was on a past day."""

from dataclasses import asdict, fields, replace
from datetime import datetime

from features.catalog import Vocabulary
from features.engine.partitions import Engine
from features.known.told import Parts
from models.judging.profit import ProfitParams
from models.learned.prepared import Prepared
from models.learning.training import prepare
from models.targets.target import Target
from models.trial import TrialParams
from pipelines.loop.drawn import Drawn
from pipelines.settings.config import Settings
from pipelines.workspace import Workspace
from serving.decide import DecideParams


def prepared_for(
    workspace: Workspace,
    parts: Parts,
    until: datetime,
    words: Vocabulary,
    target: Target,
    *,
    drawn: Drawn,
    engine: Engine,
) -> Prepared:
    """The panel of a target, of what was known before an instant."""
    settings = workspace.settings
    found = prepare(
        parts,
        words,
        trial_params(settings, target),
        own=workspace.own_features(),
        outreach=drawn.by(until),
        watermark=workspace.told_until(until),
        zone=settings.workspace.zone,
        engine=engine,
    )
    return replace(found, personas=settings.personas, profit=_profit(settings.decide))


def _profit(params: DecideParams) -> ProfitParams:
    """The same terms, for the room that measures."""
    known = {one.name for one in fields(ProfitParams)}
    return ProfitParams(**{name: at for name, at in asdict(params).items() if name in known})


def trial_params(settings: Settings, target: Target) -> TrialParams:
    """What a workspace says of learning the answer to a question."""
    return TrialParams(
        target=target,
        panel=settings.panel,
        features=settings.features,
        boosting=settings.model,
        transforms=settings.transforms,
    )
