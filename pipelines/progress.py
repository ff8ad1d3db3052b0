"""What a person sees while work goes on: a bar on a terminal, plain lines elsewhere; on stderr."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

Advance = Callable[[float], None]


@contextmanager
def step(label: str) -> Generator[Advance]:
    """Show one step of the work; what it yields takes the share that is done, from 0 to 1."""
    console = Console(stderr=True)
    began = time.monotonic()
    if console.is_terminal:
        with _bar(console) as bar:
            task = bar.add_task(label, total=None)
            yield lambda share: bar.update(task, total=1.0, completed=share)
    else:
        yield lambda _share: None
    say(f"{label}: {time.monotonic() - began:.1f} s", console)


def say(line: str, console: Console | None = None) -> None:
    """One plain line."""
    (console or Console(stderr=True)).print(line, markup=False, highlight=False, soft_wrap=True)


def _bar(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
