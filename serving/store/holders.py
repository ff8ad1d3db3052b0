"""Who a process is, so that another can tell whether it still lives."""

import os
import platform
from pathlib import Path
from typing import NamedTuple, Self

_DEAD = ("Z", "X")


class Holder(NamedTuple):
    """One process of one machine, told apart from any that later gets its number.

    `machine` is this start of a machine and the space of its process numbers (a container has its
    own); it is empty where the system does not tell.
    """

    host: str
    machine: str
    process: int
    started: str

    @classmethod
    def this_process(cls) -> Self:
        """Who runs this."""
        process = os.getpid()
        return cls(platform.node() or "?", _machine(), process, _started(process))

    @classmethod
    def told(cls, text: str) -> Self:
        """Who a text names that `str` made.

        >>> Holder.told("night 1f/4026531836 812 90210").process
        812
        """
        host, machine, process, started = text.split(" ")
        return cls(host, machine, int(process), started)

    def __str__(self) -> str:
        return f"{self.host} {self.machine} {self.process} {self.started}"

    def is_dead(self) -> bool:
        """Whether the process is surely gone: it was of this machine, and is not there any more."""
        is_of_here = self.machine != "" and self.machine == _machine()
        return is_of_here and _started(self.process) != self.started


def _machine() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return ""


def _started(process: int) -> str:
    """When a process started, in ticks since the machine did; empty for one that is dead."""
    try:
        told = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # The name of the program comes second, in parentheses, and may hold anything.
    after_name = told.rpartition(")")[2].split()
    return "" if after_name[0] in _DEAD else after_name[19]
