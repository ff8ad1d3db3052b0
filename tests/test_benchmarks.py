"""The panel benchmark compares like with like: its rivals are oracles of 43 columns."""

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


def checksum(program: str, folder: Path) -> dict[str, float]:
    """The totals of a program's panel."""
    return json.loads(said(program, str(folder)))["checksum"]


@pytest.mark.slow
def test_all_panels_are_the_same(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import panel_events  # noqa: PLC0415  the benchmarks are scripts, no package
    from panel_work import differences  # noqa: PLC0415

    panel_events.write(tmp_path, "S")
    ours = checksum("panel_ours.py", tmp_path)
    assert ours["rows"] == 24_000
    for rival in ("panel_duckdb.py", "panel_pandas.py"):
        assert differences(ours, checksum(rival, tmp_path)) == []
    assert differences(ours, ours | {"n_7": ours["n_7"] + 1}) != []


@pytest.mark.slow
def test_tonight_from_the_lake_is_tonight_from_raw_events(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import increment  # noqa: PLC0415

    folder = tmp_path / "nights-S"
    increment.prepare(folder, "S")
    program = ("increment_table.py", "lake", "whole"), ("increment_table.py", "raw", "whole")
    ways = [json.loads(said(*way, str(folder))) for way in program]
    assert ways[0]["rows"] > 1_900
    assert ways[0]["sha256"] == ways[1]["sha256"]
