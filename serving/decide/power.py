"""How long an experiment must go on before it can tell whether contact helps."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from models.logit import Floats
from models.uplift.power import customers_needed
from serving.decide.experiment import CONTROL
from serving.decide.standing import Playbook, Standing

DAYS_A_WEEK = 7
DIGITS = 9
DAY_SECONDS = 86_400


@dataclass(frozen=True, kw_only=True)
class Knowing:
    """How far an experiment has come, and when it will tell something.

    `needed` customers in both arms together find, with 80 % power, that contact keeps `reduction`
    of those who leave, where the share `base` leaves without it. `a_night` is how many are enrolled
    each night; `weeks` counts from tonight until the last of them could have left, and is None
    where nobody is enrolled any more.
    """

    experiment: str
    enrolled: int
    needed: int
    a_night: float
    base: float
    reduction: float
    control_share: float
    weeks: int | None

    def sentence(self) -> str:
        """The estimate as a person reads it."""
        so_far = f"Experiment {self.experiment}: {self.enrolled:,} of {self.needed:,} enrolled"
        if self.weeks is None:
            return f"{so_far}; nobody new comes in, so it will never tell."
        pace = f"with {self.a_night:,.0f} customers a night you will know in"
        return f"{so_far}; {pace} {self.weeks:,} week{'s' * (self.weeks != 1)}."


def knowing(
    rows: pd.DataFrame,
    probabilities: Floats,
    standing: Standing,
    cutoff: datetime,
    book: Playbook,
    *,
    outcome_days: int,
) -> Knowing | None:
    """When the experiment will tell; None without one, or without probabilities of anyone in it.

    `rows` are those of a night decided, `probabilities` aligned with them; an outcome is known
    `outcome_days` after the cutoff. Those who leave without contact are as many as tonight's
    probabilities say of who is enrolled, and contact is hoped to keep `acceptance` of them.
    """
    enrolled = rows["arm"].notna().to_numpy(dtype=bool)
    base = float(np.mean(probabilities[enrolled])) if enrolled.any() else math.nan
    if book.experiment is None or not 0 < base < 1:
        return None
    share = _control_share(rows.loc[enrolled])
    needed = customers_needed(base, book.params.acceptance, share)
    tonight = len({*rows.loc[enrolled, "customer_id"]} | standing.enrolled.keys())
    earlier = sum(standing.enrolled_a_night.values())
    pace = _a_night({**standing.enrolled_a_night, cutoff: tonight - earlier})
    missing = max(0, needed - tonight)
    days = math.ceil(missing / pace) if pace else None if missing else 0
    return Knowing(
        experiment=book.experiment.name,
        enrolled=tonight,
        needed=needed,
        a_night=pace,
        base=base,
        reduction=book.params.acceptance,
        control_share=share,
        weeks=None if days is None else math.ceil((days + outcome_days) / DAYS_A_WEEK),
    )


def _control_share(enrolled: pd.DataFrame) -> float:
    """The mean probability with which those enrolled could have been held out."""
    held, drawn = enrolled["arm"].eq(CONTROL), enrolled["arm_probability"]
    return round(float(np.mean(np.where(held, drawn, 1 - drawn))), DIGITS)


def _a_night(enrolled: Mapping[datetime, int]) -> float:
    """Customers a night: since the first night, which takes in all who were waiting; else its own.

    >>> _a_night({datetime(2026, 3, 1): 400})
    400.0
    >>> _a_night({datetime(2026, 3, 1): 400, datetime(2026, 3, 11): 50})
    5.0
    """
    first, last = min(enrolled), max(enrolled)
    nights = round((last - first).total_seconds() / DAY_SECONDS)
    if not nights:
        return float(enrolled[first])
    return (sum(enrolled.values()) - enrolled[first]) / nights
