"""What a customer's page is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pandas as pd

from serving.scores import Run


class Sent(NamedTuple):
    """What a destination holds of a customer; `op` is set, clear or empty."""

    destination: str
    op: str
    run_id: str
    at: datetime | None


class Barred(NamedTuple):
    """Something that forbids to contact a customer; an empty channel is every channel."""

    channel: str
    purpose: str
    until: datetime | None


class Drawn(NamedTuple):
    """The arm of an experiment that a customer was drawn into."""

    experiment: str
    arm: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class History:
    """What the store remembers of one customer.

    `scores` has one row a run, oldest first, with the columns of the score table; `run` is the one
    that readers see, None before the first. `actions` has the columns action, channel and as_of.
    """

    run: Run | None
    scores: pd.DataFrame
    actions: pd.DataFrame
    arms: Sequence[Drawn] = ()
    sent: Sequence[Sent] = ()
    barred: Sequence[Barred] = ()

    @property
    def present(self) -> Mapping[str, Any] | None:
        """The customer's row among the scores that readers see; none where they have none."""
        if self.run is None:
            return None
        found = self.scores.loc[self.scores["run_id"].eq(self.run.run_id)]
        return found.iloc[0].to_dict() if len(found) else None


@dataclass(frozen=True, kw_only=True)
class Known:
    """All that a page tells of a customer, as known before `cutoff`.

    `events` has occurred_at, channel, step, value (money) and sentiment (-1 to 1), oldest first;
    `spells` stage, entered_at and left_at; `contracts` starts_at, ends_at and amount (money);
    `outreach` what sources tell of it: assigned_at, arm, action and channel. `reasons_in` is the
    language in which reasons were scored: without their numbers they cannot be said anew.
    """

    customer_id: str
    cutoff: datetime
    now: datetime
    zone: ZoneInfo
    currency: str
    history: History
    events: pd.DataFrame
    spells: pd.DataFrame
    contracts: pd.DataFrame
    outreach: pd.DataFrame
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    reasons_in: str = "en"
    by_business: frozenset[str] = frozenset()
    """The steps that the business takes, not the customer."""

    @property
    def stage(self) -> tuple[str, datetime] | None:
        """The stage that holds, and since when."""
        holding = self.spells.loc[self.spells["left_at"].isna()]
        if holding.empty:
            return None
        last = holding.sort_values("entered_at").iloc[-1]
        return str(last["stage"]), last["entered_at"].to_pydatetime()
