"""Prefect's own server: on loopback, behind a password, and gone however its command ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from pipelines.flows import orchestrator

ASK_AND_DIE = """
import os, signal, sys
from pipelines.flows.orchestrator import orchestrator
from prefect.settings import PREFECT_API_URL
with orchestrator():
    print(PREFECT_API_URL.value(), flush=True)
    signal.pause() if sys.argv[1] == "wait" else None
"""


@pytest.fixture
def environment(tmp_path):
    return {
        **{name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"},
        "PREFECT_HOME": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }


def test_a_server_that_the_user_names_is_used(monkeypatch):
    monkeypatch.setenv("PREFECT_API_URL", "http://prefect.example/api")
    monkeypatch.setattr(orchestrator, "_start", lambda _password: pytest.fail("started one"))
    with orchestrator.orchestrator():
        pass


def is_open(port):
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.slow
def test_a_killed_command_leaves_no_server_and_lets_go_of_the_pipe(environment):
    command = subprocess.Popen(
        [sys.executable, "-c", ASK_AND_DIE, "wait"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    url = command.stdout.readline().strip()
    port = int(url.split(":")[2].split("/")[0])
    assert url.startswith("http://127.0.0.1:")
    with pytest.raises(HTTPError, match="401"):
        urlopen(f"{url}/flows/count", data=b"{}", timeout=120)  # noqa: S310  # checked above
    command.send_signal(signal.SIGKILL)
    assert command.stdout.read() == ""
    command.wait()
    deadline = time.monotonic() + 20
    while is_open(port) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not is_open(port)
    command.stdout.close()


@pytest.mark.slow
def test_a_command_that_ends_waits_for_its_server_to_end(environment):
    done = subprocess.run(
        [sys.executable, "-c", ASK_AND_DIE, "go"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stderr == ""
    assert not is_open(int(done.stdout.split(":")[2].split("/")[0]))
