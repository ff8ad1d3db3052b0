"""Effects within groups: intervals that hold for all groups together, and effects drawn together.

The more groups one looks at, the more of them stand out by chance. So intervals are widened for
their number (Bonferroni), and each effect is also told as drawn towards the effect on everyone, by
as much as its own noise outweighs how the groups really differ (DerSimonian and Laird 1986).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.logit import Floats
from models.uplift.effects import Matured, mean_of, quantile
from models.uplift.power import SURE

ARM_LEAST = 20
"""Groups with fewer in one of the arms are told together, as too few."""

TOO_FEW = ""
"""The name of groups that are too small to be told apart."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A group, and by how much more of its treated stayed; nothing of groups that are too few.

    `low` and `high` hold for all groups at once; `pooled` is the effect drawn towards the others'.
    """

    by: str
    name: str
    treated: int
    control: int
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    pooled: float | None = None


Group = tuple[Cell, NDArray[np.bool_]]


def cells(told: Matured, groups: Mapping[str, Sequence[str | None]]) -> list[Cell]:
    """Every group of every way to group, the largest first; who is in none has None."""
    found = [list(_counted(told, by, names)) for by, names in groups.items()]
    number = sum(cell.name != TOO_FEW for some in found for cell, _ in some)
    return [one for some in found for one in _measured(told, some, number)]


def _counted(told: Matured, by: str, names: Sequence[str | None]) -> Iterator[Group]:
    """Groups with their draws; those too small together at the end."""
    known = np.array([one or TOO_FEW for one in names], dtype=str)
    few = np.zeros(len(known), dtype=bool)
    distinct, sizes = np.unique(known[known != TOO_FEW], return_counts=True)
    for name in distinct[np.argsort(-sizes, kind="stable")]:
        own = known == name
        group = _cell(told, by, str(name), own)
        if min(group.treated, group.control) < ARM_LEAST:
            few |= own
        else:
            yield group, own
    if few.any():
        yield _cell(told, by, TOO_FEW, few), few


def _cell(told: Matured, by: str, name: str, own: NDArray[np.bool_]) -> Cell:
    treated = int(told.treated[own].sum())
    return Cell(by=by, name=name, treated=treated, control=int(own.sum()) - treated)


def _measured(told: Matured, some: Sequence[Group], number: int) -> Iterator[Cell]:
    """The groups of one way to group, `number` being that of all."""
    apart = [(cell, own) for cell, own in some if cell.name != TOO_FEW]
    found = [mean_of(told, own) for _, own in apart]
    means = np.array([one.value for one in found])
    errors = np.array([one.deviation for one in found]) / np.sqrt([own.sum() for _, own in apart])
    pooled = together(means, errors)
    for at, (cell, _) in enumerate(apart):
        half = quantile(1 - (1 - SURE) / number, found[at].freedom) * errors[at]
        low, high = float(means[at] - half), float(means[at] + half)
        told_of = {"difference": float(means[at]), "low": low, "high": high}
        yield replace(cell, **told_of, pooled=float(pooled[at]))
    yield from (cell for cell, _ in some if cell.name == TOO_FEW)


def together(means: Floats, errors: Floats) -> Floats:
    """Means drawn towards their own mean, by as much as noise explains that they differ.

    >>> together(np.array([0.0, 0.1]), np.array([0.1, 0.1])).round(2).tolist()
    [0.05, 0.05]
    >>> together(np.array([0.0, 1.0]), np.array([0.01, 0.01])).round(2).tolist()
    [0.0, 1.0]
    """
    if not (len(errors) and errors.all()):
        return means
    weight = errors**-2.0
    middle = weight @ means / weight.sum()
    beyond = weight @ (means - middle) ** 2 - (len(means) - 1)
    room = weight.sum() - (weight @ weight) / weight.sum()
    between = max(0.0, beyond / room) if room > 0 else 0.0
    if between:
        weight = 1 / (errors**2 + between)
        middle = weight @ means / weight.sum()
    kept = between / (between + errors**2)
    return middle + kept * (means - middle)
