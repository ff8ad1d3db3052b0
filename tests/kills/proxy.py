"""A proxy on this machine that harms connections as networks do, scripted call by call.

It forwards bytes and understands none, so what it carries may be TLS. Without it the same harm
would have to come from the server, which then knows of it.
"""

import asyncio
import socket
import struct
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Self

HOST = "127.0.0.1"
PIECE = 1 << 16


@dataclass(frozen=True, kw_only=True)
class Harm:
    """What happens to one call; without any, its bytes pass.

    Question and answer wait `wait_seconds` on their way. After `asked_bytes` of the question, or
    `answer_bytes` of the answer, both sides are reset; at 0 of the answer the server has answered
    and nobody hears it. A question that is swallowed reaches nobody, and nothing comes back.
    """

    wait_seconds: float = 0.0
    swallowed: bool = False
    asked_bytes: int | None = None
    answer_bytes: int | None = None
    seconds_a_byte: float = 0.0


NONE = Harm()
RESET = Harm(asked_bytes=0)
UNHEARD = Harm(answer_bytes=0)
SWALLOWED = Harm(swallowed=True)


@dataclass
class Passage:
    """One connection: whose turn it is, and what happens to the call that is being made."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    harm: Harm = NONE
    is_answered: bool = True
    asked: int = 0
    answered: int = 0

    def reset(self) -> None:
        """Both sides see the connection reset."""
        for end in (self.client, self.server):
            connected = end.get_extra_info("socket")
            if not end.is_closing():
                connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            end.transport.abort()


@dataclass
class Proxy:
    """Stands before the server at a port; `with` runs it, and it has a `port` of its own.

    A call begins where the client speaks after the server has, so in TLS the handshake is one too.
    """

    target: int
    port: int = 0
    calls: int = 0
    planned: dict[int, Harm] = field(default_factory=dict)
    _ready: Event = field(default_factory=Event)

    def on(self, number: int, harm: Harm) -> None:
        """What happens to the n-th call from now."""
        self.planned[self.calls + number] = harm

    def __enter__(self) -> Self:
        self._thread = Thread(target=lambda: asyncio.run(self._run()), name="proxy", daemon=True)
        self._thread.start()
        assert self._ready.wait(10), "the proxy does not start"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    async def _run(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        self._open: set[asyncio.Task] = set()
        server = await asyncio.start_server(self._connected, HOST, 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._end.wait()
        server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        self._open.add(asyncio.current_task())
        answers, server = await asyncio.open_connection(HOST, self.target)
        passage = Passage(client, server)
        try:
            await asyncio.gather(self._ask(reader, passage), _answer(answers, passage))
        finally:
            for end in (client, server):
                end.close()
            await asyncio.gather(client.wait_closed(), server.wait_closed(), return_exceptions=True)
            self._open.discard(asyncio.current_task())

    async def _ask(self, reader: asyncio.StreamReader, passage: Passage) -> None:
        """From the client to the server."""
        while piece := await _read(reader):
            if passage.is_answered:
                self.calls += 1
                passage.harm = self.planned.pop(self.calls, NONE)
                passage.is_answered, passage.asked, passage.answered = False, 0, 0
            harm = passage.harm
            await asyncio.sleep(harm.wait_seconds)
            if harm.swallowed:
                continue
            passage.asked += len(piece)
            if harm.asked_bytes is not None and passage.asked > harm.asked_bytes:
                passage.server.write(piece[: len(piece) - (passage.asked - harm.asked_bytes)])
                await _drained(passage.server)
                passage.reset()
                return
            passage.server.write(piece)
            await _drained(passage.server)
        passage.server.close()


async def _answer(answers: asyncio.StreamReader, passage: Passage) -> None:
    """From the server to the client."""
    while piece := await _read(answers):
        passage.is_answered = True
        harm = passage.harm
        await asyncio.sleep(harm.wait_seconds)
        passage.answered += len(piece)
        is_cut = harm.answer_bytes is not None and passage.answered > harm.answer_bytes
        if is_cut:
            piece = piece[: len(piece) - (passage.answered - harm.answer_bytes)]
        size = 1 if harm.seconds_a_byte else PIECE
        for start in range(0, len(piece), size):
            passage.client.write(piece[start : start + size])
            await _drained(passage.client)
            await asyncio.sleep(harm.seconds_a_byte)
        if is_cut:
            passage.reset()
            return
    passage.client.close()


async def _read(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(PIECE)
    except ConnectionError:
        return b""


async def _drained(writer: asyncio.StreamWriter) -> None:
    try:
        await writer.drain()
    except ConnectionError:
        writer.transport.abort()
