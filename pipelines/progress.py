"""What a person sees while work goes on: a bar on a terminal, plain lines elsewhere; on stderr."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

Note = Callable[[str], None]


@contextmanager
def step(label: str) -> Generator[Note]:
    """Show one step of the work; what it yields tells how far it is."""
    console = Console(stderr=True)
    began = time.monotonic()
    if console.is_terminal:
        with _bar(console) as bar:
            task = bar.add_task(label, total=None)
            yield lambda note: bar.update(task, description=f"{label}: {note}")
    else:
        yield lambda note: _line(console, f"  {note}")
    _line(console, f"{label}: {time.monotonic() - began:.1f} s")


def _line(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def _bar(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
