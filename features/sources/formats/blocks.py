"""A text file as UTF-8, some whole lines at a time, of which the last may be handed back."""

from collections.abc import Callable
from typing import BinaryIO, TextIO

_LONGEST_LINE = 1 << 20


class Blocks:
    """Bytes of UTF-8, whatever the file's encoding; what it does not know is no UTF-8 either."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._held = b""
        self._place = 0

    def lines(self, size: int) -> bytes:
        """The next whole lines, about `size` bytes; empty at the end of the file."""
        left = len(self._held) - self._place
        if left < size:
            more = self._read(size - left)
            self._held = self._held[self._place :] + more if left else more
            self._place = 0
            left = len(self._held)
        start = self._place
        cut = self._held.find(b"\n", start + size - 1) + 1 if left > size else 0
        self._place = cut or len(self._held)
        return self._held[start : self._place]

    def hand_back(self, size: int) -> None:
        """The last bytes of those that were taken come again."""
        self._place -= size


def of_utf8(file: BinaryIO) -> Blocks:
    """Blocks of a file that is UTF-8; a byte order mark is skipped."""
    if file.read(3) != b"\xef\xbb\xbf":
        file.seek(0)
    return Blocks(lambda size: _whole_lines(file, size))


def of_text(file: TextIO) -> Blocks:
    """Blocks of a file of another encoding, whose unknown bytes are surrogates."""
    return Blocks(lambda size: (file.read(size) + file.readline()).encode(errors="surrogatepass"))


def _whole_lines(file: BinaryIO, size: int) -> bytes:
    """Bytes up to the first line end behind `size`, found first so that they are read once."""
    place = file.tell()
    file.seek(place + size - 1)
    rest = file.readline(_LONGEST_LINE)
    file.seek(place)
    content = file.read(size - 1 + len(rest))
    if len(rest) < _LONGEST_LINE or rest.endswith(b"\n"):
        return content
    end = max(content.rfind(b"\n"), content.rfind(b"\r", 0, -1)) + 1
    file.seek(place + end if end else file.tell())
    return content[:end] if end else content + file.readline()
