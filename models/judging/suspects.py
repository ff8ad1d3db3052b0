"""Suspects of a leak: columns that know too well who left, as if filled in after the fact."""

import math
from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.catalog import Feature, FeatureParams, Vocabulary
from features.contracts import Frame
from features.families import catalog
from features.families.frequency import events_in_window
from features.health.attributes import attribute_names, attributes_then
from features.health.finding import Finding, examined
from models.judging.grades import FEATURE_AUC_MOST
from models.judging.metrics import auc
from models.logit import Floats
from models.rows.panel import Panel
from models.targets.churn import Churn

Flags = npt.NDArray[np.bool_]

CUTOFFS_OF_ATTRIBUTES = 3
ROWS_LEAST = 30
"""A word or value of fewer rows tells nothing."""
CHURNED_SHARE = 0.9
"""At least so many of those who have it left, at the lower bound of the share."""
ODDS_RATIO = 20.0
NAMES_TOLD = 3
_Z = 1.96


def look_at(words: Vocabulary, target: Churn) -> tuple[Feature, ...]:
    """Features of each step and channel alone: how recent, and how often while at risk."""
    windows = (target.sight_days,)
    return catalog(
        FeatureParams(windows_days=windows, families=("recency", "frequency")), words
    ).features


def suspects(
    name: str, panel: Panel, features: Sequence[Feature], customers: Frame, target: Churn
) -> list[Finding]:
    """L02 and L03: what alone separates who churned from who stayed at matured cutoffs."""
    steps = [*_separating(panel), *_steps(panel, features, target)]
    return [
        *examined("L02", f"{name}: no step or channel gives away who left", steps),
        *examined(
            "L03", f"{name}: no attribute gives away who left", _attributes(panel, customers)
        ),
    ]


def gives_away(y: Floats, has: Flags) -> bool:
    """Whether nearly all who have something left, and far from all of the others.

    Their share, and their odds beside those of the others, are judged by the share's lower bound
    (Wilson, 95 %).
    """
    rows, left = int(has.sum()), float(y[has].sum())
    surely = _lower_bound(left, rows) if rows >= ROWS_LEAST else 0.0
    if surely < CHURNED_SHARE:
        return False
    others = y[~has]
    odds = (float(others.sum()) + 0.5) / (len(others) - float(others.sum()) + 0.5)
    return surely / (1 - surely) >= ODDS_RATIO * odds


def _lower_bound(left: float, rows: int) -> float:
    rate, spread = left / rows, _Z**2 / rows
    middle = rate + spread / 2
    return (middle - _Z * math.sqrt(rate * (1 - rate) / rows + spread / (4 * rows))) / (1 + spread)


def _separating(panel: Panel) -> Iterator[Finding]:
    """The features that alone separate best, and how many do so."""
    aucs = {name: _auc(panel.y, panel.column(name)) for name in panel.features}
    above = sorted((one for one in aucs if aucs[one] > FEATURE_AUC_MOST), key=aucs.__getitem__)
    if above:
        best = above.pop()
        yield _separates("L02", best, aucs[best], likewise(above[::-1]))


def _auc(y: Floats, values: pd.Series) -> float:
    """How well a column alone separates, whichever way round."""
    column = values.to_numpy(dtype=np.float64, na_value=np.nan)
    alone = auc(y, np.nan_to_num(column, nan=-np.inf))
    return max(alone, 1 - alone)


def _steps(panel: Panel, features: Sequence[Feature], target: Churn) -> Iterator[Finding]:
    """Steps after which hardly anybody stays, the commonest first."""
    given: dict[str, Flags] = {}
    for feature in features:
        step = feature.arguments["where"].step
        if feature.function is events_in_window and step and step not in target.own_steps:
            has = panel.column(feature.name).to_numpy() > 0
            if gives_away(panel.y, has):
                given[step] = has
    if given:
        first, *others = sorted(given, key=lambda step: (-int(given[step].sum()), step))
        what = f"step {first} in the last {target.sight_days} days"
        yield _given("L02", what, panel.y, given[first], likewise(others))


def likewise(others: Sequence[str]) -> str:
    """The names of further suspects, a few of them.

    >>> likewise([]), likewise(["a", "b"]), likewise(list("abcde"))
    ('', '; likewise a, b', '; likewise a, b, c and 2 more')
    """
    if not others:
        return ""
    more = f" and {len(others) - NAMES_TOLD} more" if len(others) > NAMES_TOLD else ""
    return f"; likewise {', '.join(others[:NAMES_TOLD])}{more}"


def _attributes(panel: Panel, customers: Frame) -> Iterator[Finding]:
    cutoffs = panel.cutoffs[-CUTOFFS_OF_ATTRIBUTES:]
    if not (cutoffs and attribute_names(customers)):
        return
    then = attributes_then(customers, [cutoff.to_pydatetime() for cutoff in cutoffs])
    keys = ["customer_id", "cutoff"]
    rows = panel.last(CUTOFFS_OF_ATTRIBUTES).rows.loc[:, [*keys, "label"]].merge(then, on=keys)
    y = rows["label"].to_numpy(np.float64)
    for name in then.columns.drop(keys):
        yield from _attribute(str(name), cast("pd.Series", rows[name]), y)


def _attribute(name: str, values: pd.Series, y: Floats) -> Iterator[Finding]:
    filled = values.notna().to_numpy()
    if gives_away(y, filled):
        yield _given("L03", f"attribute {name} filled in", y, filled)
        return
    alone = auc(y, _ordered(values, y))
    if max(alone, 1 - alone) > FEATURE_AUC_MOST:
        yield _separates("L03", f"attribute {name}", max(alone, 1 - alone))
        return
    for value in _common(values):
        has = (values == value).to_numpy()
        if gives_away(y, has):
            yield _given("L03", f"one value of attribute {name}", y, has)


def _ordered(values: pd.Series, y: Floats) -> Floats:
    """Numbers as they are; words by how many of those who have them left."""
    if pd.api.types.is_numeric_dtype(values):
        return np.nan_to_num(values.to_numpy(dtype=np.float64, na_value=np.nan), nan=-np.inf)
    words = values.astype("object").where(values.isin(_common(values)), None)
    rates = pd.Series(y).groupby(pd.factorize(words)[0]).transform("mean")
    return rates.to_numpy(np.float64)


def _common(values: pd.Series) -> list[object]:
    """Values that enough rows have."""
    if pd.api.types.is_float_dtype(values):
        return []
    counts = values.value_counts()
    return counts.index[counts.to_numpy() >= ROWS_LEAST].to_list()


def _given(code: str, what: str, y: Floats, has: Flags, others: str = "") -> Finding:
    left = float(y[has].mean())
    return Finding(
        code=code,
        severity="warn",
        sentence=f"{what}: {left:.0%} of {int(has.sum()):,} rows left, of the others "
        f"{float(y[~has].mean()):.0%}; it may be a consequence of leaving{others}",
        measured=round(left, 3),
        needed=CHURNED_SHARE,
        mends=_mends(),
    )


def _separates(code: str, what: str, alone: float, others: str = "") -> Finding:
    return Finding(
        code=code,
        severity="warn",
        sentence=f"{what} alone tells who left with an AUC of {alone:.3f}, better than it can be"
        f"{others}",
        measured=round(alone, 3),
        needed=FEATURE_AUC_MOST,
        mends=_mends(),
    )


def _mends() -> tuple[str, ...]:
    return (
        "map `known_at` to when it was written down: a backdated row then counts from there on",
        "declare `latency_hours` for that source",
        "leave it out, if it is written because somebody left",
    )
