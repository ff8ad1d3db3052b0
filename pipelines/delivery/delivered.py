"""What a person reads after a delivery: the books of each destination, and what is left to do."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from rich.console import Console
from rich.table import Table
from rich.text import Text

from features.errors import JejakError
from pipelines.terminal.printable import one_line
from serving.delivery.books import Books
from serving.delivery.preview import Preview
from serving.destinations.destination import Value

LINES = (
    "scored",
    "unchanged",
    "planned",
    "clears",
    "acknowledged",
    "rejected",
    "suppressed",
    "superseded",
    "pending",
    "calls",
)
ACROSS = 4
"""So many destinations stand beside each other in a window of 80 columns."""

ROWS_SHOWN = 20
CALLS_SHOWN = 5
NONE_SET_UP = "No destination is set up: describe one under [[destinations]] (docs/delivery.md)."
NONE_PUBLISHED = "Nothing is published yet: run jejak score first."


def show_books(books: Sequence[Books], failed: Mapping[str, JejakError], seconds: float) -> None:
    """Print a column a destination; those that are not complete say why and what to do."""
    console = console_here()
    if not books and not failed:
        console.print(NONE_SET_UP)
        return
    if not any(one.run_id for one in books) and not failed:
        console.print(NONE_PUBLISHED)
        return
    show_accounts(console, books)
    show_stopped(console, books, failed)
    show_end(console, books, failed, seconds)


def show_preview(
    previews: Sequence[Preview], failed: Mapping[str, JejakError], seconds: float
) -> None:
    """Print the rows and calls of a delivery that was not made."""
    console = console_here()
    if not previews and not failed:
        console.print(NONE_SET_UP)
        return
    if not any(one.run_id for one in previews) and not failed:
        console.print(NONE_PUBLISHED)
        return
    for one in previews:
        told = one.facts()
        console.print(Text(one.destination, style="bold"))
        console.print(
            f"  scored {one.scored:,}, unchanged {one.unchanged:,}, suppressed "
            f"{one.suppressed:,}; would set {told['set']:,} and clear {told['clear']:,} "
            f"in {len(one.calls):,} calls"
        )
        for fault, count in one.refused.items():
            console.print(f"  {count:,} would be refused: {fault}")
        for row in one.rows[:ROWS_SHOWN]:
            console.print(f"  {row.op} {of_customer(row.key, row.values)}")
        _rest(console, len(one.rows) - ROWS_SHOWN, "rows")
        _show_calls(console, one.calls)
    show_stopped(console, (), failed)
    console.print(f"Nothing was sent. ({seconds:.1f} s)")


def show_accounts(console: Console, books: Sequence[Books]) -> None:
    """The books as accounts: a line for each state, a column for each destination."""
    for run_id in dict.fromkeys(one.run_id for one in books):
        console.print(f"The books of run {run_id}", style="dim")
    for start in range(0, len(books), ACROSS):
        some = books[start : start + ACROSS]
        table = Table(box=None, pad_edge=False, header_style="dim")
        table.add_column("")
        for one in some:
            table.add_column(one.destination, justify="right", overflow="fold")
        for name in LINES:
            label = "of these clears" if name == "clears" else name
            table.add_row(label, *(f"{getattr(one, name):,}" for one in some))
        console.print(table)


def show_stopped(
    console: Console, books: Sequence[Books], failed: Mapping[str, JejakError]
) -> None:
    """What is amiss at each destination, and how to mend it."""
    for one in books:
        if one.rejected:
            words = f"{one.destination}: {one.rejected:,} rows were rejected; the table rejects"
            console.print(Text(f"{words} of the store says why.", "yellow"))
        if one.stopped:
            until = f", until {one.resumes_at:%Y-%m-%d %H:%M} UTC" if one.resumes_at else ""
            console.print(Text(one_line(f"{one.destination}: {one.stopped}{until}."), "yellow"))
            if one.mend:
                console.print(f"  {one_line(one.mend)}")
    for name, error in failed.items():
        console.print(Text(one_line(f"{name}: {error.what}"), "red"))
        for said in filter(None, (error.where, error.mend)):
            console.print(f"  {one_line(said)}")


def show_end(
    console: Console, books: Sequence[Books], failed: Mapping[str, JejakError], seconds: float
) -> None:
    """How many destinations hold what readers see."""
    done, count = sum(one.complete for one in books), len(books) + len(failed)
    console.print(f"{done} of {count} complete in {seconds:.1f} s")


def _show_calls(console: Console, calls: Sequence[str]) -> None:
    """Calls as they are made, equal ones in a row as one line."""
    told = [(call, len([*same])) for call, same in groupby(calls)]
    for call, times in told[:CALLS_SHOWN]:
        console.print(f"  {counted(times, call)}", style="dim")
    _rest(console, sum(times for _, times in told[CALLS_SHOWN:]), "calls")


def counted(times: int, call: str) -> str:
    """A call, and how often it is made if that is more than once."""
    return one_line(f"{times:,} × {call}" if times > 1 else call)


def of_customer(key: str, values: Mapping[str, Value]) -> str:
    """A customer's key and what stands in each field, on one line."""
    told = (f"{name}={'(empty)' if value is None else value}" for name, value in values.items())
    return one_line(f"{key}: {', '.join(told)}")


def _rest(console: Console, count: int, of_what: str) -> None:
    if count > 0:
        console.print(f"  ... and {count:,} more {of_what}")


def console_here() -> Console:
    """Standard output, whose lines are not cut."""
    return Console(highlight=False, markup=False, soft_wrap=True)
