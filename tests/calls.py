"""A server, a pacer and tools for tests of whatever calls out."""

import traceback
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from serving.destinations.destination import Tools
from serving.destinations.troubles import Trouble
from serving.rehearsal.clock import Clock
from serving.rehearsal.server import serving

CANARY = "pat-na1-canary-8c1f"
"""A secret, or a customer's value, that must be found nowhere."""


@dataclass
class Noting:
    """A pacer that never waits and writes down what it is asked."""

    asked: list[str] = field(default_factory=list)
    allowed: tuple[int, float] | None = None

    def before_call(self):
        self.asked.append("before")

    def after_call(self):
        self.asked.append("after")

    def allow(self, calls, seconds):
        self.allowed = (calls, seconds)


def tools(clock: Clock, *, pacer=None, loopback: bool = True) -> Tools:
    return Tools(
        pacer=pacer or Noting(), timing=clock.timing, folder=Path("nowhere"), loopback=loopback
    )


class Place:
    """One server for many tests, each with a stub of its own."""

    def __init__(self):
        self.stub = None
        self.url = ""

    async def __call__(self, scope, receive, send):
        await self.stub.app(scope, receive, send)


@contextmanager
def place():
    """A place whose server runs meanwhile."""
    here = Place()
    with serving(here) as here.url:
        yield here


@contextmanager
def trouble(kind: type[Trouble], code: str | None = None):
    """The trouble that comes, whose traceback holds no canary: not in its words, not behind it."""
    with pytest.raises(kind) as told:
        yield told
    assert told.type is kind
    assert CANARY not in "".join(traceback.format_exception(told.value))
    assert told.value.__context__ is None
    assert code is None or told.value.code == code
