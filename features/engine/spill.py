"""Frames kept for later, on the disk where they are more than the memory should hold."""

from collections.abc import Hashable
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from threading import RLock
from typing import IO, Generic, TypeVar
from weakref import finalize

import polars as pl

LIMIT_BYTES = 1 << 30

Key = TypeVar("Key", bound=Hashable)


class Spill(Generic[Key]):
    """Lists of frames by key; several threads may take them.

    What is on the disk lies in a file without a name in `folder`: it may hold personal data,
    and whatever ends the process leaves none behind.
    """

    def __init__(self, folder: Path | None = None, limit_bytes: int = LIMIT_BYTES) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._held: dict[Key, list[pl.DataFrame]] = {}
        self._held_bytes = 0
        self._stored: dict[Key, list[tuple[int, int]]] = {}
        self._file: IO[bytes] | None = None
        self._lock = RLock()

    def add(self, key: Key, frame: pl.DataFrame) -> None:
        """Keep a frame behind those that its key has."""
        with self._lock:
            self._held.setdefault(key, []).append(frame)
            self._held_bytes += int(frame.estimated_size())
            if self._held_bytes > self._limit_bytes:
                self._store()

    def names(self) -> set[Key]:
        """The keys that have frames."""
        with self._lock:
            return {*self._held, *self._stored}

    def frames(self, key: Key) -> list[pl.DataFrame]:
        """The frames of a key in the order in which they came."""
        with self._lock:
            stored = [self._load(start, size) for start, size in self._stored.get(key, [])]
            return stored + self._held.get(key, [])

    def take(self, key: Key) -> list[pl.DataFrame]:
        """The same, and they are given up."""
        with self._lock:
            taken = self.frames(key)
            self._stored.pop(key, None)
            self._held_bytes -= sum(int(one.estimated_size()) for one in self._held.pop(key, []))
            return taken

    def _store(self) -> None:
        if self._file is None:
            self._file = TemporaryFile(dir=self._folder)  # noqa: SIM115 (it lives as long as this)
            finalize(self, self._file.close)
        for key, frames in self._held.items():
            start = self._file.seek(0, 2)
            pl.concat(frames).write_ipc(self._file)
            place = (start, self._file.tell() - start)
            self._stored.setdefault(key, []).append(place)
        self._held.clear()
        self._held_bytes = 0

    def _load(self, start: int, size: int) -> pl.DataFrame:
        if self._file is None:
            raise LookupError("nothing was stored")
        self._file.seek(start)
        return pl.read_ipc(BytesIO(self._file.read(size)))
