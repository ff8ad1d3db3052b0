"""Models of any version with what was measured of them, each opened once."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from features.errors import ModelRefused
from models.answers.churn import ChurnModel
from models.answers.rules import RulesModel
from models.drift.reference import Reference
from models.judging.bootstrap import Interval
from models.judging.expected import Strayed
from pipelines.workspace import Workspace
from serving.registry import Registry


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A model of churn, what was measured of it out of time, and what it learned from."""

    model: ChurnModel | RulesModel
    backtest: Mapping[str, Interval]
    strayed: tuple[Strayed, ...]
    reference: Reference | None


@dataclass(frozen=True)
class Models:
    """The models of churn of a workspace by their version."""

    workspace: Workspace
    opened: dict[int, Opened | None] = field(default_factory=dict[int, "Opened | None"])

    def at(self, version: int) -> Opened | None:
        """A version; none where it cannot be opened any more."""
        if version not in self.opened:
            try:
                self.opened[version] = self._open(version)
            except ModelRefused:
                self.opened[version] = None
        return self.opened[version]

    def _open(self, version: int) -> Opened | None:
        registry = Registry(self.workspace.root)
        model, measured = registry.at(version)
        if not isinstance(model, ChurnModel | RulesModel):
            return None
        return Opened(
            model=model.with_own(self.workspace.own_features),
            backtest=measured.pooled,
            strayed=measured.strayed,
            reference=registry.reference(version),
        )
