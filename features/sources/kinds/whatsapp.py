"""WhatsApp chats as Android and iOS export them, in English and Indonesian.

A row is a message, numbered by its first line. Notices of the program (encryption, who joined or
left) are no messages and no rows; lines above the first message are broken. The name of the chat
is that of its file, or of its folder where every export is called `_chat.txt`.
"""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import polars as pl

from features.errors import DataRefused
from features.sources.formats import dates, options, text
from features.sources.formats.dates import Written
from features.sources.formats.ours import ours
from features.sources.raw import ROW, Raw
from features.sources.spec import SourceSpec

_SCHEMA = pl.Schema(
    {
        "customer": pl.String,
        "sent_at": pl.Datetime("us"),
        "step": pl.String,
        "sender": pl.String,
        "chat": pl.String,
        "form": pl.String,
        "text": pl.String,
        "source_key": pl.String,
    }
)
_FIRST_ROWS = 8_192

_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_START = re.compile(
    rf"(?P<open>\[)?(?P<when>{dates.PATTERN})(?(open)\]\s*|\s+[-–]\s)(?P<rest>.*)",  # noqa: RUF001
    re.DOTALL,
)
_SENDER = re.compile(r"([^:]{1,120}): ?(.*)", re.DOTALL)
_BY_PROGRAM = re.compile(":\\s*\u200e")
_NOTICE = re.compile(
    r"end-to-end|\bcreated\b|\badded\b|\bremoved\b|\bjoined\b|\bleft\b|\bchanged\b"
    r"|security code|is a contact|\bmembuat grup|\bmenambahkan\b|\bmengeluarkan\b|\bbergabung\b"
    r"|\bkeluar\b|\bmengubah\b|\bmengganti\b|kode keamanan",
    re.IGNORECASE,
)
_MEDIA = re.compile(
    r"<media (omitted|tidak disertakan|dihilangkan)>"
    r"|(image|video( note)?|audio|gif|sticker|document|contact card) omitted"
    r"|(gambar|foto|video|audio|gif|stiker|dokumen|kartu kontak) (tidak disertakan|dihilangkan)"
    r"|<(attached|terlampir): .*>|.*\((file attached|file terlampir)\)",
    re.IGNORECASE | re.DOTALL,
)
_DELETED = re.compile(
    r"(this message was deleted|you deleted this message|pesan ini (telah )?dihapus"
    r"|(anda|kamu) (telah )?menghapus pesan ini)\.?",
    re.IGNORECASE,
)
_CHAT = re.compile(
    r"(?:(?:WhatsApp Chat|Chat WhatsApp|Percakapan WhatsApp)\s*(?:with\b|dengan\b|[-–])\s*)?"  # noqa: RUF001
    r"(?P<name>.*?)\s*(?:\(\d{1,2}\))?",
    re.IGNORECASE,
)
_EDITED = re.compile(r"<(this message was edited|pesan ini (telah )?diedit)>$", re.IGNORECASE)
_EVENTS = {
    "customer_id": "customer",
    "occurred_at": "sent_at",
    "channel": "'whatsapp'",
    "step": "step",
    "source_key": "source_key",
}


class _Message(NamedTuple):
    row: int
    written: Written | None
    sender: str
    text: str


def columns(spec: SourceSpec) -> dict[str, str]:
    """Who the other party is, and whether the message came in or went out."""
    return options.mapped(spec, {"events": _EVENTS})


def schema(path: Path, spec: SourceSpec) -> pl.Schema:  # noqa: ARG001 (a Kind takes the path)
    """The columns of every chat; refuses what the options do not say."""
    options.known(spec, "ours", "customer", "date_order")
    dates.declared_order(spec)
    if not ours(spec):
        raise DataRefused(
            f"source {spec.name!r}: who of the chat is one of us is not said",
            where=spec.path,
            mend="name our own staff as the chat names them, with commas, in `options.ours`",
        )
    return _SCHEMA


def head(path: Path, spec: SourceSpec) -> pl.DataFrame:
    """The first messages, some thousands at most."""
    return read(path, spec).rows.drop(ROW).head(_FIRST_ROWS).collect()


def read(path: Path, spec: SourceSpec) -> Raw:
    """All messages; those of nobody, with NUL or bytes of another encoding are broken."""
    schema(path, spec)
    messages: list[_Message] = []
    broken: list[int] = []
    for row, lines in _records(text.lines(path, spec)):
        start = _start(lines[0])
        if not start or not text.readable("\n".join(lines)):
            broken.append(row)
        elif message := _message(row, start, lines):
            if message.sender:
                messages.append(message)
            else:
                broken.append(row)
    return Raw(_frame(messages, _chat(path), spec).lazy(), tuple(broken))


def _records(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """The lines of each message with the number of the first; strays above them one by one."""
    record: list[str] = []
    first = 0
    for number, line in enumerate(lines, start=1):
        if _start(line):
            if record:
                yield first, record
            record, first = [line], number
        elif record:
            record.append(line)
        elif line.strip():
            yield number, [line]
    if record:
        yield first, record


def _start(line: str) -> re.Match[str] | None:
    """The line's parts if it begins a message: a date without a time is a part of a text."""
    match = _START.match(_MARKS.sub("", line))
    return match if match and match["hour"] else None


def _message(row: int, start: re.Match[str], lines: list[str]) -> _Message | None:
    """The message, or None for a notice of the program."""
    parts = _SENDER.fullmatch(start["rest"])
    if not parts:
        return None
    sender, first = parts[1].strip().removeprefix("~").strip(), parts[2]
    by_program = _BY_PROGRAM.search(lines[0]) and _NOTICE.search(first)
    quoted = re.search('["“]', sender) and _NOTICE.search(sender)
    if by_program or quoted:
        return None
    body = "\n".join([first, *(_MARKS.sub("", line) for line in lines[1:])]).strip()
    return _Message(row, dates.written(start["when"]), sender, _EDITED.sub("", body).rstrip())


def _chat(path: Path) -> str:
    """The chat's name, without what the program puts before it and a browser behind."""
    called = path.absolute().parent.name if path.stem == "_chat" else path.stem
    match = _CHAT.fullmatch(_MARKS.sub("", called).strip())
    return match["name"] if match else called


def _frame(messages: list[_Message], chat: str, spec: SourceSpec) -> pl.DataFrame:
    if not messages:
        return pl.DataFrame(schema={ROW: pl.UInt32, **_SCHEMA})
    order = dates.order((one.written for one in messages if one.written), spec)
    times = [one.written and dates.moment(one.written, order) for one in messages]
    forms = [_form(one.text) for one in messages]
    us = ours(spec)
    return pl.DataFrame(
        {
            ROW: [one.row for one in messages],
            "customer": _customers(messages, spec),
            "sent_at": times,
            "step": [
                "message_out" if one.sender.casefold() in us else "message_in" for one in messages
            ],
            "sender": [one.sender for one in messages],
            "chat": [chat] * len(messages),
            "form": forms,
            "text": [
                one.text if form == "text" else None
                for one, form in zip(messages, forms, strict=True)
            ],
            "source_key": _keys(messages, times, chat),
        },
        schema={ROW: pl.UInt32, **_SCHEMA},
    )


def _form(body: str) -> str:
    if _MEDIA.fullmatch(body):
        return "media"
    return "deleted" if _DELETED.fullmatch(body) else "text"


def _customers(messages: list[_Message], spec: SourceSpec) -> list[str | None]:
    """The other party: of our messages the one who wrote before, else the first who writes."""
    if customer := spec.options.get("customer"):
        return [customer] * len(messages)
    us = ours(spec)
    theirs = [None if one.sender.casefold() in us else one.sender for one in messages]
    others = list(dict.fromkeys(name for name in theirs if name))
    if len(others) > 1 and None not in theirs:
        raise DataRefused(
            f"source {spec.name!r}: nobody of `options.ours` wrote in the chat",
            where=spec.path,
            mend="write the names as the chat does, or declare `options.customer`",
        )
    current = others[0] if others else None
    customers: list[str | None] = []
    for name in theirs:
        current = name or current
        customers.append(current)
    return customers


def _keys(messages: list[_Message], times: list[datetime | None], chat: str) -> list[str | None]:
    """Chat, time, sender, and which of the sender's messages of that time: edits change none."""
    seen: Counter[tuple[str, datetime | None]] = Counter()
    keys: list[str | None] = []
    for one, at in zip(messages, times, strict=True):
        seen[one.sender, at] += 1
        name = f"{chat}: {one.sender} {seen[one.sender, at]}"
        keys.append(f"{at.isoformat()} {name}" if at else None)
    return keys
