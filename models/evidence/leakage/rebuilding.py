"""J10: everything after a cutoff is deleted, and the features of some customers built again."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
import pandas as pd

from features.build import together
from features.engine.partitions import Local, frames
from features.known.beforehand import Beforehand, only
from features.known.told import Told, narrowed
from models.evidence.case import Case
from models.evidence.leakage.tried import Tried
from models.logit import Floats
from models.rows.at_risk import at_risk

PARTS = 2
CUSTOMERS = 300
"""Of so many parts, so many customers each."""

CUTOFFS = 3
NAMED = 3
GONE = "being at risk"
"""What differs where a customer is not at risk any more once the future is deleted."""


def rebuilt(case: Case) -> Tried:
    """The first, the middle and the last cutoff: every value must be the panel's, to the bit."""
    cutoffs = [case.panel.cutoffs[at].to_pydatetime() for at in _spread(len(case.panel.cutoffs))]
    places = _spread(len(case.parts), PARTS)
    told = narrowed(case.parts, case.target.reads())
    customers = [_customers(case, told[place]) for place in places]
    rows, differing = 0, Counter[str]()
    for cutoff in cutoffs:
        kept = _kept(case.panel.rows, cutoff, customers)
        rows += len(kept)
        differing += _differing(kept, _anew(case, cutoff, places, customers))
    worst = ", ".join(f"{name} ({count})" for name, count in differing.most_common(NAMED))
    what = f"differing: {worst}" if differing else "none differs"
    return Tried(
        code="J10",
        test="All that happened or was known at a cutoff or later is deleted and the features are"
        " built again: values that differ.",
        value=float(differing.total()),
        limit=0.0,
        note=f"{rows} rows at {len(cutoffs)} cutoffs, {len(case.panel.features)} features; {what}",
    )


def _spread(length: int, most: int = CUTOFFS) -> list[int]:
    """At most so many places, from the first to the last.

    >>> _spread(17), _spread(2), _spread(16, 2)
    ([0, 8, 16], [0, 1], [0, 15])
    """
    return sorted({int(at) for at in np.linspace(0, length - 1, min(most, length))})


def _customers(case: Case, told: Told) -> list[str]:
    """Some of a part's customers who are in the panel."""
    ids = set(case.panel.column("customer_id"))
    return [one for one in told.everyone().to_list() if one in ids][:CUSTOMERS]


def _anew(
    case: Case, cutoff: datetime, places: Sequence[int], customers: Sequence[Sequence[str]]
) -> pd.DataFrame:
    """The rows at risk of some customers, by what had been told before a cutoff.

    What peers did is counted anew as well, over everyone.
    """
    before = Beforehand(case.parts, cutoff)
    engine = Local(case.boosting.threads)
    wanted = at_risk(before, [cutoff], case.features, case.target, zone=case.zone, engine=engine)
    some = [only(wanted.parts[at], ids) for at, ids in zip(places, customers, strict=True)]
    sample = replace(wanted, parts=some)
    built = together(list(frames(sample.table(at) for at in range(len(some)))))
    return case.target.columns(built.to_pandas())


def _kept(rows: pd.DataFrame, cutoff: datetime, customers: Sequence[Sequence[str]]) -> pd.DataFrame:
    some = [one for ids in customers for one in ids]
    return rows.loc[rows["cutoff"].eq(cutoff) & rows["customer_id"].isin(some)]


def _differing(kept: pd.DataFrame, anew: pd.DataFrame) -> Counter[str]:
    """How many values of each column are others, and how many rows are gone."""
    both = kept.set_index("customer_id"), anew.set_index("customer_id")
    there = both[0].index.intersection(both[1].index)
    names = [name for name in both[0].columns if name in both[1].columns and name != "cutoff"]
    before, after = (_floats(one.loc[there, names]) for one in both)
    same = (before == after) & (np.signbit(before) == np.signbit(after))
    other = ~(same | (np.isnan(before) & np.isnan(after)))
    found = Counter({name: int(n) for name, n in zip(names, other.sum(axis=0), strict=True) if n})
    if len(there) < len(kept):
        found[GONE] = len(kept) - len(there)
    return found


def _floats(frame: pd.DataFrame) -> Floats:
    return frame.to_numpy(dtype=np.float64, na_value=np.nan)
