"""The command as a person starts it: in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent


def jejak(root, *words, code=0):
    """A command in a process of its own: its JSON summary, and what it said meanwhile."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.cli", *words, "-w", str(root), "--json"],
        cwd=HOUSE,
        env=outside,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert len(done.stdout.splitlines()) == 1, done.stdout
    return json.loads(done.stdout), done.stderr
