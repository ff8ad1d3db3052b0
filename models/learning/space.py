"""What may be tuned in the boosted trees, and between which bounds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from models.learning.boosting import BoostingParams

Place = Mapping[str, Any]
"""A point of the space: the value of each of its dimensions by the parameter's name."""


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """One parameter and its bounds; a `log` one is searched evenly over its magnitude.

    Values below `none_below` stand for 0: a magnitude has no place for it.
    """

    name: str
    low: float = 0.0
    high: float = 1.0
    kind: Literal["number", "whole", "switch"] = "number"
    log: bool = True
    none_below: float = 0.0


SPACE: tuple[Dimension, ...] = (
    Dimension(name="learning_rate", low=0.01, high=0.1),
    Dimension(name="leaves", low=4, high=64, kind="whole"),
    Dimension(name="rows_per_leaf", low=20, high=400, kind="whole"),
    Dimension(name="hessian_per_leaf", low=1e-5, high=5.0),
    Dimension(name="feature_share", low=0.3, high=1.0, log=False),
    Dimension(name="row_share", low=0.6, high=1.0, log=False),
    Dimension(name="l2", low=0.05, high=20.0, none_below=0.1),
    Dimension(name="l1", low=1e-6, high=1.0, none_below=1e-5),
    Dimension(name="cat_smooth", low=1e-3, high=100.0),
    Dimension(name="cat_l2", low=1e-3, high=10.0),
    Dimension(name="extra_trees", kind="switch"),
)
"""The search space of pytabkit's tuned trees, narrowed towards more shrinkage."""

OF_CATEGORIES = frozenset({"cat_smooth", "cat_l2"})


def free(fixed: Iterable[str], *, categories: bool) -> tuple[Dimension, ...]:
    """The dimensions that are searched: none that is `fixed`.

    Those about categories are searched only where features have some.

    >>> [one.name for one in free(["leaves", "l1"], categories=False)][:2]
    ['learning_rate', 'rows_per_leaf']
    """
    out = {*fixed, *(() if categories else OF_CATEGORIES)}
    return tuple(one for one in SPACE if one.name not in out)


def place_of(params: BoostingParams, space: Iterable[Dimension]) -> Place:
    """Where parameters lie; what is 0 lies at the lower end.

    >>> place_of(BoostingParams(), [one for one in SPACE if one.name in ("leaves", "l1")])
    {'leaves': 7, 'l1': 1e-06}
    """
    values = {one: getattr(params, one.name) for one in space}
    return {
        one.name: value if one.kind == "switch" else max(value, one.low)
        for one, value in values.items()
    }


def params_at(place: Place, preset: BoostingParams) -> BoostingParams:
    """The parameters at a place; what the place does not say stays as it was.

    >>> params_at({"l2": 0.07, "leaves": 9}, BoostingParams()).l2
    0.0
    """
    none_below = {one.name: one.none_below for one in SPACE}
    values = {name: 0.0 if value < none_below[name] else value for name, value in place.items()}
    return replace(preset, **values)
