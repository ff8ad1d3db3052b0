"""What journeys share: a server of Prefect, and where the real logs are, their tests."""

import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from logs import LOGS

from pipelines.flows import orchestrator

# The real logs stay out of the tree: where they are not, their tests are not collected.
collect_ignore = [] if LOGS.is_dir() else ["test_cdnow.py", "test_real_logs.py"]


OFF = {"PREFECT_SERVER_UI_ENABLED": "false", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}


@dataclass(frozen=True)
class Server:
    """A server of Prefect: where it answers, and where it keeps what it was told."""

    url: str
    home: Path


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory):
    """One for all flows of this process: to start one takes longer than most flows."""
    home = tmp_path_factory.mktemp("prefect")
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = subprocess.Popen(
            [sys.executable, "-P", orchestrator.__file__, str(listener.fileno())],
            stdin=subprocess.PIPE,
            pass_fds=[listener.fileno()],
            env=outside | {"PREFECT_HOME": str(home)} | OFF,
        )
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/api"
    with server:
        yield Server(url, home)
        server.stdin.close()


@pytest.fixture(scope="module")
def prefect(prefect_server):
    """The server, for the flows that the tests of a file run in this process."""
    from prefect.settings import PREFECT_API_URL, temporary_settings  # noqa: PLC0415

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_API_URL", prefect_server.url)
        patch.setenv("PREFECT_HOME", str(prefect_server.home))
        with temporary_settings({PREFECT_API_URL: prefect_server.url}):
            yield prefect_server
