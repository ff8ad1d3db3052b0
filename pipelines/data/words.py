"""The words of a workspace's data that a model may learn, and that may be shown."""

from datetime import datetime

from features.catalog import Vocabulary
from features.known.told import Parts
from features.rare import CUSTOMERS_LEAST
from features.vocabulary import vocabulary
from pipelines.settings.config import Settings
from pipelines.workspace import Workspace


def words_before(workspace: Workspace, parts: Parts, until: datetime) -> Vocabulary:
    """The words of what was known before an instant, without those that may be names."""
    ladder = workspace.settings.stages
    return vocabulary(
        parts,
        until,
        stages=ladder.order,
        exits=ladder.exits,
        named=_named(workspace.settings),
        customers_least=CUSTOMERS_LEAST,
    )


def _named(settings: Settings) -> set[str]:
    """The steps that the workspace names itself, however rare they are."""
    found = {step for steps in settings.features.roles.values() for step in steps}
    following = settings.next_step.steps if settings.next_step else ()
    return found | {*settings.churn.own_steps, *following}
