"""What every fitted transform tells: its columns, what it saw, and itself as JSON."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol

import pandas as pd

from features.errors import ModelRefused
from models.logit import Floats
from models.rows.panel import Panel


@dataclass(frozen=True, kw_only=True)
class Made:
    """One column that a transform makes.

    For reasons: the kind of theme that it belongs to and the theme's subject; `tells` names the
    column whose number the theme's sentence says.
    """

    name: str
    kind: str
    subject: str
    tells: str


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a transform was fitted on; instants are ISO 8601 and empty where there was no row."""

    rows: int
    first_cutoff: str
    last_cutoff: str
    matured_at: str
    """When the last of the labels that were seen had ripened."""

    @classmethod
    def of(cls, train: Panel) -> "Seen":
        """What a panel shows to whoever is fitted on it."""
        cutoffs = train.cutoffs
        return cls(
            rows=len(train.rows),
            first_cutoff=_iso(cutoffs[:1]),
            last_cutoff=_iso(cutoffs[-1:]),
            matured_at=_iso(sorted(train.column("matured_at").unique())[-1:]),
        )

    def refuse_earlier(self, rows: pd.DataFrame) -> None:
        """Refuse rows at whose cutoff a label that was seen was still unknown."""
        earliest = min(rows["cutoff"].unique(), default=None)
        if not (earliest and self.matured_at):
            return
        if earliest < datetime.fromisoformat(self.matured_at):
            raise ModelRefused(
                f"what the model was fitted on was known on {self.matured_at[:10]}, after the "
                f"cutoff {earliest:%Y-%m-%d}",
                where="fitted transforms",
                mend="score a later day, or run `jejak retrain --as-of` that day",
            )


@dataclass(frozen=True, kw_only=True)
class Fitted(ABC):
    """A transform that has been fitted; `note` says why it tells less than it could, if so."""

    kind: ClassVar[str]

    seen: Seen
    note: str = ""

    @property
    @abstractmethod
    def made(self) -> tuple[Made, ...]:
        """The columns, in their order."""

    @abstractmethod
    def values(self, rows: pd.DataFrame) -> Floats:
        """The columns' values, (rows, columns), whatever the rows' cutoffs."""

    def own_values(self, train: Panel) -> Floats:
        """The values for the rows that it was fitted on, none of them told by its own label."""
        return self.values(train.rows)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(made.name for made in self.made)

    def columns(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The columns for rows that come after everything that was seen; earlier are refused."""
        self.seen.refuse_earlier(rows)
        return pd.DataFrame(self.values(rows), index=rows.index, columns=list(self.names))

    def own_columns(self, train: Panel) -> pd.DataFrame:
        """The columns for the rows that it was fitted on."""
        return pd.DataFrame(
            self.own_values(train), index=train.rows.index, columns=list(self.names)
        )

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON knows it; `from_json` reads it back."""
        return {"kind": self.kind, **asdict(self)}


class Transform(Protocol):
    """What may be fitted on a panel."""

    def fit(self, train: Panel) -> Fitted:
        """Learn from the rows of a panel, and from nothing else."""
        ...


def _iso(instants: Sequence[pd.Timestamp]) -> str:
    return "".join(instant.isoformat() for instant in instants)
