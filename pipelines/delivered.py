"""What a person reads after a delivery: the books of each destination, and what is left to do."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from features.errors import JejakError
from pipelines.printable import one_line
from serving.delivery.books import Books
from serving.delivery.preview import Preview

COLUMNS = ("scored", "unchanged", "planned", "acknowledged", "rejected", "suppressed", "pending")
ROWS_SHOWN = 20
CALLS_SHOWN = 5


def show_books(books: Sequence[Books], failed: Mapping[str, JejakError], seconds: float) -> None:
    """Print one line a destination; those that are not complete say why and what to do."""
    console = _console()
    if not books and not failed:
        console.print("No destination is set up; describe one under [[destinations]].")
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("destination", no_wrap=True)
    for name in (*COLUMNS, "calls"):
        table.add_column(name, justify="right")
    for one in books:
        table.add_row(one.destination, *(f"{getattr(one, name)}" for name in (*COLUMNS, "calls")))
    console.print(table)
    for one in books:
        if one.clears:
            console.print(f"{one.destination}: {one.clears} of those planned were clears.")
        if one.stopped:
            until = f", until {one.resumes_at:%Y-%m-%d %H:%M} UTC" if one.resumes_at else ""
            console.print(Text(one_line(f"{one.destination}: {one.stopped}{until}."), "yellow"))
            console.print(one_line(f"  {one.mend}"))
    for name, error in failed.items():
        console.print(Text(one_line(f"{name}: {error}"), "red"))
    done = sum(one.complete for one in books)
    console.print(f"{done} of {len(books) + len(failed)} complete in {seconds:.1f} s")


def show_preview(previews: Sequence[Preview], seconds: float) -> None:
    """Print the rows and calls of a delivery that was not made."""
    console = _console()
    for one in previews:
        told = one.facts()
        console.print(Text(one.destination, style="bold"))
        console.print(
            f"scored {one.scored}, unchanged {one.unchanged}, suppressed {one.suppressed}; "
            f"would set {told['set']} and clear {told['clear']} in {len(one.calls)} calls"
        )
        for fault, count in one.refused.items():
            console.print(f"  {count} would be refused: {fault}")
        for row in one.rows[:ROWS_SHOWN]:
            values = ", ".join(f"{name}={value}" for name, value in row.values.items())
            console.print(Text(one_line(f"  {row.op} {row.key}: {values}")))
        _rest(console, len(one.rows) - ROWS_SHOWN, "rows")
        for call in one.calls[:CALLS_SHOWN]:
            console.print(Text(one_line(f"  {call}"), style="dim"))
        _rest(console, len(one.calls) - CALLS_SHOWN, "calls")
    console.print(f"Nothing was sent. ({seconds:.1f} s)")


def _rest(console: Console, count: int, of_what: str) -> None:
    if count > 0:
        console.print(f"  ... and {count} more {of_what}")


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True)
