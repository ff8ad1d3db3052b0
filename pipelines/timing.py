"""The clock, the pause and the chance of this machine, and those of a workspace."""

import random
import time
from datetime import UTC, datetime

from features.clock import last_midnight
from pipelines.workspace import Workspace
from serving.timing import Timing

HERE = Timing(
    now=lambda: datetime.now(UTC),
    sleep=time.sleep,
    chance=random.random,
)


def timing_in(workspace: Workspace) -> Timing:
    """The clock by which scores expire and suppressions begin.

    Where the workspace stands at a day of its own (`as_of`), as examples do, it is as late on that
    day as it is here today; else nothing of an example could be delivered.
    """
    params = workspace.settings.workspace
    if params.as_of is None:
        return HERE
    ago = last_midnight(HERE.now(), params.zone) - workspace.cutoff(None)
    return Timing(now=lambda: HERE.now() - ago, sleep=HERE.sleep, chance=HERE.chance)


def known_until(workspace: Workspace, cutoff: datetime) -> datetime:
    """Until when a look as of a cutoff knows what people entered and destinations answered.

    Of today that is now; of an earlier day what was known when it began.
    """
    return cutoff if cutoff < workspace.cutoff(None) else timing_in(workspace).now()
