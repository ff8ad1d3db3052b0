"""Prefect's server for one command: on loopback, behind a password, gone with its parent.

Prefect would start one by itself, but a killed flow orphans that server, which then holds the
terminal's pipe open, and anyone on the machine may talk to it. This one is started first thing,
so that it wakes while the libraries are still being imported, and it ends when the pipe on its
standard input closes: however the command ends, nothing of it stays.
"""

import os
import secrets
import socket
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uvicorn import Server

GRACE_SECONDS = 10.0


@contextmanager
def orchestrator() -> Generator[None]:
    """A Prefect API for the flows inside; none is started where PREFECT_API_URL names one."""
    if os.environ.get("PREFECT_API_URL"):
        yield
        return
    password = f"jejak:{secrets.token_urlsafe()}"
    server, port = _start(password)
    try:
        with _client(f"http://127.0.0.1:{port}/api", password):
            yield
    finally:
        _stop(server)


def _start(password: str) -> tuple[subprocess.Popen[bytes], int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = subprocess.Popen(  # noqa: S603  # the interpreter that runs us, on our own file
            [sys.executable, "-P", __file__, str(listener.fileno())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[listener.fileno()],
            env={**os.environ, **_server_environment(password)},
            start_new_session=True,
        )
        return server, listener.getsockname()[1]


def _server_environment(password: str) -> dict[str, str]:
    return {
        "PREFECT_SERVER_API_AUTH_STRING": password,
        "PREFECT_SERVER_UI_ENABLED": "false",
        "PREFECT__SERVER_EPHEMERAL": "1",
        "PREFECT__SERVER_FINAL": "1",
    }


@contextmanager
def _client(url: str, password: str) -> Generator[None]:
    from prefect.settings import (  # only commands with a flow pay for Prefect
        PREFECT_API_AUTH_STRING,
        PREFECT_API_URL,
        temporary_settings,
    )

    with temporary_settings({PREFECT_API_URL: url, PREFECT_API_AUTH_STRING: password}):
        yield


def _stop(server: subprocess.Popen[bytes]) -> None:
    if server.stdin:
        server.stdin.close()
    try:
        server.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def serve(file_descriptor: int) -> None:
    """Serve Prefect's API on an open socket until standard input closes."""
    servers: list[Server] = []
    threading.Thread(target=_leave_with_parent, args=(servers,), daemon=True).start()
    import uvicorn
    from prefect.server.api.server import create_app

    config = uvicorn.Config(
        create_app, factory=True, fd=file_descriptor, log_level="error", lifespan="on"
    )
    servers.append(uvicorn.Server(config))
    servers[0].run()


def _leave_with_parent(servers: "list[Server]") -> None:
    """End with the parent; a server that has begun may first finish what it writes."""
    sys.stdin.buffer.read()
    for server in servers:
        server.should_exit = True
        threading.Event().wait(GRACE_SECONDS / 2)
    os._exit(0)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
