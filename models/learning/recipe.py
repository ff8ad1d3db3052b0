"""By which settings a model was learned, read back from what it tells of itself."""

from dataclasses import dataclass, fields
from typing import Any

from models.answers.model import Model, tuples
from models.learning.boosting import BoostingParams
from models.transforms.chosen import TransformParams


@dataclass(frozen=True)
class Recipe:
    """Settings of the trees and of the transforms, and whatever else a model's recipe names."""

    boosting: BoostingParams
    transforms: TransformParams
    further: tuple[tuple[str, Any], ...] = ()


def recipe_of(model: Model) -> Recipe:
    """The recipe of a model; what an older one does not name is as it is by default."""
    told = dict(model.recipe)
    boosting = _known(BoostingParams, told.pop("boosting", {}))
    transforms = _known(TransformParams, told.pop("transforms", {}))
    return Recipe(boosting, transforms, tuple(sorted(tuples(told).items())))


def _known(kind: Any, told: dict[str, Any]) -> Any:  # noqa: ANN401
    """Without what this version of jejak does not know."""
    names = {one.name for one in fields(kind)}
    return kind(**{name: value for name, value in tuples(told).items() if name in names})
