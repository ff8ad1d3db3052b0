"""Text files as lines; bytes of another encoding stay visible as surrogates."""

import re
from pathlib import Path

from features.errors import DataRefused
from features.sources.spec import SourceSpec

_UNDECODED = re.compile("[\0\ud800-\udfff]")
_LINE_END = re.compile("\r\n|\n|\r")
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}


def lines(path: Path, spec: SourceSpec) -> list[str]:
    """All lines without their ends; a byte order mark goes before the declared encoding."""
    try:
        content = path.read_bytes()
        marks = (name for mark, name in _MARKS.items() if content.startswith(mark))
        encoding = next(marks, spec.encoding)
        return _LINE_END.split(content.decode(encoding, errors="surrogateescape"))
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


def readable(text: str) -> bool:
    """Whether there is no NUL, and no byte that the encoding does not know."""
    return not _UNDECODED.search(text)
