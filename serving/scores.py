"""The score table of one night: one row a customer at risk, checked before it leaves."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.contracts import Column, Table
from features.errors import RunRefused
from models.answers.rules import COLOURS
from models.learning.ladder import RULES
from models.targets.progression import MOVES
from serving.decide.columns import ARMS, DECIDED, HEALTH
from serving.decide.health import BORDERS
from serving.decide.params import BANDS
from serving.decide.worth import value_at_risk
from serving.outlook import OUTLOOK, with_outlook

INSTANT = "datetime64[us, UTC]"
REASONS_MOST = 5
REASON = ("code", "kind", "theme", "sentence")
KINDS = ("act", "context")


SCORES: Table[str] = Table(
    "scores",
    "One row a customer at risk: how likely they are to leave, why, and what that would cost.",
    (
        Column("customer_id", "str", "who"),
        Column("as_of", INSTANT, "the cutoff from which the horizon is predicted", "instant UTC"),
        Column("run_id", "str", "the run that made the row; equal inputs give the same run"),
        Column("horizon_days", "int64", "how far ahead is predicted", "days"),
        Column(
            "churn_probability",
            "float64",
            "calibrated probability of leaving; empty on the tier rules",
            "0 to 1",
            nullable=True,
        ),
        Column("probability_low", "float64", "its lower bound", "0 to 1", nullable=True),
        Column("probability_high", "float64", "its upper bound", "0 to 1", nullable=True),
        Column("further_horizons", "object", "the same for other horizons: a list, mostly empty"),
        Column("risk_band", "str", f"{', '.join(BANDS)}; high begins where an offer pays"),
        HEALTH,
        Column("health_colour", "str", f"{', '.join(COLOURS.values())}: the band as a colour"),
        Column("yearly_value", "float64", "past money as a year's", "currency unit"),
        Column(
            "value_at_risk",
            "float64",
            "probability times yearly value; empty where there is none",
            "currency unit",
            nullable=True,
        ),
        *OUTLOOK,
        Column("reasons", "object", f"up to {REASONS_MOST} of {', '.join(REASON)}, foremost first"),
        *DECIDED,
        Column("tier", "str", "how much data stood behind the model"),
        Column("grade", "str", "the model's grade out of time: A, B, C; none for rules"),
        Column("model_version", "int64", "the version in the registry that scored"),
        Column("watermark", INSTANT, "before it every source is complete", "instant UTC"),
        Column("expires_at", INSTANT, "from then on the row must not be acted upon", "instant UTC"),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Run:
    """What all scores of one night share; instants are UTC."""

    run_id: str
    as_of: datetime
    horizon_days: int
    tier: str
    grade: str
    model_version: int
    watermark: datetime
    expires_at: datetime


def expired(run: Run, now: datetime) -> bool:
    """Whether the scores of a run must not be acted upon any more.

    They hold in `[as_of, expires_at)`.
    """
    return run.expires_at <= now


def run_id(
    as_of: datetime,
    *,
    model_version: int,
    booster_sha256: str,
    lake_sha256: str,
    settings: Mapping[str, object],
) -> str:
    """The name of a run: its cutoff and a hash of all that its scores are made from.

    Scoring again from the same inputs is the same run. `settings` holds whatever else shapes a
    row, such as the decision parameters and the language; its values must be JSON.

    >>> night = datetime.fromisoformat("2026-11-20T17:00+00:00")
    >>> run_id(night, model_version=3, booster_sha256="ab", lake_sha256="cd", settings={})
    '20261120T1700Z-1bc64ce82033'
    """
    made_from = {
        "as_of": as_of.isoformat(),
        "model_version": model_version,
        "booster_sha256": booster_sha256,
        "lake_sha256": lake_sha256,
        "settings": dict(settings),
    }
    digest = hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()
    return f"{as_of:%Y%m%dT%H%MZ}-{digest[:12]}"


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What a model says of each customer; every column has one element a customer.

    Without bounds nothing is known of how far a probability may be trusted. `further` lists
    horizon_days, probability, low and high of other horizons. Where rules answer, `bands` are
    theirs and every probability is NaN.
    """

    probabilities: NDArray[np.float64]
    low: NDArray[np.float64] | None = None
    high: NDArray[np.float64] | None = None
    further: Sequence[Sequence[Mapping[str, float]]] = ()
    bands: Sequence[str] = ()


def make_scores(
    run: Run,
    *,
    customer_ids: Sequence[str],
    answers: Answers,
    yearly: NDArray[np.float64],
    reasons: Sequence[Sequence[Mapping[str, str]]],
    decided: pd.DataFrame,
    outlooks: Iterable[pd.DataFrame] = (),
) -> pd.DataFrame:
    """The checked score table, the most likely to leave first, equals by customer.

    All columns are aligned, one element a customer at risk. `yearly` is what a customer is worth
    a year; a reason has what `REASON` names; `decided` are the rows of `decide`. `RunRefused` when
    a row could not be acted upon: nothing is published then. `outlooks` are tables of other
    models: customer_id and some columns of `OUTLOOK`.
    """
    p = answers.probabilities
    nothing: list[Sequence[Mapping[str, float]]] = [[] for _ in customer_ids]
    raw_scores = pd.DataFrame(
        {
            **asdict(run),
            "customer_id": pd.Series(customer_ids, dtype="str"),
            "churn_probability": p,
            "probability_low": _unbounded(p, 0) if answers.low is None else answers.low,
            "probability_high": _unbounded(p, 1) if answers.high is None else answers.high,
            "further_horizons": _lists(answers.further or nothing),
            **{name: decided[name].array for name in decided.columns if name != "customer_id"},
            "health_colour": decided["risk_band"].map(lambda band: COLOURS.get(band, "")).array,
            "yearly_value": yearly,
            "value_at_risk": value_at_risk(p, yearly),
            "reasons": _lists(reasons),
        }
    )
    told = with_outlook(raw_scores, outlooks)
    return ranked(check_scores(told.astype(SCORES.schema)))


def ranked(scores: pd.DataFrame) -> pd.DataFrame:
    """The most likely to leave first, then by band, equals by customer."""
    urgency = scores["risk_band"].map(BANDS.index)
    order = ["churn_probability", "urgency", "customer_id"]
    told = scores.assign(urgency=urgency).sort_values(
        order, ascending=[False, True, True], ignore_index=True
    )
    return told.drop(columns="urgency")


def check_scores(raw_scores: pd.DataFrame) -> pd.DataFrame:
    """The scores with their columns in order, or `RunRefused` naming each fault, no customer."""
    faults = list(_shape_faults(raw_scores)) or list(_value_faults(raw_scores))
    if faults:
        raise RunRefused(
            "; ".join(faults),
            where="table scores",
            mend="nothing was published; retrain, or promote the previous model",
        )
    return raw_scores.loc[:, list(SCORES.schema)]


def _in_its_colour(scores: pd.DataFrame) -> pd.Series:
    borders = scores["risk_band"].map(lambda band: BORDERS.get(band, (0, 100)))
    return scores["health"].between(borders.str[0], borders.str[1])


def _unbounded(p: NDArray[np.float64], bound: float) -> NDArray[np.float64]:
    return np.where(np.isnan(p), np.nan, bound)


def _are_reasons(few: Sequence[Mapping[str, str]]) -> bool:
    return all({*one} == {*REASON} and one["kind"] in KINDS for one in few)


def _lists(told: Sequence[Sequence[Mapping[str, Any]]]) -> pd.Series:
    return pd.Series([[dict(one) for one in few] for few in told], dtype="object")


def _shape_faults(scores: pd.DataFrame) -> Iterator[str]:
    ruled = scores["tier"].eq(RULES) if "tier" in scores else np.zeros(len(scores), bool)
    for column in SCORES.columns:
        name, dtype = column.name, column.dtype
        if name not in scores.columns:
            yield f"column {name} is missing"
        elif str(scores[name].dtype) != dtype:
            yield f"column {name} is {scores[name].dtype}, not {dtype}"
        elif column in (*OUTLOOK, *DECIDED):
            continue
        elif bool((scores[name].isna() & ~(column.nullable & ruled)).any()):
            yield f"column {name} has empty cells"
    yield from (f"column {name} is not a score" for name in scores if name not in SCORES.schema)
    if scores.empty:
        yield "no customer is at risk"


def _value_faults(scores: pd.DataFrame) -> Iterator[str]:
    probability, ruled = scores["churn_probability"], scores["tier"].eq(RULES)
    low, high = scores["probability_low"], scores["probability_high"]
    moves = scores[[f"p_{move}" for move in MOVES]]
    faults = {
        "customers without an id": scores["customer_id"].str.strip() == "",
        "customers scored more than once": scores["customer_id"].duplicated(),
        "probabilities outside 0 to 1": ~probability.between(0, 1) & ~ruled,
        "probabilities where there are rules": probability.notna() & ruled,
        "probabilities outside their bounds": ~probability.between(low, high) & ~ruled,
        "amounts of money that are not finite": ~np.isfinite(scores["yearly_value"]),
        "unknown risk bands": ~scores["risk_band"].isin(BANDS),
        "health of another colour than the band": ~_in_its_colour(scores),
        "unknown arms": ~scores["arm"].isin(ARMS) & scores["arm"].notna(),
        "arms without probability": scores["arm"].notna()
        & ~scores["arm_probability"].between(0, 1, inclusive="neither"),
        "actions for those held out": scores["arm"].eq("control") & scores["action"].notna(),
        "moves whose probabilities do not add up": (moves.sum(axis=1) - 1).abs().gt(1e-6)
        & moves.notna().any(axis=1),
        f"rows with more than {REASONS_MOST} reasons": scores["reasons"].map(len) > REASONS_MOST,
    }
    faults["rows with a reason that is none"] = ~scores["reasons"].map(_are_reasons)
    yield from (f"{rows.sum()} {what}" for what, rows in faults.items() if bool(rows.any()))
    if (scores["run_id"] != scores["run_id"].iloc[0]).any():
        yield "rows of several runs"
