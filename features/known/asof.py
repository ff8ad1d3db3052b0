"""As of: what the rows of one table had told by each cutoff, for all customers and cutoffs at once.

Most features are differences of running totals looked up at two instants, so one cumulative pass
over a sorted trace serves every cutoff and window. Totals are integers: neither older history, nor
order, nor the crowd can move a last digit.
"""

from collections.abc import Callable, Hashable, Iterable
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from features.clock import MICROSECONDS_PER_DAY
from features.known.trace import Flags, Ints, Trace

Floats = npt.NDArray[np.float64]
PerRow = Callable[[], Ints | Flags]


class AsOf:
    """The rows of a trace as of some cutoffs, in microseconds.

    `cutoffs` are ascending and the same for all customers, of shape (cutoffs, 1), or one for each,
    of shape (1, customers). Methods that look back return arrays of shape (cutoffs, customers);
    what is said of rows has one entry a row of the trace. Everything is computed once: a quantity
    is kept under its name.
    """

    def __init__(self, trace: Trace, cutoffs: Ints, lookbacks_days: Iterable[int] = ()) -> None:
        self.trace = trace
        self.cutoffs = cutoffs
        spans = np.array(sorted({0, *lookbacks_days}), dtype=np.int64)
        self._instants, lookups = _instants(cutoffs, spans * MICROSECONDS_PER_DAY)
        self._lookups = {int(days): lookups[row] for row, days in enumerate(spans)}
        self._kept: dict[Hashable, Any] = {}

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of cutoffs and of customers."""
        return len(self.cutoffs), len(self.trace.customers)

    def of_rows(self, told: Ints, number: int) -> Ints:
        """What is told of one cutoff by number, shaped as `cutoffs` are, for each row's customer.

        What is the same for all customers stands there once.
        """
        return told[number] if told.shape[1] == 1 else told[number][self.customer]

    def reached(self, rows: Ints) -> Ints:
        """How many of their customer's cutoffs had come when some rows happened."""
        if self.cutoffs.shape[1] == 1:
            return np.searchsorted(self.cutoffs[:, 0], self.at[rows], side="right")
        own = self.cutoffs[0, self.customer[rows]]
        return (own <= self.at[rows]).astype(np.int64)

    @property
    def columns(self) -> dict[str, Ints]:
        """The columns of the trace, one entry a row."""
        return self.trace.columns

    @cached_property
    def at(self) -> Ints:
        """When each row happened, in microseconds UTC."""
        return self.trace.packing.unpack(self.trace.key)

    @cached_property
    def customer(self) -> Ints:
        """Position of each row's customer."""
        sizes = self.trace.ends - self.trace.starts
        return np.repeat(np.arange(len(sizes)), sizes)

    @cached_property
    def position(self) -> Ints:
        """The row after the last one before each cutoff; the customer's first row if none is."""
        return self.position_before(0)

    def position_before(self, days: int) -> Ints:
        """The row after the last one before `[cutoff - days, cutoff)`."""
        return self._rows[self._lookups[days]]

    def kept(self, name: Hashable, compute: Callable[[], Any]) -> Any:  # noqa: ANN401
        """What was computed under a name before, or is now; an array cannot be written."""
        if name not in self._kept:
            found = self._kept[name] = compute()
            if isinstance(found, np.ndarray):
                found.flags.writeable = False
        return self._kept[name]

    def sum_of(self, name: Hashable, per_row: PerRow, days: int | None = None) -> Ints:
        """Sum of a quantity over the rows of the window, or of all history."""
        totals = self.kept(("totals", name), lambda: self._looked_up(per_row()))
        now = totals[self._lookups[0]]
        return now if days is None else now - totals[self._lookups[days]]

    def number_of(self, rows: Ints, name: Hashable, days: int | None = None) -> Ints:
        """How many of some rows (ascending) lie in the window, or in all history."""
        return self.sum_of(("number", name), lambda: self._flags(rows), days)

    def last_of(self, rows: Ints, name: Hashable, nth: int = 1) -> Ints:
        """The nth last of some rows (ascending) before each cutoff; -1 where there are fewer."""
        running = self.kept(("running", name), lambda: _running(self._flags(rows)))
        at = running[self.position] - nth
        return picked(rows, at, valid=at >= running[self.trace.starts])

    def first_of(self, rows: Ints) -> Ints:
        """The first of some rows (ascending) before each cutoff; -1 where there is none."""
        at = np.searchsorted(rows, self.trace.starts)
        first = picked(rows, at, valid=at < len(rows))
        seen = (first >= self.trace.starts) & (first < self.position)
        return np.where(seen, first, -1)

    def taken(self, per_row: npt.NDArray[Any], row: Ints, empty: float) -> npt.NDArray[Any]:
        """A quantity at some rows, as `last_of` gives them; `empty` where there is no row."""
        if not len(per_row):
            return np.full(row.shape, empty, dtype=per_row.dtype)
        return np.where(row >= 0, per_row[np.maximum(row, 0)], per_row.dtype.type(empty))

    def days_since(self, row: Ints) -> Floats:
        """Days, with fraction, from some rows to the cutoffs; NaN where there is no row."""
        if not len(self.trace.key):
            return np.full(row.shape, np.nan)
        at = self.at[np.maximum(row, 0)]
        return np.where(row >= 0, (self.cutoffs - at) / MICROSECONDS_PER_DAY, np.nan)

    @cached_property
    def _rows(self) -> Ints:
        """For each instant and customer, the row after their last one before the instant."""
        packing = self.trace.packing
        high = self.trace.code << np.uint64(packing.bits)
        needles = high[:, None] | packing.pack(self._instants.T)
        rows = np.searchsorted(self.trace.key, needles.ravel()).reshape(needles.shape)
        return np.ascontiguousarray(rows.T)

    def _looked_up(self, per_row: Ints | Flags) -> Ints:
        """Running totals at each instant and customer, counted from the customer's first row."""
        running = _running(per_row)
        return running[self._rows] - running[self.trace.starts]

    def _flags(self, rows: Ints) -> Flags:
        flags = np.zeros(len(self.trace.key), dtype=np.bool_)
        flags[rows] = True
        return flags


def looked_up(table: npt.NDArray[Any], row: Ints) -> npt.NDArray[Any]:
    """Values of a table with one column a customer, at rows shaped as cutoffs are."""
    if row.shape[1] == 1:
        return table[row[:, 0]]
    return table[row[0], np.arange(table.shape[1])][None, :]


def ratio(above: Ints | Floats, below: Ints | Floats) -> Floats:
    """One divided by the other; NaN where the other is not positive."""
    out = np.full(np.broadcast(above, below).shape, np.nan)
    np.divide(above, below, out=out, where=below > 0)
    return out


def _instants(cutoffs: Ints, spans: Ints) -> tuple[Ints, Ints]:
    """The instants that lie some spans before the cutoffs, and where each of them stands.

    Instants that several cutoffs share are looked up once.
    """
    if cutoffs.shape[1] == 1:
        instants, inverse = np.unique(cutoffs[:, 0] - spans[:, None], return_inverse=True)
        return instants[:, None], inverse.reshape(len(spans), -1)
    return cutoffs - spans[:, None], np.arange(len(spans))[:, None]


def _running(per_row: Ints | Flags) -> Ints:
    running = np.zeros(len(per_row) + 1, dtype=np.int64)
    np.cumsum(per_row, out=running[1:])
    return running


def picked(rows: Ints, at: Ints, *, valid: Flags) -> Ints:
    """Some of the rows by their number; -1 where that is not valid."""
    if not len(rows):
        return np.full(at.shape, -1, dtype=np.int64)
    return np.where(valid, rows[np.clip(at, 0, len(rows) - 1)], -1)
