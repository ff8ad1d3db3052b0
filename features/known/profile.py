"""Who a customer is as of a cutoff: attributes as sources had told them by then."""

import numpy as np

from features.clock import MICROSECONDS_PER_DAY
from features.known.asof import AsOf, Floats
from features.known.compact import NOBODY, UNTOLD
from features.known.needs import Attribute
from features.known.trace import Flags, Ints
from features.measures import SCALE


class Profile(AsOf):
    """Versions of customers by when they hold.

    A source's newer version replaces its older one whole; where two sources tell one attribute,
    the version that is valid from later wins.
    """

    def number(self, name: str) -> Floats:
        """An attribute that is a number; NaN where nothing is told."""
        value = self._value(name, UNTOLD)
        return np.where(value == UNTOLD, np.nan, value / SCALE)

    def category(self, name: str) -> Ints:
        """The number of the attribute's value; `NOBODY` where nothing is told."""
        return self._value(name, NOBODY)

    def days_from(self, name: str) -> Floats:
        """Days from an attribute that is an instant to the cutoff; NaN where none is told."""
        at = self._value(name, UNTOLD)
        return np.where(at == UNTOLD, np.nan, (self.cutoffs - at) / MICROSECONDS_PER_DAY)

    def days_since_change(self, attribute: Attribute) -> Floats:
        """Days since an attribute became another than was told before; NaN if it never did.

        Of versions that hold from one instant, only what they tell together counts.
        """
        name, empty = attribute.name, NOBODY if attribute.kind == "category" else UNTOLD
        rows = self.kept(("changes", name), lambda: self._changes(name, empty))
        return self.days_since(self.last_of(rows, ("changes", name)))

    def _value(self, name: str, empty: int) -> Ints:
        row = np.where(self.position > self.trace.starts, self.position - 1, -1)
        return self.taken(self._after(name, empty), row, empty)

    def _after(self, name: str, empty: int) -> Ints:
        return self.kept(("merged", name), lambda: self._merged(name, empty))

    def _changes(self, name: str, empty: int) -> Ints:
        """The versions after which the attribute is another than it was told last."""
        value, key = self._after(name, empty), self.trace.key
        last_of_instant = np.append(key[1:] != key[:-1], True)[: len(key)]
        rows = np.flatnonzero(last_of_instant & (value != empty))
        before, row = rows[:-1], rows[1:]
        same = self.customer[row] == self.customer[before]
        return row[same & (value[row] != value[before])]

    def _merged(self, name: str, empty: int) -> Ints:
        """The attribute after each version: of the sources' last ones, the latest that tells it."""
        told = self.columns[name]
        value = np.full(len(told), empty, dtype=np.int64)
        since = np.full(len(told), -1, dtype=np.int64)
        for source in np.unique(self.columns["source"]):
            last = self._last_of_source(self.columns["source"] == source)
            says = np.where(last >= 0, told[np.maximum(last, 0)], empty)
            newer = (says != empty) & (last > since)
            value, since = np.where(newer, says, value), np.where(newer, last, since)
        return value

    def _last_of_source(self, own: Flags) -> Ints:
        """For each version, the last one of a source up to it, of the same customer; else -1."""
        rows = np.where(own, np.arange(len(own)), -1)
        last = np.maximum.accumulate(rows)
        return np.where(last >= self.trace.starts[self.customer], last, -1)
