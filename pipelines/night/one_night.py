"""One night at a time: whoever comes second is told so, and changes nothing."""

from collections.abc import Generator
from contextlib import closing, contextmanager

from pipelines.timing import timing_in
from pipelines.workspace import Workspace
from serving.store import Store
from serving.store.leases import Lease, holding

NIGHT = "night"


@contextmanager
def alone(workspace: Workspace) -> Generator[Lease]:
    """The right to publish, held alone; `AnotherAtWork` while another night is at work."""
    timing = timing_in(workspace)
    with closing(Store(workspace.store_url)) as store, holding(store, NIGHT, timing) as lease:
        yield lease
