"""What every stub server is made of: routes behind a journal and scripted faults."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cached_property
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.rehearsal.faults import Fault, Faults, Reply
from serving.rehearsal.journal import Call, Journal
from serving.rehearsal.server import reset


class Stub:
    """A vendor's server: its state is its own, its journal and its faults are anybody's.

    `now` is the vendor's clock. Endpoints are coroutines, so no two of them run at once.
    """

    def __init__(self, *, now: Callable[[], datetime], keeps_content: bool = False) -> None:
        self.now = now
        self.journal = Journal(keeps_content=keeps_content)
        self.faults = Faults()

    def routes(self) -> Sequence[BaseRoute]:
        """The vendor's addresses."""
        return ()

    @cached_property
    def app(self) -> ASGIApp:
        """The server, to be run by `serving`."""
        inner = Starlette(routes=list(self.routes()))

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            content = await _content(receive)
            fault = self.faults.next(scope["method"], scope["path"])
            await asyncio.sleep(fault.wait_seconds)
            reply = await _reply(inner, scope, content) if fault.commits else Reply()
            reply = fault.answer(reply)
            self.journal.note_call(
                Call(
                    at=self.now(),
                    method=scope["method"],
                    path=scope["path"],
                    status=0 if fault.cut_after == 0 else reply.status,
                    content=content if self.journal.keeps_content else b"",
                )
            )
            await _answer(reply, fault, scope, send)

        return watched


async def _content(receive: Receive) -> bytes:
    """The body of a request, whole."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


async def _reply(app: ASGIApp, scope: Scope, content: bytes) -> Reply:
    """What a server answers, kept instead of sent."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": content}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    headers = {
        name.decode("latin-1"): value.decode("latin-1") for name, value in sent[0]["headers"]
    }
    headers.pop("content-length", None)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return Reply(status=sent[0]["status"], headers=headers, content=body)


async def _answer(reply: Reply, fault: Fault, scope: Scope, send: Send) -> None:
    """Send a reply as far as a fault lets it go."""
    if fault.cut_after == 0:
        await reset(scope)
        return
    length = (
        []
        if reply.status == HTTPStatus.NO_CONTENT
        else [(b"content-length", b"%d" % len(reply.content))]
    )
    told = [
        (name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": told + length})
    for part in _parts(reply.content[: fault.cut_after], drips=fault.seconds_a_byte > 0):
        await send({"type": "http.response.body", "body": part, "more_body": True})
        await asyncio.sleep(fault.seconds_a_byte)
    if fault.cut_after is None:
        await send({"type": "http.response.body"})
    else:
        await reset(scope)


def _parts(content: bytes, *, drips: bool) -> list[bytes]:
    return [bytes([one]) for one in content] if drips else [content]
