"""What a person reads after a rehearsal: what each stand-in holds and refused, and the books."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.text import Text

from features.errors import JejakError
from pipelines.delivery.delivered import (
    console_here,
    counted,
    of_customer,
    show_accounts,
    show_end,
    show_stopped,
)
from pipelines.terminal.printable import one_line
from serving.rehearsal.rehearsing import Rehearsal


def show_rehearsals(
    rehearsals: Sequence[Rehearsal],
    failed: Mapping[str, JejakError],
    left_out: int,
    seconds: float,
) -> None:
    """Print the books of a rehearsal, what each stand-in holds, and what it refused."""
    console, books = console_here(), [one.books for one in rehearsals]
    if not books and not failed:
        console.print("There is nothing to rehearse: no destination, or nothing published.")
        return
    for one in rehearsals:
        _show_rehearsal(console, one)
    show_accounts(console, books)
    show_stopped(console, books, failed)
    if left_out:
        console.print(f"Rehearsed with those most at risk; {left_out:,} more were left out.")
    show_end(console, books, failed, seconds)
    console.print("This was a rehearsal on this machine: nothing left it, nothing was kept.")


def _show_rehearsal(console: Console, one: Rehearsal) -> None:
    console.print(Text(f"{one.books.destination} ({one.kind})", style="bold"))
    if one.books.complete and not one.rows:
        console.print("  nothing would be sent: all is as it was last acknowledged")
        return
    console.print(f"  holds {one.holds:,} customers{'; for example' if one.samples else ''}")
    for key, values in one.samples.items():
        console.print(f"    {of_customer(key, values)}")
    for said, times in one.calls.items():
        console.print(f"  {counted(times, said)}", style="dim")
    for code, message, rows in one.refused:
        words = one_line(f"{rows:,} refused, {code}: {message}")
        console.print(Text(f"  {words}", style="yellow"))
    if one.seconds >= 1:
        console.print(f"  waited {one.seconds:,.0f} s for the vendor, on a made-up clock")
