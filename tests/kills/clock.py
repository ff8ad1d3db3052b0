"""One clock of several processes: it goes by itself, and whoever sleeps moves it on for all."""

import mmap
import struct
import time
from datetime import UTC, datetime, timedelta

from serving.timing import Timing

_SECONDS = struct.Struct("d")


class SharedClock:
    """An instant that forked processes agree on. Nobody who is killed leaves a lock behind."""

    def __init__(self, start=datetime(2026, 11, 21, 1, tzinfo=UTC)):
        self._start, self._began = start, time.monotonic()
        self._ahead = mmap.mmap(-1, _SECONDS.size)

    def now(self):
        (ahead,) = _SECONDS.unpack_from(self._ahead)
        return self._start + timedelta(seconds=time.monotonic() - self._began + ahead)

    def sleep(self, seconds):
        (ahead,) = _SECONDS.unpack_from(self._ahead)
        _SECONDS.pack_into(self._ahead, 0, ahead + seconds)

    def reach(self, instant):
        self.sleep(max((instant - self.now()).total_seconds(), 0))

    @property
    def timing(self):
        return Timing(now=self.now, sleep=self.sleep, chance=lambda: 0.5)
