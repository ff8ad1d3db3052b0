"""What a destination is: rows go in, and a word about each of them comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from serving.timing import Timing

Value = str | int | float | bool | None
"""A value of a field; None empties the field there."""

Op = Literal["set", "clear"]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One customer as a destination knows them: their key there, and absolute values.

    A row that clears carries what the fields shall hold when there is no score.
    """

    key: str
    op: Op
    values: Mapping[str, Value]


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Rows that go out together, no key twice. A batch that is sent again keeps its id."""

    batch_id: str
    run_id: str
    rows: Sequence[Row]


@dataclass(frozen=True)
class Acknowledged:
    """The destination holds the row."""


@dataclass(frozen=True)
class Rejected:
    """The destination refused the row and would refuse it again: its own code and words."""

    code: str
    message: str


Outcome = Acknowledged | Rejected
Outcomes = Mapping[str, Outcome]
"""What became of each row, by its key; of a key that is missing nothing is known."""


class Memo(Protocol):
    """What is remembered of one batch across a kill, such as the number of a vendor's job."""

    def read(self) -> Mapping[str, str]:
        """What was noted last; empty for a batch that was never begun."""
        ...

    def write(self, notes: Mapping[str, str]) -> None:
        """Replace the notes; they are on disk when this returns."""
        ...


class Pacer(Protocol):
    """Keeps calls within what a vendor allows; every call to the network asks it before."""

    def before_call(self) -> None:
        """Wait until one more call is allowed."""
        ...

    def after_call(self) -> None:
        """The call has been answered, or was given up."""
        ...

    def allow(self, calls: int, seconds: float) -> None:
        """The vendor says that so many calls are allowed in any span of so many seconds."""
        ...


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What a destination works with.

    `folder` is the workspace's, from which paths are told. Only with `loopback` may a destination
    speak plain http, and then to this machine alone: for rehearsals and tests.
    """

    pacer: Pacer
    timing: Timing
    folder: Path
    loopback: bool = False


class Destination(Protocol):
    """Where scores go. It remembers nothing itself: what it must remember goes into the memo.

    `send` may be called again with the same batch and memo after any failure, in another process
    too; it then goes on from the memo. What it raises is a `Trouble` and says what to do next.
    """

    rows_a_batch: int
    """The most rows that `send` takes."""

    bytes_a_batch: int | None
    """The most bytes of rows by `weight`, where there is such a limit."""

    def weight(self, row: Row) -> int:
        """How many bytes a row takes; 0 where nothing depends on it."""
        ...

    def calls(self, batch: Batch) -> Sequence[str]:
        """The calls that sending would make, for a person to read; without secrets."""
        ...

    def handed_over(self, notes: Mapping[str, str]) -> bool:
        """Whether the rows of a batch lie with the vendor, by its notes: only an answer is due.

        Such a batch is not formed anew when a customer is suppressed meanwhile; they are cleared
        once it has ended. Where sending is one call this is never so.
        """
        ...

    def send(self, batch: Batch, memo: Memo) -> Outcomes:
        """Write absolute values by upsert on the external key."""
        ...

    def close(self) -> None:
        """Give connections back."""
        ...


@dataclass
class Notes:
    """A memo that a process keeps for itself: for rehearsals and tests."""

    kept: dict[str, str] = field(default_factory=dict[str, str])

    def read(self) -> Mapping[str, str]:
        """What was noted last."""
        return dict(self.kept)

    def write(self, notes: Mapping[str, str]) -> None:
        """Replace the notes."""
        self.kept = dict(notes)
