"""Rehearse: the next delivery, made to what stands in for each destination on this machine."""

import shutil
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from features.errors import JejakError
from pipelines.delivery.deliver import Delivered, asked_to_end, chosen, deliverer, each
from pipelines.delivery.rehearsed import show_rehearsals
from pipelines.rights.suppress import refresh
from pipelines.timing import HERE, timing_in
from pipelines.workspace import open_workspace
from serving.rehearsal.rehearsing import Rehearsal, rehearse
from serving.rehearsal.scratch import scratch_store
from serving.store import Store

CUSTOMERS = 10_000
"""So many customers are enough to see what would be refused."""

FOLDER = ".rehearsal"
"""Where in the workspace the copies lie for as long as a rehearsal takes."""

LEFT_SECONDS = 86_400


@dataclass(frozen=True, kw_only=True)
class Rehearsed:
    """What became of each destination; `left_out` counts the customers beyond those who came."""

    rehearsals: tuple[Rehearsal, ...] = ()
    failed: Mapping[str, JejakError] = field(default_factory=dict[str, JejakError])
    left_out: int = 0

    @property
    def exit_code(self) -> int:
        """What the delivery would end with."""
        books = tuple(one.books for one in self.rehearsals)
        return Delivered(books=books, failed=self.failed).exit_code

    def facts(self) -> dict[str, Any]:
        """Books and counts; rows stand in the text alone, for they are customers."""
        return {
            "status": "incomplete" if self.exit_code else "done",
            "exit_code": self.exit_code,
            "rehearsed": True,
            "left_out": self.left_out,
            "destinations": [one.facts() for one in self.rehearsals],
            "failed": {name: str(error) for name, error in self.failed.items()},
        }

    def text(self, seconds: float) -> None:
        """Print the books, and what lies at each destination."""
        show_rehearsals(self.rehearsals, self.failed, self.left_out, seconds)


def rehearse_delivery(root: Path, *, only: str | None = None) -> Rehearsed:
    """What delivering now would come to, found at stand-ins that begin empty.

    The workspace's store is only read, its secrets are not, and nobody is called but this machine.
    Who must not be contacted is read anew, as before a delivery.
    """
    workspace = open_workspace(root)
    specs, timing = chosen(workspace, only), timing_in(workspace)
    with closing(Store(workspace.store_url)) as store:
        published = store.published()
        if published is None or not specs:
            return Rehearsed()
        with (
            _folder(workspace.root) as place,
            asked_to_end() as ending,
            closing(scratch_store(store, published, place, CUSTOMERS)) as own,
        ):
            refresh(workspace, own, timing.now())
            work = deliverer(workspace, own, timing, ending)
            made, failed = each(specs, "Rehearsing", lambda one: rehearse(work, one, place))
    left_out = max(0, len(published.scores) - CUSTOMERS)
    return Rehearsed(rehearsals=tuple(made), failed=failed, left_out=left_out)


@contextmanager
def _folder(root: Path) -> Generator[Path]:
    """A folder for this rehearsal; what was left by one that was killed is removed after a day."""
    around = root / FOLDER
    around.mkdir(mode=0o700, exist_ok=True)
    for left in around.iterdir():
        if HERE.now().timestamp() - left.stat().st_mtime > LEFT_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    with TemporaryDirectory(dir=around) as place:
        yield Path(place)
    with suppress(OSError):  # another rehearsal is at work
        around.rmdir()
