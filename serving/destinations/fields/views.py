"""A score as plain values, by the names that a workspace may map: `reason_1`, `as_of_date`."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Literal

import pandas as pd

from features.contracts import Column
from serving.scores import INSTANT, REASON, REASONS_MOST, SCORES

Holds = Literal["text", "whole", "number", "instant", "date"]

DECIMALS: dict[str, int] = {"0 to 1": 4, "currency unit": 2, "days": 0}
"""How many decimals a number keeps unless a workspace says otherwise, by its unit."""

OF_THE_RUN = frozenset({"run_id", "as_of", "watermark", "expires_at", "model_version"})
"""What every run writes anew: it goes along with a changed row, and makes no row changed."""

FURTHER = re.compile(r"churn_probability_([1-9]\d{0,3})")


@dataclass(frozen=True, kw_only=True)
class View:
    """A column of plain values, from which column of scores it is taken, and what it holds.

    `decimals` is for numbers. `is_of_the_run` where every run would change it, whatever became
    of the customer.
    """

    column: str
    holds: Holds
    take: Callable[[pd.DataFrame], pd.Series]
    decimals: int = 4
    is_of_the_run: bool = False


def view(name: str) -> View | None:
    """The view of a name, or None where a score tells nothing by it.

    >>> view("reason_1").holds, view("churn_probability").decimals, view("reason_9")
    ('text', 4, None)
    """
    further = FURTHER.fullmatch(name)
    if further:
        horizon_days = int(further[1])
        taken = partial(_at_horizon, horizon_days)
        return View(column="further_horizons", holds="number", take=taken)
    return views().get(name)


@cache
def views() -> Mapping[str, View]:
    """Every name that is known beforehand; `churn_probability_56` and its like are known too."""
    plain = {one.name: _plain(one) for one in SCORES.columns if one.dtype != "object"}
    return plain | dict(_dates()) | dict(_reasons()) | dict(_next_steps())


def _plain(column: Column[str]) -> View:
    kinds: dict[str, Holds] = {"str": "text", "int64": "whole", "float64": "number"}
    return View(
        column=column.name,
        holds="instant" if column.dtype == INSTANT else kinds[column.dtype],
        take=partial(_column, column.name),
        decimals=DECIMALS.get(column.unit, 4),
        is_of_the_run=column.name in OF_THE_RUN,
    )


def _dates() -> Iterator[tuple[str, View]]:
    for name, dtype in SCORES.schema.items():
        if dtype == INSTANT:
            yield (
                f"{name}_date",
                View(column=name, holds="date", take=partial(_column, name), is_of_the_run=True),
            )


def _reasons() -> Iterator[tuple[str, View]]:
    yield (
        "reasons",
        View(column="reasons", holds="text", take=partial(_joined, "reasons", "sentence")),
    )
    for number in range(1, REASONS_MOST + 1):
        for part in REASON:
            name = f"reason_{number}" + (f"_{part}" * (part != "sentence"))
            taken = partial(_nth, "reasons", number - 1, part)
            yield name, View(column="reasons", holds="text", take=taken)


def _next_steps() -> Iterator[tuple[str, View]]:
    told = partial(View, column="next_steps")
    yield "next_steps", told(holds="text", take=partial(_joined, "next_steps", "step"))
    yield "next_step", told(holds="text", take=partial(_nth, "next_steps", 0, "step"))
    yield "next_step_probability", told(holds="number", take=_probability_of_next_step)


def _column(name: str, scores: pd.DataFrame) -> pd.Series:
    return pd.Series(scores[name])


def _joined(name: str, part: str, scores: pd.DataFrame) -> pd.Series:
    return _told(["; ".join(one[part] for one in few) or None for few in _lists(scores, name)])


def _nth(name: str, place: int, part: str, scores: pd.DataFrame) -> pd.Series:
    lists = _lists(scores, name)
    return _told([few[place][part] if len(few) > place else None for few in lists])


def _probability_of_next_step(scores: pd.DataFrame) -> pd.Series:
    return _as_numbers(_nth("next_steps", 0, "probability", scores))


def _at_horizon(horizon_days: int, scores: pd.DataFrame) -> pd.Series:
    """The probability of leaving within some days, where it was predicted."""
    first = scores["churn_probability"].where(scores["horizon_days"] == horizon_days)
    found = [
        [one["probability"] for one in few if one["horizon_days"] == horizon_days]
        for few in _lists(scores, "further_horizons")
    ]
    further = _as_numbers(_told([few[0] if few else None for few in found]))
    return further.fillna(first.reset_index(drop=True))


def _lists(scores: pd.DataFrame, name: str) -> Sequence[Sequence[Mapping[str, Any]]]:
    return scores[name].tolist()


def _as_numbers(values: pd.Series) -> pd.Series:
    return pd.Series(values, dtype="float64")


def _told(values: Sequence[object]) -> pd.Series:
    # As objects: a text with a lone surrogate must reach the check that refuses it.
    return pd.Series(values, dtype="object")
