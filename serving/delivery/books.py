"""The books of a delivery: every row that was scored is accounted for."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from features.errors import JejakError
from serving.store.outbox_tables import deliveries, outbox

CLEARS = "+clear"
"""Stands in the id of the small runs that clear what was delivered, after the plan they follow."""

PLANS = "+plan"
"""Stands in the id of a plan that took the place of another of the same run, after its id."""

OPEN = ("planned", "sent")
PLANNED = ("scored", "unchanged", "planned", "clears")
ENDED = ("acknowledged", "rejected", "suppressed", "superseded")


@dataclass(frozen=True, kw_only=True)
class Books:
    """What became of a run at one destination, its clears included.

    `pending` rows are planned or without an answer. `stopped` says why the delivery ended early,
    `resumes_at` from when it may go on, where that is known.
    """

    destination: str
    run_id: str
    scored: int = 0
    unchanged: int = 0
    planned: int = 0
    clears: int = 0
    acknowledged: int = 0
    rejected: int = 0
    suppressed: int = 0
    superseded: int = 0
    pending: int = 0
    calls: int = 0
    stopped: str = ""
    mend: str = ""
    resumes_at: datetime | None = None

    @property
    def complete(self) -> bool:
        """Whether nothing is left to do."""
        return not self.stopped and not self.pending

    def balanced(self) -> "Books":
        """The same books; an error where a row is missing or counted twice."""
        ended = self.acknowledged + self.rejected + self.suppressed + self.superseded
        if self.scored != self.unchanged + self.planned - self.clears:
            raise self._out("scored is not unchanged + planned without clears")
        if self.planned != ended + self.pending:
            raise self._out("planned is not acknowledged + rejected + suppressed + ... + pending")
        return self

    def facts(self) -> dict[str, Any]:
        """The books as JSON knows them; no customer."""
        told = asdict(self)
        return {**told, "resumes_at": self.resumes_at and self.resumes_at.isoformat()}

    def _out(self, what: str) -> JejakError:
        return JejakError(
            f"the books of {self.destination} do not balance: {what}",
            where=f"run {self.run_id}: {self.facts()}",
            mend="report this; what was acknowledged is right, and running again sends the rest",
        )


def books_of(connection: Connection, plan_id: str, destination: str) -> Books:
    """The books of a plan at a destination as they stand; empty before anything was planned."""
    mine = [deliveries.c.destination == destination, of_plan(deliveries, plan_id)]
    sums = [sa.func.coalesce(sa.func.sum(deliveries.c[name]), 0) for name in PLANNED]
    planned = connection.execute(sa.select(*sums).where(*mine)).one()
    ours = [outbox.c.destination == destination, of_plan(outbox, plan_id)]
    by_state = sa.select(outbox.c.state, sa.func.count()).where(*ours).group_by(outbox.c.state)
    counted = {str(state): int(count) for state, count in connection.execute(by_state)}
    counts = dict(zip(PLANNED, map(int, planned), strict=True))
    counts |= {state: counted.get(state, 0) for state in ENDED}
    counts["pending"] = sum(counted.get(state, 0) for state in OPEN)
    run_id = plan_id.partition(PLANS)[0]
    return replace(Books(destination=destination, run_id=run_id), **counts)


def of_plan(table: sa.Table, plan_id: str) -> sa.ColumnElement[bool]:
    """Rows of a plan and of the small runs that clear after it."""
    clears = table.c.run_id.startswith(plan_id + CLEARS, autoescape=True)
    return sa.or_(table.c.run_id == plan_id, clears)
