"""What comes next, as the score table tells it: the stage, where it may lead, the next steps."""

from collections.abc import Iterable

import pandas as pd

from features.contracts import Column


def _maybe(name: str, dtype: str, meaning: str, unit: str = "") -> Column[str]:
    return Column(name, dtype, meaning, unit, nullable=True)


OUTLOOK: tuple[Column[str], ...] = (
    _maybe("stage", "str", "where they stand; empty where nobody tells, or nothing is predicted"),
    _maybe("days_in_stage", "float64", "since it was entered", "days"),
    _maybe("p_advance", "float64", "probability of going up within its horizon", "0 to 1"),
    _maybe("p_stay", "float64", "of staying", "0 to 1"),
    _maybe("p_regress", "float64", "of going down", "0 to 1"),
    _maybe("p_exit", "float64", "of leaving by an exit", "0 to 1"),
    _maybe("next_stage", "str", "the likeliest other stage"),
    _maybe("p_next_stage", "float64", "its probability", "0 to 1"),
    Column("next_steps", "object", "the likeliest next steps with their probabilities: a list"),
    _maybe("p_no_step", "float64", "probability that none of them comes", "0 to 1"),
)
"""Columns of `scores` that other models than that of churn fill, where there are such models."""


def with_outlook(scores: pd.DataFrame, outlooks: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Scores with the columns of `OUTLOOK`, from tables that have customer_id and some of them."""
    told = scores
    for one in outlooks:
        told = told.merge(one, on="customer_id", how="left", validate="one_to_one")
    told = told.reindex(columns=[*scores.columns, *(column.name for column in OUTLOOK)])
    steps = told["next_steps"].map(lambda few: [] if few is None or few is pd.NA else few)
    lists = [[dict(one) for one in few] if hasattr(few, "__len__") else [] for few in steps]
    plain = {one.name: one.dtype for one in OUTLOOK if one.dtype != "object"}
    return told.astype(plain).assign(next_steps=pd.Series(lists, dtype="object"))
