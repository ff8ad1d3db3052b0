"""What a model answers, as JSON and booster texts that can be read without this project."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from models.answers.churn import ChurnModel
from models.answers.logistic import Logistic
from models.answers.model import Model
from models.answers.outcomes import OutcomeModel
from models.answers.rules import HIGH, MEDIUM, RulesModel

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
    if isinstance(model, OutcomeModel):
        return _outcomes(model)
    if isinstance(model, ChurnModel) and (model.further or model.instead):
        return _churn(model)
    return _rules(model) if isinstance(model, RulesModel) else None


def _outcomes(model: OutcomeModel) -> Portable:
    answer: dict[str, Any] = {"kind": "floor", "floor": model.floor, "of": _booster(BOOSTER)}
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


def _churn(model: ChurnModel) -> Portable:
    """A regression in place of the booster, other horizons beside it, or both."""
    own = model.target.horizon_days
    parts = {one.horizon_days: _booster(_named(one.horizon_days)) for one in model.further}
    parts[own] = _booster(BOOSTER) if model.instead is None else _logistic(model.instead)
    answer = parts[own]
    if model.further:
        inner = [parts[days] for days in model.horizons_days]
        at = model.horizons_days.index(own)
        answer = {"kind": "horizons", "primary": at, "rises": model.target.rises, "of": inner}
    return Portable(
        columns=model.columns,
        outputs=tuple(f"churn_{days}_days" for days in model.horizons_days),
        answer=answer,
        texts={
            BOOSTER: model.booster_text,
            **{_named(one.horizon_days): one.booster_text for one in model.further},
        },
    )


def _rules(model: RulesModel) -> Portable:
    """Points, and the place of the band among low, medium and high: no probability."""
    rules = [asdict(rule) for rule in model.rules]
    return Portable(
        columns=model.columns,
        outputs=("points", "band"),
        answer={"kind": "rules", "rules": rules, "borders": [MEDIUM, HIGH]},
        texts={BOOSTER: model.booster_text},
    )


def _named(horizon_days: int) -> str:
    return f"booster-{horizon_days}-days.txt"


def _booster(file: str) -> dict[str, Any]:
    return {"kind": "booster", "file": file}


def _logistic(regression: Logistic) -> dict[str, Any]:
    return {"kind": "logistic", **regression.as_json()}
