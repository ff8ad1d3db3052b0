"""Text files as lines; bytes of another encoding stay visible as surrogates."""

import codecs
import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from features.errors import DataRefused
from features.sources.formats import blocks
from features.sources.formats.blocks import Blocks
from features.sources.spec import SourceSpec

_UNDECODED = re.compile("[\ud800-\udfff]")
_LINE_END = re.compile("\r\n|\n|\r")
_ESCAPES = frozenset({"unicode-escape", "raw-unicode-escape"})
"""Encodings of program text, which Python reads with warnings; no export is written so."""
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}


def lines(path: Path, spec: SourceSpec) -> list[str]:
    """All lines without their ends; a byte order mark goes before the declared encoding."""
    with told(spec):
        content = path.read_bytes()
        marks = (name for mark, name in _MARKS.items() if content.startswith(mark))
        encoding = next(marks, spec.encoding)
        return _LINE_END.split(content.decode(encoding, errors="surrogateescape"))


@contextmanager
def opened(path: Path, spec: SourceSpec, newline: str) -> Generator[TextIO]:
    """The file in its declared encoding, to be read in pieces; a UTF-8 mark is skipped."""
    encoding = "utf-8-sig" if spec.encoding.lower() in {"utf-8", "utf8"} else spec.encoding
    with (
        told(spec),
        path.open(encoding=encoding, errors="surrogateescape", newline=newline) as file,
    ):
        yield file


@contextmanager
def utf8(path: Path, spec: SourceSpec) -> Generator[Blocks]:
    """The file in UTF-8, whatever its declared encoding, some lines at a time."""
    with told(spec):
        if codecs.lookup(spec.encoding).name in {"utf-8", "utf-8-sig"}:
            with path.open("rb") as binary:
                yield blocks.of_utf8(binary)
        else:
            with opened(path, spec, newline="") as file:
                yield blocks.of_text(file)


@contextmanager
def told(spec: SourceSpec) -> Generator[None]:
    """A file that cannot be read or decoded inside is refused by its source's name."""
    try:
        _look_up(spec.encoding)
        yield
    except (UnicodeError, LookupError):
        raise DataRefused(
            f"source {spec.name!r} cannot be read as {spec.encoding}",
            where=spec.path,
            mend="declare its `encoding`, such as utf-8, utf-16 or cp1252",
        ) from None
    except OSError as error:
        raise DataRefused(
            f"source {spec.name!r} cannot be opened ({error.strerror})",
            where=spec.path,
            mend="look at the file's rights",
        ) from error


def _look_up(encoding: str) -> None:
    if codecs.lookup(encoding).name in _ESCAPES:
        raise LookupError(encoding)


def readable(text: str) -> bool:
    """Whether there is no NUL, and no byte that the encoding does not know."""
    return "\0" not in text and (text.isascii() or not _UNDECODED.search(text))
