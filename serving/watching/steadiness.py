"""How steady what is told is from night to night: bands that flip, reasons that are told again."""

from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models.drift.alarm import Alarm
from serving.scores import Run
from serving.store.tables import scores_table
from serving.watching.noise import beyond
from serving.watching.params import WatchParams

REASONS_READ = 20_000
"""Of so many customers the reasons are compared; more move no second digit."""

DAYS_MOST = 2

CUSTOMERS_LEAST = 30
"""Of fewer nothing is said."""


@dataclass(frozen=True, kw_only=True)
class Steadiness:
    """Two nights beside each other, by the `customers` of whom both tell.

    `flipped` are in another band; `explained` were told reasons on both nights, and `alike` is the
    mean overlap (Jaccard) of the codes of these; `days` lie between the nights.
    """

    run_before: str
    days: int
    same_model: bool
    customers: int
    flipped: int
    explained: int
    alike: float

    @property
    def flips(self) -> float:
        """The share that is in another band."""
        return self.flipped / self.customers if self.customers else 0.0

    def as_json(self) -> dict[str, Any]:
        """Itself as JSON."""
        return {**asdict(self), "flips": self.flips}

    def alarms(self, params: WatchParams) -> list[Alarm]:
        """W01 for bands that flip, W02 for reasons that change; none where the model did.

        Runs that are further apart than `DAYS_MOST` may well differ.
        """
        if not self.same_model or self.days > DAYS_MOST:
            return []
        found: list[Alarm] = []
        most, least = params.flips_most, params.reasons_alike_least
        if self.customers >= CUSTOMERS_LEAST and beyond(self.flips, most, self.customers):
            found.append(_alarm("W01", self.flips, most, self.customers))
        if self.explained >= CUSTOMERS_LEAST and self.alike < least:
            found.append(_alarm("W02", self.alike, least, self.explained))
        return found


def steadiness(connection: Connection, run: Run, before: Run) -> Steadiness:
    """What two runs told of the customers of both."""
    now, then = scores_table.alias("now"), scores_table.alias("then")
    both = now.join(then, now.c.customer_id == then.c.customer_id)
    told = (now.c.run_id == run.run_id, then.c.run_id == before.run_id)
    is_other = sa.case((now.c.risk_band != then.c.risk_band, 1), else_=0)
    counts = sa.select(sa.func.count(), sa.func.sum(is_other)).select_from(both).where(*told)
    customers, flipped = connection.execute(counts).one()
    are_some = (sa.cast(one.c.reasons, sa.Text) != "[]" for one in (now, then))
    reasons = sa.select(now.c.reasons, then.c.reasons).select_from(both).where(*told, *are_some)
    pairs = connection.execute(reasons.limit(REASONS_READ)).all()
    overlaps = [_overlap(*pair) for pair in pairs]
    return Steadiness(
        run_before=before.run_id,
        days=(run.as_of - before.as_of).days,
        same_model=run.model_version == before.model_version,
        customers=customers,
        flipped=int(flipped or 0),
        explained=len(overlaps),
        alike=sum(overlaps) / len(overlaps) if overlaps else 1.0,
    )


def _overlap(now: list[dict[str, str]], then: list[dict[str, str]]) -> float:
    """Of the codes of either night, the share that both have."""
    codes, before = ({one["code"] for one in reasons} for reasons in (now, then))
    return len(codes & before) / len(codes | before)


def _alarm(code: str, measured: float, needed: float, customers: int) -> Alarm:
    return Alarm(
        code=code,
        severity="warn",
        about="score",
        name="",
        measured=measured,
        needed=needed,
        told={"customers": customers},
    )
