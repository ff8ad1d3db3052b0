"""What a person sees while work goes on: a bar on a terminal, plain lines elsewhere; on stderr."""

import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

Note = Callable[[str], None]

_TIMES: ContextVar[dict[str, float] | None] = ContextVar("_TIMES", default=None)


@contextmanager
def timed() -> Generator[Mapping[str, float]]:
    """The seconds that each step inside takes, by its label, as far as they are done."""
    times: dict[str, float] = {}
    before = _TIMES.set(times)
    try:
        yield times
    finally:
        _TIMES.reset(before)


@contextmanager
def step(label: str) -> Generator[Note]:
    """Show one step of the work; what it yields tells how far it is."""
    with _shown(label, None) as note:
        yield note


@contextmanager
def counted(label: str, total: int, done: int = 0) -> Generator[Note]:
    """Show a step of `total` like parts, some of them `done`; each note says that one more is."""
    with _shown(label, total, done) as note:
        yield note


def tell(text: str) -> None:
    """A line that stays."""
    _line(Console(stderr=True), text)


@contextmanager
def _shown(label: str, total: int | None, done: int = 0) -> Generator[Note]:
    console = Console(stderr=True)
    began = time.monotonic()
    if console.is_terminal:
        with _bar(console, is_counted=total is not None) as bar:
            task = bar.add_task(label, total=total, completed=done)
            yield lambda note: bar.update(
                task, description=f"{label}: {note}", advance=0 if total is None else 1
            )
    else:
        yield lambda note: _line(console, f"  {note}")
    seconds = time.monotonic() - began
    _line(console, f"{label}: {seconds:.1f} s")
    times = _TIMES.get()
    if times is not None:
        times[label] = round(times.get(label, 0) + seconds, 1)


def _line(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def _bar(console: Console, *, is_counted: bool) -> Progress:
    columns: list[ProgressColumn] = [
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TimeElapsedColumn(),
    ]
    if is_counted:
        columns[3:] = [MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn()]
    return Progress(*columns, console=console, transient=True)
