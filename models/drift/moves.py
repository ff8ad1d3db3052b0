"""How far one column is from what it was, and how far it goes by itself."""

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from models.drift.noise import (
    chance_instability,
    instability,
    movement,
    places,
    surprising,
    usual,
)
from models.drift.shape import Shape, size_of
from models.drift.trend import Tonight, beyond, carried_on
from models.logit import Floats

SHIFT_LEAST = 0.02**2
INDEX_LEAST = 0.001
MISSING_LEAST = 0.005**2
SIZE_LEAST = 0.02**2
"""Variances from cutoff to cutoff that every column is believed to have."""

SHIFT_UNKNOWN = 0.05**2
"""What the means of columns vary where a single cutoff tells nothing of that."""

MEDIAN_ERROR = 1.2533
"""Standard errors of a mean in one of a median, of normal values."""


@dataclass(frozen=True, kw_only=True)
class Distance:
    """How far it is from what it was, and how far chance and its own movement reach."""

    measured: float
    by_itself: float

    def passes(self, least: float) -> bool:
        """Whether it is far enough to matter, and further than it goes by itself."""
        return abs(self.measured) >= self.needed(least)

    def needed(self, least: float) -> float:
        """What it takes."""
        return max(least, self.by_itself)


@dataclass(frozen=True, kw_only=True)
class Moves:
    """What a shape tells of its own movement: squared distances of each cutoff from the others.

    What sampling explains is taken off. Nothing where there is a single cutoff.
    """

    shape: Shape

    @cached_property
    def shifts(self) -> Floats:
        """Of the mean place, in variances."""
        rows = self._known.sum(axis=1)
        return _spread(self.means[rows > 0], 1 / rows[rows > 0])

    @cached_property
    def means(self) -> Floats:
        """The mean place at each cutoff; NaN where nobody has one."""
        counts = self._known
        with np.errstate(invalid="ignore"):
            return counts @ self.scores / counts.sum(axis=1)

    @cached_property
    def missing_shares(self) -> Floats:
        """The share that is missing at each cutoff; NaN where nobody is."""
        counts = self.shape.by_cutoff
        with np.errstate(invalid="ignore"):
            return counts[:, -1] / counts.sum(axis=1)

    @cached_property
    def indices(self) -> Floats:
        """Of the stability index of each cutoff against all others."""
        counts = self.shape.by_cutoff
        if len(counts) < 2:  # noqa: PLR2004
            return np.empty(0)
        total = counts.sum(axis=0)
        return np.array(
            [
                instability(one, total - one) - chance_instability(one, total - one, 1)[0]
                for one in counts
            ]
        )

    @cached_property
    def missing(self) -> Floats:
        """Of the share that is missing."""
        rows = self.shape.by_cutoff.sum(axis=1)
        share = self._missing_share
        return _spread(self.missing_shares[rows > 0], share * (1 - share) / rows[rows > 0])

    @cached_property
    def sizes(self) -> Floats:
        """Of the median of logarithms."""
        told = np.array([one for one in self.shape.sizes if one is not None])
        each = max(self.shape.sized / max(len(told), 1), 1)
        return _spread(told, np.full(len(told), self._size_error / each))

    @cached_property
    def scores(self) -> Floats:
        """The place of each group of known values."""
        return places(self._known.sum(axis=0))

    @property
    def _known(self) -> Floats:
        return self.shape.by_cutoff[:, :-1]

    @property
    def _missing_share(self) -> float:
        total = self.shape.by_cutoff.sum(axis=0)
        return float((total[-1] + 1) / (total.sum() + 2))

    @property
    def _size_error(self) -> float:
        return float((MEDIAN_ERROR * self.shape.size_spread) ** 2)


@dataclass(frozen=True, kw_only=True)
class Usual:
    """The variance from cutoff to cutoff of most columns, and how many columns are looked at."""

    shift: float
    index: float
    missing: float
    size: float
    tests: int

    @classmethod
    def of(cls, columns: list[Moves]) -> "Usual":
        """Those of some columns together."""
        told = [one for one in columns if len(one.shape.counts) > 1]
        return cls(
            shift=usual([m.shifts for m in told], SHIFT_LEAST) if told else SHIFT_UNKNOWN,
            index=usual([m.indices for m in told], INDEX_LEAST) if told else SHIFT_UNKNOWN,
            missing=usual([m.missing for m in told], MISSING_LEAST),
            size=usual([m.sizes for m in told], SIZE_LEAST) if told else SHIFT_UNKNOWN,
            tests=max(len(columns), 1),
        )


@dataclass(frozen=True, kw_only=True)
class Look:
    """One column tonight beside its shape."""

    moves: Moves
    values: Floats
    usual: Usual
    tonight: Tonight = field(default_factory=Tonight)

    @cached_property
    def now(self) -> Floats:
        """How many rows lie in each group, the missing ones last."""
        return self.moves.shape.grouped(self.values)

    @cached_property
    def before(self) -> Floats:
        """The same at all cutoffs together."""
        return self.moves.shape.by_cutoff.sum(axis=0)

    @cached_property
    def shift(self) -> Distance | None:
        """How far the mean place has moved, in standard deviations; none where nobody has one."""
        rows, rows_before = self.now[:-1].sum(), self.before[:-1].sum()
        if not rows or not rows_before or self.moves.shape.is_category:
            return None
        # What is small or rare may well have the deviation of tonight, not of before.
        mean = self._mean
        among = float(self.now[:-1] @ self.moves.scores**2 / rows) - mean**2
        error = max(among, 1.0) / rows + 1 / rows_before
        left = beyond(mean, self._expected_mean)
        return self._distance(left, self.moves.shifts, self.usual.shift, SHIFT_LEAST, error)

    @cached_property
    def index(self) -> Distance:
        """The population stability index."""
        tests = self.usual.tests
        _, by_chance = chance_instability(self.now, self.before, tests)
        moved, freedom = movement(self.moves.indices, usual=self.usual.index, least=INDEX_LEAST)
        return Distance(
            measured=max(instability(self.now, self.before) - self._explained, 0.0),
            by_itself=float(by_chance + moved * surprising(freedom, tests) ** 2),
        )

    @cached_property
    def missing(self) -> Distance:
        """By how much the share that is missing has grown."""
        rows, rows_before = self.now.sum(), self.before.sum()
        both = float((self.now[-1] + self.before[-1] + 1) / (rows + rows_before + 2))
        error = both * (1 - both) * (1 / max(rows, 1) + 1 / max(rows_before, 1))
        left = beyond(self._grown, self._expected_missing)
        return self._distance(left, self.moves.missing, self.usual.missing, MISSING_LEAST, error)

    @cached_property
    def size(self) -> Distance | None:
        """By how many powers of ten values that are not zero are larger; none where few are."""
        shape = self.moves.shape
        now = size_of(self.values[np.isfinite(self.values)])
        told = [one for one in shape.sizes if one is not None]
        if (
            shape.is_category
            or shape.name in self.tonight.spans
            or not told
            or min(len(now), shape.sized) < SIZED_LEAST
        ):
            return None
        error = (MEDIAN_ERROR * shape.size_spread) ** 2 * (1 / len(now) + 1 / shape.sized)
        grown = float(np.median(now) - np.median(told))
        return self._distance(grown, self.moves.sizes, self.usual.size, SIZE_LEAST, error)

    @property
    def _mean(self) -> float:
        return float(self.now[:-1] @ self.moves.scores / max(self.now[:-1].sum(), 1))

    @property
    def _grown(self) -> float:
        now, before = (one[-1] / max(one.sum(), 1) for one in (self.now, self.before))
        return float(now - before)

    @property
    def _expected_mean(self) -> float:
        return self._carried_on(self.moves.means)

    @property
    def _expected_missing(self) -> float:
        return self._carried_on(self.moves.missing_shares)

    @property
    def _explained(self) -> float:
        """What of the stability index a trend of the mean and of what is missing explains.

        A shift of normal values has its square as index.
        """
        shifted = self._mean - beyond(self._mean, self._expected_mean)
        share = self.before[-1] / max(self.before.sum(), 1)
        grown = share + self._grown - beyond(self._grown, self._expected_missing)
        rows = np.array([[grown, 1 - grown], [share, 1 - share]]) * self.before.sum()
        return shifted**2 + instability(*rows)

    def _carried_on(self, told: Floats) -> float:
        return carried_on(told[: self.tonight.cutoffs], self.tonight.ahead)

    def _distance(
        self, measured: float, found: Floats, usual: float, least: float, error: float
    ) -> Distance:
        moved, freedom = movement(found, usual=usual, least=least)
        total = moved * (1 + 1 / max(len(found), 1)) + error
        reach = surprising(freedom, self.usual.tests) * math.sqrt(total)
        return Distance(measured=measured, by_itself=reach)


SIZED_LEAST = 20
"""Of fewer values that are not zero no unit is told."""


def _spread(told: Floats, errors: Floats) -> Floats:
    """Squared distances from the mean, without what sampling explains; none of a single one."""
    if len(told) < 2:  # noqa: PLR2004
        return np.empty(0)
    return (told - told.mean()) ** 2 * len(told) / (len(told) - 1) - errors
