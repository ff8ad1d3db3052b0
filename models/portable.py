"""What a model answers, as JSON and booster texts that can be read without this project."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.model import Model
from models.outcomes import OutcomeModel

BOOSTER = "booster.txt"


@dataclass(frozen=True, kw_only=True)
class Portable:
    """Columns that are read, outputs, and the answer: a tree of parts, each by its kind.

    `texts` holds the boosters by the names under which the answer knows them. The kinds are those
    of `serving/portable_model.py`, which reads them.
    """

    columns: tuple[str, ...]
    outputs: tuple[str, ...]
    answer: Mapping[str, Any]
    texts: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        """All but the texts."""
        told = {"columns": list(self.columns), "outputs": list(self.outputs)}
        return {**told, "answer": dict(self.answer)}


def portable(model: Model) -> Portable | None:
    """What a model answers; None where its booster alone says it all."""
    return _outcomes(model) if isinstance(model, OutcomeModel) else None


def _outcomes(model: OutcomeModel) -> Portable:
    raw = {"kind": "booster", "file": BOOSTER}
    answer: dict[str, Any] = {"kind": "floor", "floor": model.floor, "of": raw}
    columns = dict.fromkeys(model.columns)
    if model.mask is not None:
        columns[model.mask.column] = None
        cannot = {str(value): list(classes) for value, classes in model.mask.impossible.items()}
        told = {"column": model.mask.column, "impossible": cannot}
        answer = {"kind": "mask", **told, "of": answer}
    return Portable(
        columns=tuple(columns),
        outputs=model.classes,
        answer=answer,
        texts={BOOSTER: model.booster_text},
    )
