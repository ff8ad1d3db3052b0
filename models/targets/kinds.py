"""Every kind of target by its name, and back from JSON."""

from collections.abc import Mapping
from typing import Any, cast

from features.errors import ModelRefused
from models.targets.churn import Churn
from models.targets.contractual import ContractChurn
from models.targets.inactivity import InactivityChurn
from models.targets.next_step import NextStep
from models.targets.progression import Progression
from models.targets.target import Target
from models.targets.transactional import TransactionalChurn

CHURN_KINDS: dict[str, type[Churn]] = {
    one.kind: one for one in (InactivityChurn, TransactionalChurn, ContractChurn)
}
KINDS: dict[str, type[Target]] = {
    **CHURN_KINDS,
    **{one.kind: one for one in (Progression, NextStep)},
}


def from_json(told: Mapping[str, Any]) -> Target:
    """A target as `Target.as_json` told it; `ModelRefused` if its kind is unknown."""
    kind = told.get("kind")
    if kind not in KINDS:
        raise ModelRefused(
            f"the model answers a question of kind {kind!r}, which is unknown",
            where="manifest.json",
            mend="run `jejak retrain`",
        )
    fields = {name: _unlisted(value) for name, value in told.items() if name != "kind"}
    return KINDS[kind](**fields)


def _unlisted(value: Any) -> Any:  # noqa: ANN401
    return tuple(cast("list[Any]", value)) if isinstance(value, list) else value
