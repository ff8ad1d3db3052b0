"""How one column was spread at each of some cutoffs, in counts small enough to be kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.rare import CUSTOMERS_LEAST
from models.answers.model import tuples
from models.logit import Floats

SHARES = tuple(tenth / 10 for tenth in range(1, 10))
"""The quantiles at which the values of a column are cut."""

SIZES_DIGITS = 6

SHARES_UNLIKE_ZERO = (0.25, 0.5, 0.75)
"""Those of the values that are not zero: where most are, they would be one group."""

Counts = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What one column held at each of some cutoffs.

    Groups of values end at `edges`, which lie between values that customers had; what is above the
    last is a group of its own. Of a category `edges` are the values that were seen, and the last
    group is every other. `counts` has a row a cutoff and a column a group, `missing` a number a
    cutoff. `sizes` are medians of the base-10 logarithm of absolute values that are
    not zero, `size_spread` is their standard deviation, and `sized` how many there are. Of fewer
    than `CUSTOMERS_LEAST` values only their number is kept: a mean of one is a customer's own.
    """

    name: str
    edges: tuple[float, ...]
    counts: tuple[tuple[int, ...], ...]
    missing: tuple[int, ...]
    means: tuple[float | None, ...]
    sizes: tuple[float | None, ...] = ()
    size_spread: float = 0.0
    sized: int = 0
    is_category: bool = False

    @classmethod
    def of(cls, name: str, spans: Sequence[Floats], *, is_category: bool = False) -> "Shape":
        """The shape of a column whose values at each cutoff are given; NaN is missing."""
        known = [_known(values) for values in spans]
        is_told = any(len(values) >= CUSTOMERS_LEAST for values in known)
        edges = _edges(np.concatenate(known), is_category=is_category) if is_told else ()
        unlike_zero = [] if is_category else [size_of(values) for values in known]
        together = np.concatenate([np.empty(0), *unlike_zero])
        return cls(
            name=name,
            edges=edges,
            counts=tuple(
                tuple(grouped(values, edges, is_category=is_category).astype(int).tolist())
                for values in known
            ),
            missing=tuple(len(v) - len(k) for v, k in zip(spans, known, strict=True)),
            means=tuple(_summed(values, np.mean) for values in known),
            sizes=tuple(_summed(values, _middle) for values in unlike_zero),
            size_spread=round(float(together.std()), SIZES_DIGITS) if len(together) else 0.0,
            sized=len(together),
            is_category=is_category,
        )

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Shape":
        """The shape that `as_json` gave."""
        return cls(**tuples(kept))

    def as_json(self) -> dict[str, Any]:
        """Itself as JSON."""
        return asdict(self)

    @property
    def by_cutoff(self) -> Counts:
        """Rows by cutoff and group, those without a value as the last group."""
        return np.column_stack([np.array(self.counts, float), np.array(self.missing, float)])

    def grouped(self, values: Floats) -> Counts:
        """How many of other values lie in each group, those that are missing last."""
        known = _known(values)
        groups = grouped(known, self.edges, is_category=self.is_category)
        return np.append(groups, len(values) - len(known))


def grouped(known: Floats, edges: Sequence[float], *, is_category: bool) -> Counts:
    """How many values lie in each group.

    >>> grouped(np.array([1.0, 2.0, 2.5, 9.0]), [1.0, 2.0], is_category=False).tolist()
    [1.0, 1.0, 2.0]
    >>> grouped(np.array([1.0, 2.0, 2.5, 9.0]), [1.0, 2.0], is_category=True).tolist()
    [1.0, 1.0, 2.0]
    """
    places = np.searchsorted(np.asarray(edges), known, side="left")
    if is_category:
        at = np.minimum(places, max(len(edges) - 1, 0))
        is_seen = np.asarray(edges)[at] == known if edges else np.zeros(len(known), bool)
        places = np.where(is_seen, places, len(edges))
    return np.bincount(places, minlength=len(edges) + 1).astype(float)


def size_of(known: Floats) -> Floats:
    """The base-10 logarithms of how far values are from zero, of those that are not zero."""
    away = np.abs(known)
    return np.log10(away[away > 0])


def _known(values: Floats) -> Floats:
    return values[np.isfinite(values)]


def _edges(known: Floats, *, is_category: bool) -> tuple[float, ...]:
    if not len(known):
        return ()
    if is_category:
        return tuple(np.unique(known).tolist())
    unlike_zero = known[known != 0]
    cuts = [np.quantile(known, SHARES, method="lower")]
    if len(unlike_zero):
        cuts.append(np.quantile(unlike_zero, SHARES_UNLIKE_ZERO, method="lower"))
    edges = np.unique(np.concatenate(cuts))
    inner = [edge for edge in edges if edge < known.max()]
    # What was the same for everyone needs a border on either side to be seen to change.
    kept = [_above(edge, known) for edge in inner] or [np.nextafter(edges[0], -np.inf), edges[0]]
    return tuple(map(float, kept))


def _above(edge: float, known: Floats) -> float:
    """Halfway to the next value, so that groups are the same and no customer's value is told."""
    after = known[known > edge].min()
    return float(np.clip(edge / 2 + after / 2, edge, np.nextafter(after, -np.inf)))


def _summed(values: Floats, by: Callable[[Floats], Any]) -> float | None:
    return float(by(values)) if len(values) >= CUSTOMERS_LEAST else None


def _middle(values: Floats) -> float:
    return round(float(np.median(values)), SIZES_DIGITS)
