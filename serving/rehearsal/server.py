"""One server on this machine's loopback, in a thread, for as long as it is needed."""

import asyncio
import socket
import ssl
import struct
from collections.abc import Generator
from contextlib import contextmanager
from threading import Thread
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

_HOST = "127.0.0.1"
_GRACE_SECONDS = 1


@contextmanager
def serving(app: ASGIApp, *, tls: ssl.SSLContext | None = None) -> Generator[str]:
    """The address of a server that runs meanwhile: `http://127.0.0.1:PORT`.

    With `tls` it is `https://localhost:PORT`. Calls that come before it is ready wait for it.
    """
    with socket.create_server((_HOST, 0), backlog=128) as listener:
        server = uvicorn.Server(_config(app, tls))
        thread = Thread(target=server.run, args=([listener],), name="rehearsal", daemon=True)
        thread.start()
        try:
            port = listener.getsockname()[1]
            yield f"https://localhost:{port}" if tls else f"http://{_HOST}:{port}"
        finally:
            server.should_exit = True
            thread.join()


async def reset(scope: Scope) -> None:
    """Cut the connection of a call, so that whoever called sees it reset."""
    transport = cast("asyncio.Transport", scope["state"]["transport"])
    connected = cast("socket.socket", transport.get_extra_info("socket"))
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await scope["state"]["lost"].wait()


class _Connection(H11Protocol):
    """A connection that tells each call what carries it, so that a fault may cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        # Otherwise an answer in two parts waits 40 ms for its first part to be acknowledged.
        connected = cast("socket.socket", transport.get_extra_info("socket"))
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._lost = asyncio.Event()
        self.app_state = {**self.app_state, "transport": transport, "lost": self._lost}

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost.set()
        super().connection_lost(exc)


def _config(app: ASGIApp, tls: ssl.SSLContext | None) -> uvicorn.Config:
    options: dict[str, Any] = {"ssl_context_factory": lambda *_: tls} if tls else {}
    return uvicorn.Config(
        app,
        http=_Connection,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        **options,
    )
