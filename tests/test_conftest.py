"""What tests start from is itself tested."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SKIPS = """
import pytest

def test_without_its_component():
    pytest.skip("no such component here")
"""
SKIPS_WHOLE = "import pytest\npytest.importorskip('no_such_component')\n"


@pytest.mark.slow
@pytest.mark.parametrize("source", [SKIPS, SKIPS_WHOLE], ids=["a test", "a file"])
@pytest.mark.parametrize(("in_ci", "succeeds"), [("true", False), ("", True)])
def test_what_is_skipped_at_home_fails_in_ci(tmp_path, source, in_ci, succeeds):
    shutil.copy(Path(__file__).with_name("conftest.py"), tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_it.py").write_text(source)
    (tmp_path / "test_there.py").write_text("def test_there(): pass")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    run = subprocess.run(
        command, cwd=tmp_path, env=os.environ | {"CI": in_ci}, capture_output=True, check=False
    )
    said = run.stdout.decode()
    assert (run.returncode == pytest.ExitCode.OK) == succeeds, said
    assert ("skipped, which CI=true does not allow" in said) != succeeds
