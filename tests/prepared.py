"""What takes long to make: made once a run, by whichever worker needs it first."""

import fcntl
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from running import jejak
from shops import make_shop

OWN = '''\
from features.own.authoring import feature
from features.catalog import reads
from features.known.past import Where

WEB = Where(channel="web")
HALF = 2

@feature(unit="share", needs=reads(WEB), sign=-1)
def web_share(past):
    """Share of the orders on the web, halved; empty before the first."""
    return past.count(WEB) / past.count() / HALF
'''
"""The feature that the trained shop adds to the catalog."""


class Trained(NamedTuple):
    """A shop after its first ingest and retraining, and what retraining said; it is only read."""

    root: Path
    facts: dict[str, Any]
    said: str

    def copy(self, folder: Path) -> Path:
        """The same shop in another folder, to do with as one likes."""
        return Path(shutil.copytree(self.root, folder))


def once(folders: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that `make` filled once for all workers of this run; it is only read."""
    base = folders.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, done = base / name, base / f"{name}.done"
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            done.touch()
    return folder


def trained_in(folders: pytest.TempPathFactory, mlflow_database: Path) -> Trained:
    """The shop that everybody reads, by the commands that a person would type."""

    def make(folder: Path) -> None:
        root = make_shop(folder / "shop")
        (root / "jejak_features.py").write_text(OWN, encoding="utf-8")
        shutil.copy(mlflow_database, root / "mlflow.db")
        jejak(root, "ingest")
        (folder / "said.json").write_text(json.dumps(jejak(root, "retrain")), encoding="utf-8")

    folder = once(folders, "trained", make)
    facts, said = json.loads((folder / "said.json").read_text(encoding="utf-8"))
    return Trained(folder / "shop", facts, said)
