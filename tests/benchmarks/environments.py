"""Environments of rivals that do not fit into ours, made once from exact pins."""

import subprocess
import sys
import venv
from hashlib import sha256
from pathlib import Path
from shutil import rmtree

from bench_log import BUILD

HERE = Path(__file__).parent


def python_of(rival: str) -> Path:
    """The interpreter of the environment that `panel_RIVAL.txt` in this folder pins."""
    pins = HERE / f"panel_{rival}.txt"
    made = sha256(f"{sys.version} {pins.read_text(encoding='utf-8')}".encode()).hexdigest()[:16]
    folder = BUILD / "rivals" / rival
    python, stamp = folder / "bin" / "python", folder / f"made-{made}"
    if not stamp.exists():
        rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
        subprocess.run([python, *install, "--no-deps", "--requirement", pins], check=True)
        stamp.touch()
    return python
