"""A few of the kills, races and harmed calls of `make kills`, each time the suite runs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

HOUSE = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def told():
    """What the program says; it forks, so nothing else may run where it does."""
    path = os.pathsep.join([str(HOUSE), str(HOUSE / "tests")])
    ran = subprocess.run(
        [sys.executable, "-m", "kills.run", "--small", "--seed", "6"],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout, ran.stderr
    return {**json.loads(ran.stdout), "code": ran.returncode, "said": ran.stderr}


def test_nothing_is_broken_whatever_is_killed(told):
    assert told["broken_invariants"] + told["failed_parts"] == 0, told["said"]
    assert told["kills"] >= 7
    assert told["pauses"] >= 2
    assert told["harmed_calls"] >= 6
    assert told["code"] == 0


def test_of_customers_who_objected_nothing_is_told(told):
    assert (told["leaks"], told["races"]) == (0, 40)


def test_readers_see_no_mixture_and_unchanged_scores_are_not_sent(told):
    assert (told["mixed_reads"], told["writes_on_rerun"]) == (0, 0)
    assert told["reads"] >= 50
