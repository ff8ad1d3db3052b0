"""The command as a person starts it: in a process of its own, or in this one, which need not."""

import json
import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from pipelines.cli import main

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


def told(root, *words, code=0):
    """The same in this process; `retrain`, `nightly` and `backtest` want the fixture `prefect`."""
    done = CliRunner().invoke(main, [*words, "-w", str(root), "--json"])
    assert done.exit_code == code, done.output
    assert len(done.stdout.splitlines()) == 1, done.stdout
    return json.loads(done.stdout), done.stderr
