"""A real PostgreSQL of one's own, on the loopback, for as long as a test needs it."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

_PASSWORD = "p%ss:w@rd"  # noqa: S105  (of a server that lives for seconds)
_START_SECONDS = 60


@contextmanager
def server() -> Iterator[sa.URL]:
    """The address of an empty database whose owner needs a password."""
    initdb, postgres = _program("initdb"), _program("postgres")
    folder = Path(tempfile.mkdtemp(prefix="jejak-postgres-"))
    secret = folder / "password"
    secret.write_text(_PASSWORD)
    as_user = _not_as_root(folder)
    try:
        said = ["--auth=scram-sha-256", "--username=jejak", f"--pwfile={secret}", "--no-sync"]
        data = str(folder / "data")
        made = [*as_user, initdb, *said, "--encoding=UTF8", "--locale=C", data]
        subprocess.run(made, check=True, capture_output=True, cwd=folder)
        port = _free_port()
        options = ["-c", "listen_addresses=127.0.0.1", "-p", str(port), "-k", str(folder), "-F"]
        with (folder / "log").open("wb") as log:
            run = subprocess.Popen(
                [*as_user, postgres, "-D", data, *options], stdout=log, stderr=log, cwd=folder
            )
        try:
            url = sa.URL.create("postgresql+psycopg", "jejak", _PASSWORD, "127.0.0.1", port)
            url = url.set(database="postgres")
            _wait(run, port, folder / "log")
            yield url
        finally:
            run.send_signal(signal.SIGINT)  # it ends its clients too
            run.wait(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _program(name: str) -> str:
    places = [*sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)]
    found = shutil.which(name) or next(map(str, places), None)
    if found is None:
        pytest.skip(f"PostgreSQL's {name} is not installed; .ci/run installs it")
    return found


def _not_as_root(folder: Path) -> list[str]:
    """What runs a program as somebody else, because PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, "nobody")
    shutil.chown(folder / "password", "nobody")
    setpriv = shutil.which("setpriv")
    assert setpriv, "setpriv of util-linux is missing"
    return [setpriv, "--reuid=nobody", "--regid=nogroup", "--clear-groups"]


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def _wait(run: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            psycopg.connect(
                host="127.0.0.1", port=port, user="jejak", password=_PASSWORD, dbname="postgres"
            ).close()
        except psycopg.OperationalError:
            assert run.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.05)
        else:
            return
