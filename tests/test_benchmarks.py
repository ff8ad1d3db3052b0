"""The panel benchmark compares like with like: DuckDB is the oracle of 43 columns."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parent / "benchmarks"


def said(program: str, *arguments: str) -> str:
    """What a program of the benchmark prints."""
    command = [sys.executable, program, *arguments]
    return subprocess.check_output(command, cwd=BENCHMARKS, text=True)


@pytest.mark.slow
def test_both_panels_are_the_same(tmp_path, monkeypatch):
    said(
        "-c",
        f"import panel_events, pathlib; panel_events.write(pathlib.Path({str(tmp_path)!r}), 'S')",
    )
    ours = json.loads(said("panel_ours.py", str(tmp_path)))["checksum"]
    rival = json.loads(said("panel_duckdb.py", str(tmp_path)))["checksum"]
    monkeypatch.syspath_prepend(BENCHMARKS)
    from panel_work import differences  # noqa: PLC0415  the benchmarks are scripts, no package

    assert ours["rows"] == 24_000
    assert differences(ours, rival) == []
    assert differences(ours | {"n_7": ours["n_7"] + 1}, rival) != []
