"""Those who were drawn, as one table: from jejak's own lots, or from a log of somebody else's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pandas as pd
from sqlalchemy.engine import Connection

from models.uplift.experiment import TREATED
from serving.decide import DecideParams, Play, yearly_value
from serving.outcomes.intended import costs, intended
from serving.outcomes.kept import gone_since, reached, scored_then
from serving.outcomes.log import draws, plays_given
from serving.suppression import suppressed


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Draws before their outcomes are joined.

    `rows` has customer_id, experiment, assigned_at, cutoff, arm, probability (of being treated),
    stratum, leaving, stage, yearly (NaN where it was not kept), action and channel, what each of
    either arm was to be given, and told (whether a destination has acknowledged the score since;
    empty where none was asked). `plays` are those that were given to the treated: customer_id,
    action, as_of; None where nobody logged them, so that each of the treated had one. `counts` are
    of those who are left out, or have objected since.
    """

    rows: pd.DataFrame
    plays: pd.DataFrame | None = None
    counts: Mapping[str, int] = field(default_factory=dict[str, int])


def from_store(
    connection: Connection,
    experiment: str,
    until: datetime,
    *,
    plays: Sequence[Play],
    heard_until: datetime | None = None,
) -> Drawn | None:
    """Who was enrolled up to a cutoff; None where nobody was.

    Of what destinations answered it is known what was until `heard_until`, else until the cutoff.
    """
    log = draws(connection, experiment)
    log = log.loc[log["assigned_at"] <= until].reset_index(drop=True)
    if log.empty:
        return None
    asked = any(play.when for play in plays)
    then = scored_then(connection, experiment, reasons=asked)
    rows = log.merge(then, on="customer_id", how="left")
    meant = dict(zip(then["customer_id"], intended(plays, then), strict=True))
    channels = {play.name: play.channel for play in plays}
    actions = [meant.get(customer) for customer in rows["customer_id"]]
    own = rows["probability"]
    heard = reached(connection, experiment, heard_until or until)
    objected = suppressed(connection, until) & {*rows["customer_id"]}
    return Drawn(
        rows=rows.assign(
            cutoff=rows["assigned_at"],
            probability=own.where(rows["arm"].eq(TREATED), 1 - own),
            leaving=rows["churn_probability"],
            yearly=rows["yearly_value"],
            action=actions,
            channel=[channels.get(action or "") for action in actions],
            told=None if heard is None else rows["customer_id"].isin([*heard]),
        ),
        plays=plays_given(connection, log),
        counts={
            "suppressed": len(objected),
            "erased": gone_since(connection, experiment, until, len(rows)),
        },
    )


def from_log(log: pd.DataFrame) -> Drawn | None:
    """Who was drawn as the lake tells it; None where nobody was, or no probability was logged."""
    rows = log.loc[log["probability"].gt(0) & log["probability"].lt(1)].reset_index(drop=True)
    if rows.empty:
        return None
    empty = {"stratum": None, "stage": None, "leaving": np.nan, "yearly": np.nan, "told": None}
    return Drawn(
        rows=rows.assign(**empty, experiment=", ".join(sorted({*rows["experiment"]}))),
        counts={"no_probability": len(log) - len(rows)},
    )


def priced(
    told: pd.DataFrame, drawn: Drawn, plays: Sequence[Play], params: DecideParams
) -> pd.DataFrame:
    """Draws with their yearly value, and what was spent on each until the outcome was known.

    A value that was kept when the lot was drawn counts, else that of the money before it; where
    there is no money at all, all are worth `params.customer_value`. An attempt costs what its play
    says, else what contact and offer cost together.
    """
    value = told["yearly"].fillna(
        pd.Series(yearly_value(told["worth"].to_numpy(np.float64), params), told.index)
    )
    if not bool((value > 0).any()):
        value = value.where(value.isna(), params.customer_value)
    attempts = _attempts(told, drawn.plays)
    usual = params.contact_cost + params.offer_cost
    each = np.array(costs(attempts["action"].tolist(), plays, usual), dtype=np.float64)
    of = attempts["row"].to_numpy(np.int64)
    spent = np.bincount(of, weights=each, minlength=len(told))
    given = np.bincount(of, minlength=len(told)) > 0
    return told.assign(value=value, cost=spent, given=given)


def _attempts(told: pd.DataFrame, plays: pd.DataFrame | None) -> pd.DataFrame:
    """Every play that one of the treated was given before the outcome: row and action."""
    treated = told.assign(row=np.arange(len(told))).loc[told["arm"].eq(TREATED)]
    if plays is None:
        return treated[["row", "action"]].fillna({"action": ""})
    both = treated.drop(columns="action").merge(plays, on="customer_id")
    in_time = both["as_of"].ge(both["assigned_at"]) & both["as_of"].lt(both["matured_at"])
    return both.loc[in_time, ["row", "action"]]
