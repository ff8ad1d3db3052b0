"""The transforms that a workspace uses: all fitted at once, all told beside the features."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from features.errors import ModelRefused
from features.mistakes import nearest
from models.limits import at_least
from models.rows.following import NEXT_STAGE, NEXT_STEP
from models.rows.panel import Panel
from models.targets.target import Target
from models.transforms.bgnbd import BgNbd, FittedBgNbd
from models.transforms.buying import Buying
from models.transforms.fitting import Fitted, Seen, Transform
from models.transforms.markov import FittedMarkov, Markov
from models.transforms.rates import FittedRates, Rates

USES = ("bgnbd", NEXT_STEP, NEXT_STAGE, "rates")


@dataclass(frozen=True, kw_only=True)
class TransformParams:
    """What is learned from the training rows and told to the model as further columns.

    `use` names some of `USES`: none of them earned its place on the shopping that was measured
    (docs/decisions/0018-fitted-transforms.md). `rates_of` and the contexts name categorical
    features; a transform of a feature that is not built is left out, and the trial says so.
    """

    use: tuple[str, ...] = ()
    rates_of: tuple[str, ...] = ("stage", "last_step_1")
    steps_behind: tuple[str, ...] = ("last_step_1", "last_step_2")
    stages_behind: tuple[str, ...] = ("stage",)
    pseudo_rows: float = 20.0
    folds: int = 5

    def __post_init__(self) -> None:
        for name in self.use:
            if name not in USES:
                raise ValueError(f"use names {name!r}; {nearest(name, USES)}")
        if len(set(self.use)) < len(self.use):
            raise ValueError("use names a transform twice; name it once")
        at_least(self, pseudo_rows=1e-9, folds=2)

    @property
    def looks_ahead(self) -> bool:
        """Whether the training rows need to say what came next."""
        return bool({NEXT_STEP, NEXT_STAGE} & set(self.use))

    def transforms(self, target: Target) -> tuple[Transform, ...]:
        """Those in use, ready to be fitted for a target."""
        strength: dict[str, Any] = {"pseudo_rows": self.pseudo_rows, "folds": self.folds}
        known: dict[str, Transform] = {
            "bgnbd": BgNbd(
                start_days=target.embargo_days,
                end_days=target.embargo_days + target.horizon_days,
                active_within_days=target.sight_days,
            ),
            NEXT_STEP: Markov(label=NEXT_STEP, context=self.steps_behind, **strength),
            NEXT_STAGE: Markov(label=NEXT_STAGE, context=self.stages_behind, **strength),
            "rates": Rates(columns=self.rates_of, **strength),
        }
        return tuple(known[name] for name in self.use)


def fit_all(transforms: Sequence[Transform], train: Panel) -> tuple[tuple[Fitted, ...], Panel]:
    """Every transform fitted on a panel, and the panel with their columns as further features."""
    fitted = tuple(transform.fit(train) for transform in transforms)
    if not fitted:
        return fitted, train
    told = [one.own_columns(train) for one in fitted]
    names = [name for one in fitted for name in one.names]
    rows = pd.concat([train.rows, *told], axis=1)
    return fitted, replace(train, rows=rows, features=(*train.features, *names))


def beside(rows: pd.DataFrame, fitted: Sequence[Fitted]) -> pd.DataFrame:
    """Rows with the columns of each transform; the transforms may know nothing later than them."""
    return pd.concat([rows, *(one.columns(rows) for one in fitted)], axis=1) if fitted else rows


def from_json(told: Mapping[str, Any]) -> Fitted:
    """A transform as `Fitted.as_json` told it; `ModelRefused` if its kind is unknown."""
    if told["kind"] not in _KINDS:
        raise ModelRefused(
            f"the model needs a transform of kind {told['kind']!r}, which is unknown",
            where="manifest.json",
            mend="run `jejak retrain`",
        )
    fields = {name: _unlisted(value) for name, value in told.items() if name != "kind"}
    fields["seen"] = Seen(**fields["seen"])
    if fields.get("buying"):
        fields["buying"] = Buying(**fields["buying"])
    return _KINDS[told["kind"]](**fields)


_KINDS: dict[str, type[Fitted]] = {
    one.kind: one for one in (FittedBgNbd, FittedMarkov, FittedRates)
}


def _unlisted(value: Any) -> Any:  # noqa: ANN401
    """Lists, as JSON gives them back, as the tuples that transforms hold."""
    if isinstance(value, Mapping):
        return {name: _unlisted(one) for name, one in value.items()}
    return tuple(map(_unlisted, value)) if isinstance(value, list | tuple) else value
