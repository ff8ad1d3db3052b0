"""A real PostgreSQL of one's own, on the loopback, for as long as a test needs it."""

import itertools
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
_NUMBERS = itertools.count()


class Server:
    """A server that can be stopped without a word and started again on the same data."""

    def __init__(self, folder: Path, as_user: list[str]) -> None:
        self.folder, self.port, self._as_user = folder, _free_port(), as_user
        url = sa.URL.create("postgresql+psycopg", "jejak", _PASSWORD, "127.0.0.1", self.port)
        self.url = url.set(database="postgres")

    def start(self) -> None:
        data, port = str(self.folder / "data"), str(self.port)
        options = ["-c", "listen_addresses=127.0.0.1", "-p", port, "-k", str(self.folder), "-F"]
        with (self.folder / "log").open("ab") as log:
            self.run = subprocess.Popen(
                [*self._as_user, _program("postgres"), "-D", data, *options],
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        _wait(self.run, self.port, self.folder / "log")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends its clients too; SIGQUIT is `pg_ctl stop -m immediate`."""
        self.run.send_signal(how)
        self.run.wait(timeout=30)


@contextmanager
def running() -> Iterator[Server]:
    """A server whose owner needs a password."""
    initdb = _program("initdb")
    folder = Path(tempfile.mkdtemp(prefix="jejak-postgres-"))
    secret = folder / "password"
    secret.write_text(_PASSWORD)
    as_user = _not_as_root(folder)
    try:
        said = ["--auth=scram-sha-256", "--username=jejak", f"--pwfile={secret}", "--no-sync"]
        made = [*as_user, initdb, *said, "--encoding=UTF8", "--locale=C", str(folder / "data")]
        subprocess.run(made, check=True, capture_output=True, cwd=folder)
        started = Server(folder, as_user)
        try:
            started.start()
            yield started
        finally:
            started.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def server() -> Iterator[sa.URL]:
    """The address of an empty database of a server of one's own."""
    with running() as started:
        yield started.url


@contextmanager
def database(url: sa.URL, template: str = "template1") -> Iterator[sa.URL]:
    """The address of a new database, like the template, of a server that runs already."""
    # Of no chance: what a test looks for in vain must not stand in a random name.
    name = f"own_{os.getpid()}_{next(_NUMBERS)}"
    admin = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    try:
        yield url.set(database=name)
    finally:
        with admin.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))


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
