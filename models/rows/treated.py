"""Treated customers in a panel: whoever outreach kept must not teach that high risk is safe.

A row's label tells what becomes of a customer who is left alone only if no treatment can have
changed it. Who was treated, and when, is asked of training rows alone and is never a feature; why
leaving them out is the default: docs/decisions/0046-treated-customers.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import ModelRefused
from models.judging.grades import EVENTS_LEAST
from models.logit import Floats
from models.rows.last_before import last_before
from models.rows.panel import Panel, PanelParams
from models.rows.weights import WEIGHT
from models.uplift.experiment import CONTROL, TREATED

WEIGHT_MOST = 20.0
"""No row stands for more than so many, lest a few decide alone."""

TENTHS = np.arange(1, 10) / 10

INSTANT = "datetime64[us, UTC]"

NO_ONE = pd.DataFrame(
    {
        "customer_id": pd.Series(dtype="str"),
        "assigned_at": pd.Series(dtype=INSTANT),
        "arm": pd.Series(dtype="str"),
        "probability": pd.Series(dtype="float64"),
        "lasting": pd.Series(dtype="bool"),
    }
)
"""A log of outreach that never was; `lasting` are lots of who goes on being treated for good."""

Flags = NDArray[np.bool_]


def settled(panel: Panel, log: pd.DataFrame, params: PanelParams) -> Panel:
    """A panel with labels in which the rows of treated customers are settled as the params say.

    `log` has the columns of `NO_ONE`: who was treated or held out, when, and with which probability
    of the arm that was drawn, empty where none was. `ModelRefused` where too few rows remain to
    learn from, though there were enough, or none at all.
    """
    left = set_aside(panel, log, params)
    _refuse_too_few(panel, left)
    return left


def set_aside(panel: Panel, log: pd.DataFrame, params: PanelParams) -> Panel:
    """As `settled`, however few rows remain."""
    if log.empty:
        return panel
    endless = params.treated in {"weight", "controls"}
    span = None if endless else timedelta(days=params.effect_days)
    touched = reached(panel.rows, log.loc[log["arm"].eq(TREATED)], span)
    held = log.loc[log["arm"].eq(CONTROL)]
    apart = reached(panel.rows, held, span) & ~touched
    counted = replace(panel, treated=int(touched.sum()), held_out=int(apart.sum()))
    if params.treated == "keep":
        return counted
    rows = panel.rows
    if params.treated != "controls":
        # Who is drawn after the cutoff often is for a silence that is half of leaving.
        weights = _stands_for(rows, held, None if endless else timedelta(0))
        if endless or (weights > 1).any():
            rows = rows.assign(**{WEIGHT: weights})
    return replace(counted, rows=rows.loc[~touched].reset_index(drop=True))


def told(panel: Panel, params: PanelParams) -> Mapping[str, object]:
    """How treated customers were settled, for the lineage of a model; no customer."""
    weight = float(panel.column(WEIGHT).max()) if WEIGHT in panel.rows else 1.0
    span = {"effect_days": params.effect_days} if params.treated in {"exclude", "keep"} else {}
    return {
        "choice": params.treated,
        **span,
        "rows": panel.treated,
        "rows_held_out": panel.held_out,
        "largest_weight": round(weight, 3),
    }


def reached(rows: pd.DataFrame, log: pd.DataFrame, span: timedelta | None) -> Flags:
    """Which rows have an assignment of their customer that may touch their label.

    That is one from `span` before the cutoff, or from ever, until the label is known. `rows` has
    the columns customer_id, cutoff and matured_at, `log` customer_id and assigned_at.
    """
    last = _last_before(rows, log)["assigned_at"]
    since = last.notna() if span is None else last.ge(rows["cutoff"].reset_index(drop=True) - span)
    return since.to_numpy(np.bool_)


@dataclass(frozen=True, kw_only=True)
class Touched:
    """Of each row whether a treatment may touch its label, and whether it was held out instead.

    `stands_for` is one over the probability of having been held out each time; 1 where nobody was.
    """

    treated: Flags
    held_out: Flags
    stands_for: Floats


def touched(rows: pd.DataFrame, log: pd.DataFrame, span: timedelta) -> Touched:
    """Which rows an assignment may touch: from `span` before the cutoff, lasting ones for ever.

    Who is treated after the cutoff often is because of what came then, as silence does, and so
    tells of the label; those held out, drawn for the same reasons, stand for them.
    """
    kinds = [(log.loc[log["lasting"]], None), (log.loc[~log["lasting"]], span)]
    treated, held_out = (
        np.logical_or(*(reached(rows, some.loc[some["arm"].eq(arm)], far) for some, far in kinds))
        for arm in (TREATED, CONTROL)
    )
    held = [(some.loc[some["arm"].eq(CONTROL)], far) for some, far in kinds]
    chance = np.prod([_chance(rows, some, far) for some, far in held], axis=0)
    return Touched(
        treated=treated,
        held_out=held_out & ~treated,
        stands_for=np.minimum(1 / np.maximum(chance, 1 / WEIGHT_MOST), WEIGHT_MOST),
    )


def stand_for_their_like(risk: Floats, weights: Floats) -> Floats:
    """The weights of rows so that those of about the same risk stand for all of that risk.

    By tenths of risk; nobody stands for a tenth of which no row has a weight, nor for more than
    `WEIGHT_MOST`.

    >>> stand_for_their_like(
    ...     np.array([0.1, 0.1, 0.9, 0.9]), np.array([1.0, 1.0, 1.0, 0.0])
    ... ).tolist()
    [1.0, 1.0, 2.0, 0.0]
    """
    tenth = np.searchsorted(np.quantile(risk, TENTHS), risk, side="right")
    told = np.bincount(tenth, weights=weights, minlength=len(TENTHS) + 1)[tenth]
    everyone = np.bincount(tenth)[tenth]
    return np.minimum(weights * everyone / np.where(told > 0, told, 1.0), WEIGHT_MOST)


def _stands_for(rows: pd.DataFrame, held: pd.DataFrame, span: timedelta | None) -> Floats:
    """One over the probability of having been held out each time until the label is known."""
    return np.minimum(1 / np.maximum(_chance(rows, held, span), 1 / WEIGHT_MOST), WEIGHT_MOST)


def _chance(rows: pd.DataFrame, held: pd.DataFrame, span: timedelta | None) -> Floats:
    """The probability of having been held out each time, from a span before the cutoff or ever."""
    ordered = held.sort_values("assigned_at", kind="stable")
    chance = ordered["probability"].fillna(1.0).groupby(ordered["customer_id"]).cumprod()
    told = ordered.assign(chance=chance)
    found = _last_before(rows, told)["chance"].fillna(1.0).to_numpy(np.float64)
    if span is None:
        return found
    earlier = rows.assign(matured_at=rows["cutoff"] - span)
    return found / _last_before(earlier, told)["chance"].fillna(1.0).to_numpy(np.float64)


def _last_before(rows: pd.DataFrame, log: pd.DataFrame) -> pd.DataFrame:
    """The last assignment of each row's customer before its label is known, in the rows' order."""
    asked = [
        (rows, "customer_id"),
        (rows, "matured_at"),
        (log, "customer_id"),
        (log, "assigned_at"),
    ]
    places = last_before(*(cast("pd.Series", frame[name]) for frame, name in asked))
    return log.reset_index(drop=True).reindex(places).reset_index(drop=True)


def _refuse_too_few(before: Panel, left: Panel) -> None:
    """Refuse, as `ModelRefused`, what was enough to learn from before rows were left out."""
    was_enough = before.events_rarer >= EVENTS_LEAST
    if left.events_rarer >= EVENTS_LEAST or (len(left.rows) and not was_enough) or before is left:
        return
    raise ModelRefused(
        f"outreach may have changed {left.treated} of {len(before.rows)} rows; without them "
        f"{left.events_rarer} of {before.events_rarer} rows of the rarer outcome are left, and a "
        f"model needs {EVENTS_LEAST}",
        where="panel.treated",
        mend="hold out more customers in [experiment]; or shorten effect_days in [panel] if the "
        'effect of outreach is shorter; or, knowing that risk is told too low, treated = "keep"',
    )
