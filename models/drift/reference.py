"""What the champion learned from looked like: kept with it, and known without its data."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from models.drift.shape import Shape
from models.logit import Floats
from models.rows.panel import Panel

CUTOFFS_MOST = 12
FEATURES_MOST = 150
ROWS_MOST, ROWS_A_CUTOFF = 250_000, 10_000
"""Of more rows every so many is taken: sampling is no matter any more."""

SCORE = "score"


@dataclass(frozen=True, kw_only=True)
class Reference:
    """How features and scores were spread when the model learned; no customer is in it.

    `cutoffs` are the last ones that were learned from, `customers` how many were at risk at each.
    `features` are those that the model reads most. `score` has the probabilities that each
    origin was given by what had been learned before; none where rules answer.
    """

    cutoffs: tuple[datetime, ...]
    customers: tuple[int, ...]
    features: tuple[Shape, ...]
    score: Shape | None = None

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Reference":
        """The reference that `as_json` gave."""
        return cls(
            cutoffs=tuple(map(datetime.fromisoformat, kept["cutoffs"])),
            customers=tuple(kept["customers"]),
            features=tuple(map(Shape.from_json, kept["features"])),
            score=Shape.from_json(kept["score"]) if kept["score"] else None,
        )

    def as_json(self) -> dict[str, Any]:
        """Itself as JSON."""
        return {
            "cutoffs": [cutoff.isoformat() for cutoff in self.cutoffs],
            "customers": list(self.customers),
            "features": [one.as_json() for one in self.features],
            "score": self.score and self.score.as_json(),
        }

    def text(self) -> str:
        """Itself as the text of a file."""
        return json.dumps(self.as_json(), separators=(",", ":"))


@dataclass(frozen=True, kw_only=True)
class Recent:
    """Who was at risk at the last training cutoffs, whether learned from or left out.

    `customers` counts them, `spans` holds rows of the panel at each cutoff: of many every so many.
    """

    cutoffs: tuple[datetime, ...]
    customers: tuple[int, ...]
    spans: tuple[pd.DataFrame, ...]
    features: tuple[str, ...]

    @classmethod
    def of(cls, panel: Panel) -> "Recent":
        """The last cutoffs of a panel from which nothing has been left out yet."""
        cutoffs = tuple(cutoff.to_pydatetime() for cutoff in panel.cutoffs[-CUTOFFS_MOST:])
        spans = [panel.at(cutoff).rows for cutoff in cutoffs]
        return cls(
            cutoffs=cutoffs,
            customers=tuple(map(len, spans)),
            spans=tuple(thinned(rows, ROWS_A_CUTOFF) for rows in spans),
            features=panel.features,
        )


def reference_of(
    recent: Recent,
    importances: Mapping[str, float],
    *,
    categories: Collection[str] = (),
    scores: Sequence[Floats] = (),
    others: Sequence[pd.DataFrame] = (),
) -> Reference:
    """The reference of a model.

    `importances` say how much it makes of each feature that it reads; those it makes nothing of
    are left out. `scores` are the probabilities at each origin, `others` rows of further instants.
    """
    spans = [*recent.spans, *others]
    read = [name for name in recent.features if importances.get(name, 0) > 0]
    most = sorted(read, key=lambda name: -importances[name])[:FEATURES_MOST]
    return Reference(
        cutoffs=recent.cutoffs,
        customers=recent.customers,
        features=tuple(
            Shape.of(
                name,
                [floats(rows, name) for rows in spans],
                is_category=name in categories,
            )
            for name in most
        ),
        score=Shape.of(SCORE, scores) if scores else None,
    )


def thinned(rows: pd.DataFrame, most: int = ROWS_MOST) -> pd.DataFrame:
    """Every so many rows, so that at most as many are left."""
    return rows.iloc[:: -(-len(rows) // most)] if len(rows) > most else rows


def floats(rows: pd.DataFrame, name: str) -> Floats:
    """One column as 64-bit floats, NaN where a value is missing."""
    return rows[name].to_numpy(dtype=np.float64, na_value=np.nan)
