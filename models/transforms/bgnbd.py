"""Purchases to be expected, and the chance of none, as BG/NBD tells them of a customer."""

from dataclasses import asdict, dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from models.limits import at_least
from models.logit import Floats
from models.rows.activity import ACTIVE_DAYS, RECENCY, TENURE
from models.rows.panel import Panel
from models.transforms.buying import Buying, fit_buying
from models.transforms.drawn import some
from models.transforms.fitting import Fitted, Made, Seen

CUSTOMERS_MOST = 20_000
"""Four parameters need no more to be learned."""


@dataclass(frozen=True, kw_only=True)
class FittedBgNbd(Fitted):
    """The parameters, if any, and the span after the cutoff that the columns are about."""

    kind: ClassVar[str] = "bgnbd"

    buying: Buying | None
    start_days: int
    end_days: int
    reads: tuple[str, ...]

    @property
    def made(self) -> tuple[Made, ...]:
        """The expected number of purchases, and the chance that there is none."""
        if self.buying is None:
            return ()
        names = [
            f"bgnbd_{what}_{self.end_days - self.start_days}d" for what in ("expected", "none")
        ]
        return tuple(Made(name=n, kind="outlook", subject="", tells=names[0]) for n in names)

    def values(self, rows: pd.DataFrame) -> Floats:
        """Both columns; nothing but NaN where the parameters diverged."""
        if self.buying is None or self.buying.diverged:
            return np.full((len(rows), len(self.made)), np.nan)
        told = (*_history(rows, self.reads), self.start_days, self.end_days)
        return np.column_stack([self.buying.expected(*told), self.buying.none(*told)])


@dataclass(frozen=True, kw_only=True)
class BgNbd:
    """BG/NBD over the customers of the last cutoff, about the target's label window.

    `reads` names the columns with the number of days with a purchase, the days since the last one
    and since the first one. `active_within_days` says how silent a customer may be and still have
    a row; the likelihood allows for those who have none.
    """

    start_days: int
    end_days: int
    active_within_days: int | None = None
    reads: tuple[str, ...] = (ACTIVE_DAYS, RECENCY, TENURE)

    def __post_init__(self) -> None:
        at_least(self, start_days=0, end_days=self.start_days + 1)

    def fit(self, train: Panel) -> FittedBgNbd:
        """Parameters of greatest likelihood; a note where they diverge or cannot be learned."""
        missing = [name for name in self.reads if name not in train.rows.columns]
        if missing:
            return self._fitted(train, None, f"not fitted: no {', '.join(missing)}")
        last = train.last(1).rows
        told = _history(last.loc[some(last["customer_id"], CUSTOMERS_MOST)], self.reads)
        buying = fit_buying(*told, active_within_days=self.active_within_days)
        return self._fitted(train, buying, _note(buying) if buying.diverged else "")

    def _fitted(self, train: Panel, buying: Buying | None, note: str) -> FittedBgNbd:
        return FittedBgNbd(
            seen=Seen.of(train),
            note=note,
            buying=buying,
            start_days=self.start_days,
            end_days=self.end_days,
            reads=self.reads,
        )


def _history(rows: pd.DataFrame, reads: tuple[str, ...]) -> tuple[Floats, Floats, Floats]:
    """Repeat purchases, when the last of them was, and now, in days since the first purchase.

    Several purchases of one business day are one.
    """
    days, silent, t_now = rows[list(reads)].to_numpy(np.float64, na_value=np.nan).T
    return np.maximum(days - 1, 0), t_now - silent, t_now


def _note(buying: Buying) -> str:
    told = ", ".join(f"{name} {value:.3g}" for name, value in asdict(buying).items())
    return f"BG/NBD has no maximum of likelihood here ({told}); its columns are empty"
