"""Several operations in one body: multipart/mixed of HTTP messages, written and read."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from itertools import pairwise

LINE = b"\r\n"


@dataclass(frozen=True, kw_only=True)
class Part:
    """One operation, or the answer to one.

    `number` tells which, empty where nothing does; `line` is the first line of the message, such
    as `PATCH /contacts(1) HTTP/1.1` or `HTTP/1.1 204 No Content`.
    """

    number: str = ""
    line: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""


def content_type(boundary: str) -> str:
    """What the header Content-Type says of a body that `written` made."""
    return f'multipart/mixed; boundary="{boundary}"'


def written(parts: Iterable[Part], boundary: str) -> bytes:
    """A body of several parts. No line of theirs may begin with the boundary.

    >>> body = written([Part(number="1", line="GET /a HTTP/1.1")], "b")
    >>> for line in body.decode().splitlines():
    ...     print(line)
    --b
    Content-Type: application/http
    Content-Transfer-Encoding: binary
    Content-ID: 1
    <BLANKLINE>
    GET /a HTTP/1.1
    <BLANKLINE>
    <BLANKLINE>
    --b--
    """
    delimiter = b"--" + boundary.encode()
    lines = [line for part in parts for line in (delimiter, *_lines(part))]
    return LINE.join([*lines, delimiter + b"--", b""])


def read(body: bytes, told: str) -> list[Part]:
    """The parts of a body as its header Content-Type, `told`, lets them be found.

    Names of headers are in small letters. What was cut off before its closing delimiter is left
    out, and so is what holds no message. Raises ValueError where no boundary is told.
    """
    header = Message()
    header["Content-Type"] = told
    boundary = header.get_boundary("")
    if not boundary or header.get_content_maintype() != "multipart":
        raise ValueError("no multipart body")
    delimiter = (
        rb"(?:\A|\r?\n)--" + re.escape(boundary.encode()) + rb"(?:--)?[ \t]*(?=\r?(?:\n|\Z))"
    )
    places = pairwise(re.finditer(delimiter, body))
    blocks = (body[place.end() : following.start()] for place, following in places)
    return [part for part in map(_part, blocks) if part]


def _lines(part: Part) -> Iterable[bytes]:
    yield b"Content-Type: application/http"
    yield b"Content-Transfer-Encoding: binary"
    if part.number:
        yield f"Content-ID: {part.number}".encode()
    yield b""
    yield part.line.encode()
    yield from (f"{name}: {value}".encode() for name, value in part.headers.items())
    yield b""
    yield part.body


def _part(block: bytes) -> Part | None:
    """What stands between two delimiters: headers of its own, then a message."""
    outer, message = _headed(block.partition(b"\n")[2])
    line, _, rest = message.partition(b"\n")
    if not line.strip():
        return None
    headers, body = _headed(rest)
    return Part(
        number=outer.get("content-id", ""),
        line=line.strip().decode(errors="replace"),
        headers=headers,
        body=body,
    )


def _headed(block: bytes) -> tuple[dict[str, str], bytes]:
    """Headers by their names, and what follows the first blank line."""
    headers: dict[str, str] = {}
    while block:
        line, _, block = block.partition(b"\n")
        if not line.strip():
            break
        name, _, value = line.decode(errors="replace").partition(":")
        headers[name.strip().lower()] = value.strip()
    return headers, block
