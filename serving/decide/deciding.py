"""One night decided: bands, health, the next best action, and who is held out."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from serving.decide.bands import bands_by_capacity, risk_bands
from serving.decide.choosing import open_plays, served
from serving.decide.experiment import CONTROL, Enrolment, drawn
from serving.decide.health import health
from serving.decide.params import BANDS, DecideParams
from serving.decide.plays import Play, assigned
from serving.decide.standing import Playbook, Standing
from serving.decide.worth import value_at_risk

Flags = NDArray[np.bool_]

RULE = "rule"
"""What chooses actions until an experiment has proved that something else does it better."""


@dataclass(frozen=True, kw_only=True)
class Decided:
    """What was decided; everything is aligned with what was asked.

    `rows` has customer_id, risk_band, health and the columns of `DECIDED`. `plays` names the play
    that each row was given, empty for none. `fresh` are the rows enrolled of whom the standing
    knows no arm.
    """

    rows: pd.DataFrame
    plays: NDArray[np.str_]
    fresh: Flags

    def sha256(self) -> str:
        """Hash of all decisions, whatever the order of the rows: equal for equal nights.

        Enrolled tonight or before makes no difference, for a night may be scored again.
        """
        told = self.rows.assign(play=self.plays).sort_values("customer_id")
        digest = hashlib.sha256()
        for name in told.columns:
            digest.update(json.dumps(told[name].astype(object).map(str).tolist()).encode())
        return digest.hexdigest()


def decide(
    scored: pd.DataFrame, standing: Standing, cutoff: datetime, book: Playbook, key: bytes = b""
) -> Decided:
    """What to do about each customer of a night.

    `scored` has customer_id, probability, band (of rules, else empty), yearly_value, stage and
    reasons. The first play that is open to a customer and has room wins; customers are served by
    the money that contact is expected to keep, equals by customer. Whoever contact is planned for,
    who is in band high or has an action, is enrolled in the experiment, once; who is held out is
    given no action.
    """
    asked = scored.reset_index(drop=True).sort_values("customer_id", kind="stable")
    asked = asked.assign(risk_band=_bands(asked, standing, book.params))
    plays = open_plays(asked, standing, cutoff, book)
    urgent = asked["risk_band"].eq(BANDS[0]).to_numpy(dtype=bool)
    arms = _arms(asked, urgent | plays.any(axis=1), standing, book, key)
    held = np.array([one is not None and one.arm == CONTROL for one in arms], dtype=bool)
    room = [play.capacity_per_day for play in book.plays]
    chosen = assigned(plays, room, served(asked, book.params), held)
    known = asked["customer_id"].isin([*standing.enrolled]).to_numpy(dtype=bool)
    fresh = (urgent | (chosen >= 0)) & ~known & (book.experiment is not None)
    given = [book.plays[at] if at >= 0 else None for at in np.where(held, -1, chosen)]
    told = pd.DataFrame(
        {
            "customer_id": asked["customer_id"],
            "risk_band": asked["risk_band"],
            "health": health(
                asked["probability"].to_numpy(), asked["risk_band"].tolist(), book.params
            ),
            **_actions(given, asked.index),
            **_drawn(arms, fresh | known, book, asked.index),
        }
    )
    back = np.argsort(asked.index.to_numpy())
    names = np.array([play.name if play else "" for play in given], dtype=str)
    return Decided(rows=told.sort_index(), plays=names[back], fresh=fresh[back])


def _bands(asked: pd.DataFrame, standing: Standing, params: DecideParams) -> pd.Series:
    """The band of each row: that of the rules where they answer."""
    if bool(asked["band"].notna().any()):
        return pd.Series(asked["band"], dtype="str")
    p = asked["probability"].to_numpy(np.float64)
    before = [standing.bands.get(customer) for customer in asked["customer_id"].tolist()]
    if params.bands_by == "profit":
        return pd.Series(risk_bands(p, params, before), index=asked.index, dtype="str")
    yearly = asked["yearly_value"].to_numpy(np.float64)
    weights = p if params.rank_by == "probability" else value_at_risk(p, yearly)
    return pd.Series(bands_by_capacity(weights, params, before), index=asked.index, dtype="str")


def _arms(
    asked: pd.DataFrame, wanted: Flags, standing: Standing, book: Playbook, key: bytes
) -> list[Enrolment | None]:
    """The frozen arm of each row, or the one that is drawn should contact be planned for it."""
    if book.experiment is None:
        return [None] * len(asked)
    concerned = wanted | asked["customer_id"].isin([*standing.enrolled]).to_numpy(dtype=bool)
    few = asked.loc[concerned]
    bands = dict(zip(few["customer_id"].tolist(), few["risk_band"].tolist(), strict=True))
    arms = drawn(book.experiment, bands, standing.enrolled, key)
    return [arms.get(customer) for customer in asked["customer_id"].tolist()]


def _actions(given: Sequence[Play | None], index: pd.Index) -> dict[str, pd.Series]:
    """The columns of the action."""
    return {
        "action": _texts((play and play.action for play in given), index),
        "action_channel": _texts((play and play.channel for play in given), index),
        "action_by": _texts((play and RULE for play in given), index),
    }


def _drawn(
    arms: Sequence[Enrolment | None], enrolled: Flags, book: Playbook, index: pd.Index
) -> dict[str, pd.Series]:
    """The columns of the arm, for those who are enrolled."""
    told = [one if ok else None for one, ok in zip(arms, enrolled, strict=True)]
    name = book.experiment and book.experiment.name
    chances = [one.probability if one else np.nan for one in told]
    return {
        "arm": _texts((one and one.arm for one in told), index),
        "arm_probability": pd.Series(chances, index=index, dtype="float64"),
        "experiment": _texts((one and name for one in told), index),
    }


def _texts(told: Iterable[str | None], index: pd.Index) -> pd.Series:
    return pd.Series(list(told), index=index, dtype="str")
