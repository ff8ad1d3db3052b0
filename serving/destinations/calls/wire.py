"""The wire under HTTP calls: each call has one deadline, however slowly its bytes drip."""

import socket
import ssl
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import cache
from ipaddress import ip_address
from typing import Any, TypeAlias

import httpcore
import httpx

_PIECE = 1 << 16

_Option: TypeAlias = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)


class Wire(httpx.HTTPTransport):
    """Connections of which nothing lasts beyond the deadline of the call.

    With `public_only` an address inside a house is refused, unless it is this machine's and
    `loopback` is set; the address that was looked at is the one that is connected to.
    """

    def __init__(
        self, now: Callable[[], datetime], *, public_only: bool = False, loopback: bool = False
    ) -> None:
        super().__init__(verify=_trusted())
        self._backend = _Backend(now, public_only=public_only, loopback=loopback)
        self._pool = httpcore.ConnectionPool(
            ssl_context=_trusted(),
            max_connections=1,
            keepalive_expiry=30,
            network_backend=self._backend,
        )

    def begin(self, seconds: float) -> None:
        """From now on a call has so many seconds, from connecting to the last byte."""
        self._backend.begin(seconds)


@cache
def _trusted() -> ssl.SSLContext:
    """Whom the world trusts; reading that takes 20 ms."""
    return httpx.create_ssl_context(trust_env=False)


class _Backend(httpcore.SyncBackend):
    def __init__(self, now: Callable[[], datetime], *, public_only: bool, loopback: bool) -> None:
        super().__init__()
        self._now, self._public_only, self._loopback = now, public_only, loopback
        self._deadline = now()

    def begin(self, seconds: float) -> None:
        self._deadline = self._now() + timedelta(seconds=seconds)

    def left(self, timeout: float | None, kind: type[Exception]) -> float:
        """The seconds that one step may take; it raises when none are left."""
        seconds = (self._deadline - self._now()).total_seconds()
        if seconds <= 0:
            raise kind("the call took too long")
        return seconds if timeout is None else min(timeout, seconds)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[_Option] | None = None,
    ) -> httpcore.NetworkStream:
        seconds = self.left(timeout, httpcore.ConnectTimeout)
        place = self._public(host, port) if self._public_only else host
        connected = super().connect_tcp(place, port, seconds, local_address, socket_options)
        return _Stream(connected, self.left)

    def _public(self, host: str, port: int) -> str:
        """One address of a host; `ConnectError` when any of them is not a public one."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError:
            raise httpcore.ConnectError("the host is not known") from None
        addresses = [ip_address(str(one[4][0])) for one in found]
        if all(one.is_global or (one.is_loopback and self._loopback) for one in addresses):
            return str(addresses[0])
        raise PrivateAddress("the host's address is not a public one")


class PrivateAddress(httpcore.ConnectError):
    """A host turned out to be inside a house."""


class _Stream(httpcore.NetworkStream):
    def __init__(
        self, inner: httpcore.NetworkStream, left: Callable[[float | None, type[Exception]], float]
    ) -> None:
        self._inner, self._left = inner, left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            piece = buffer[start : start + _PIECE]
            self._inner.write(piece, self._left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        seconds = self._left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, seconds), self._left)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401  (as httpcore says it)
        return self._inner.get_extra_info(info)
