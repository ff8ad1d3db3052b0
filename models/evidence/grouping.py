"""The groups into which measured rows fall: tenure, value, channel, stage, attributes, persona."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.catalog import Feature
from features.families.journey import stage
from features.families.monetary import value_in_window
from features.families.profile import category
from features.families.recency import days_since_last
from features.families.tenure import days_since_first
from features.known.needs import Needs
from features.known.past import EVERYTHING, Where
from features.known.told import narrowed
from features.stages.personas import personas_at
from models.evidence.case import Case
from models.evidence.curves import bins_of
from models.logit import Floats
from models.rows.activity import MONEY, TENURE
from models.targets.progression import PRESENT

TENURE_DAYS = (30, 90, 180, 365, 730)
"""Where another band of tenure begins."""

VALUES = ("low", "middle", "high")
"""Thirds of the rows by money of late."""

ATTRIBUTES_MOST = 8
UNKNOWN = "unknown"


class Grouping(NamedTuple):
    """By what rows are told apart, the names of the groups, and each row's; -1 is unknown."""

    by: str
    names: Sequence[str]
    codes: NDArray[np.int64]


def groupings(case: Case) -> Iterator[Grouping]:
    """Every way in which the measured rows can be told apart."""
    rows = case.measured
    for column in _first(TENURE in rows, TENURE, _of(case, days_since_first)):
        codes = np.searchsorted(TENURE_DAYS, _numbers(rows, column), side="right")
        yield Grouping("tenure", _bands(), _known(codes, rows, column))
    for column in _first(MONEY in rows, MONEY, _of(case, value_in_window)):
        codes = bins_of(np.nan_to_num(_numbers(rows, column)), len(VALUES))
        yield Grouping("value", VALUES, codes)
    yield from _channel(case)
    yield from _stage(case)
    yield from _attributes(case)
    yield from _persona(case)


def _first(there: bool, name: str, features: Sequence[Feature]) -> list[str]:  # noqa: FBT001
    """The column of the target where it is there, else of the last feature, if any."""
    return [name] if there else [feature.name for feature in features[-1:]]


def _of(case: Case, function: object) -> list[Feature]:
    """The features of a function over all events."""
    return [one for one in _features(case, function) if one.arguments["where"] == EVERYTHING]


def _features(case: Case, function: object) -> list[Feature]:
    return [one for one in case.features if one.function is function]


def _bands() -> list[str]:
    edges = [0, *TENURE_DAYS]
    closed = [f"{low}-{high - 1} days" for low, high in zip(edges, TENURE_DAYS, strict=False)]
    return [*closed, f"{edges[-1]}+ days"]


def _channel(case: Case) -> Iterator[Grouping]:
    """The channel of the last event."""
    silent = dict(_days_silent(case))
    if silent:
        days = case.measured[list(silent.values())].to_numpy(dtype=np.float64, na_value=np.nan)
        last = np.nan_to_num(days, nan=np.inf)
        codes = np.where(np.isfinite(last).any(axis=1), last.argmin(axis=1), -1)
        yield Grouping("channel", list(silent), codes)


def _days_silent(case: Case) -> Iterator[tuple[str, str]]:
    """Each channel, and the column that says how long it has been silent.

    A channel with one step of its own has no such column; that step has.
    """
    told = {one.arguments["where"]: one.name for one in _features(case, days_since_last)}
    for channel in case.vocabulary.every_channel:
        steps = [step for own, step in case.vocabulary.pairs if own == channel]
        for where in (Where(channel=channel), *(Where(step=step) for step in steps)):
            if where in told:
                yield channel, told[where]
                break


def _stage(case: Case) -> Iterator[Grouping]:
    """The stage at the cutoff."""
    own = [one for one in case.target.telling() if one.name == PRESENT]
    for one in [*own, *_features(case, stage)][:1]:
        yield Grouping("stage", one.values, _codes(case.measured, one))  # words


def _attributes(case: Case) -> Iterator[Grouping]:
    """The attributes of customers that are one of some values."""
    for one in _features(case, category)[:ATTRIBUTES_MOST]:
        by = one.arguments["attribute"].name
        yield Grouping(by, one.values, _codes(case.measured, one))  # words


def _persona(case: Case) -> Iterator[Grouping]:
    """The persona as of each cutoff, by the workspace's rules."""
    if not case.personas:
        return
    found = [
        personas_at(told.customers, origin, case.personas).to_pandas().assign(cutoff=origin)
        for told in narrowed(case.parts, Needs(tables=frozenset({"customers"})))
        for origin in case.tested.origins
        if len(told.customers)
    ]
    if found:
        keys = case.tested.keys.loc[:, ["customer_id", "cutoff"]]
        told = keys.merge(pd.concat(found), on=["customer_id", "cutoff"], how="left")["persona"]
        names = [*case.personas, *sorted({*told.dropna()} - {*case.personas})]
        yield Grouping("persona", names, pd.Index(names).get_indexer(told.to_numpy()))


def _codes(rows: pd.DataFrame, feature: Feature) -> NDArray[np.int64]:
    """The number of each row's value; -1 where none is told, or one that is unknown."""
    codes = np.nan_to_num(_numbers(rows, feature.name), nan=-1).astype(np.int64)
    return np.where(codes < len(feature.values), codes, -1)  # words


def _known(codes: NDArray[np.int64], rows: pd.DataFrame, column: str) -> NDArray[np.int64]:
    return np.where(np.isnan(_numbers(rows, column)), -1, codes)


def _numbers(rows: pd.DataFrame, column: str) -> Floats:
    return rows[column].to_numpy(dtype=np.float64, na_value=np.nan)
