"""Where a model comes from: the sources, the data and the code that made it; no customer."""

import os
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

from features.lake import Snapshot
from pipelines.workspace import Workspace


def lineage(workspace: Workspace, snapshot: Snapshot, until: datetime) -> dict[str, Any]:
    """What a trial cannot know of itself, to be recorded beside it."""
    return {
        "sources": [spec.name for spec in workspace.settings.sources],
        "as_of": until.isoformat(),
        "lake_manifest_sha256": snapshot.manifest.hash,
        "lake_watermark": snapshot.watermark.isoformat(),
        "code_commit": commit(Path(__file__).parent),
        "workspace_commit": commit(workspace.root),
    }


def commit(folder: Path) -> str:
    """The Git commit that a folder is at, marked where files differ from it; empty if none."""
    head = _git(folder, "rev-parse", "HEAD")
    changed = head and _git(folder, "status", "--porcelain", "--untracked-files=no", "--", ".")
    return f"{head} with changes" if changed else head


def _git(folder: Path, *arguments: str) -> str:
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run(  # noqa: S603  # fixed arguments
            ["git", "-C", str(folder), *arguments],  # noqa: S607  # git is where the user has it
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
