"""The plan: what is to be sent, in the outbox before anything is sent."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from features.errors import GateFailed
from serving.delivery.books import CLEARS, OPEN, PLANS, of_plan
from serving.delivery.difference import (
    ERASED,
    Change,
    Difference,
    Held,
    chunks,
    held_by,
    is_delivered,
)
from serving.delivery.params import DeliveryParams
from serving.destinations.fields.mapping import cleared, fingerprint, shape
from serving.destinations.spec import DestinationSpec
from serving.scores import Run, expired
from serving.store.database import Database
from serving.store.leases import Lease, check
from serving.store.outbox_tables import acknowledged, deliveries, outbox, rejects
from serving.timing import Timing

FEW = 20
"""So many clears never stop a delivery, whatever their share."""

WORDS_OF_FAULTS = {
    "DUPLICATE_KEY": "another customer has the same key at this destination",
    "KEY_MISSING": "the customer has no key for this destination",
    "TEXT_ODD": "a text holds characters that no destination takes",
}
NEXT_ACTION = "mend it at the source; the next run tries again"


@dataclass(frozen=True, kw_only=True)
class Planner:
    """Plans what one destination is to be sent, under a lease."""

    store: Database
    spec: DestinationSpec
    params: DeliveryParams
    lease: Lease
    timing: Timing
    suppressed: Callable[[Connection], set[str]]
    """Who must not be sent, as of now."""
    zone: str = "UTC"

    def plan(self, run: Run) -> str:
        """Everything that the run changes, unless it is planned already; the plan's id.

        Where the workspace fills other fields by now, or in other words, what was planned before
        does not hold any more, and the run has another plan. What an earlier run or plan left
        open is superseded. The line in `deliveries` comes last: without
        it a plan is not whole, nothing of it was sent, and it is begun anew. Of an expired run
        nothing is sent, and what was delivered is cleared.
        """
        plan_id, is_whole = self.store.read(lambda connection: self._plan_of(connection, run))
        stays = "" if self._is_expired(run) else plan_id
        self._write(lambda connection: self._supersede(connection, stays))
        if is_whole:
            return plan_id
        self._write(lambda connection: self._forget(connection, plan_id))
        held = self.store.read(lambda connection: held_by(connection, self.spec.name))
        difference = Difference(zone=self.zone)
        barred = self.store.read(self.suppressed)
        left: dict[str, str] = {}
        if not self._is_expired(run):
            for rows in chunks(self.store, run.run_id, self.spec):
                few = difference.changes(rows, self.spec, held)
                self._write(lambda connection, few=few: self._add(connection, plan_id, few, barred))
            keeps = self.spec.when_not_scored == "keep"
            left = difference.to_clear(held, barred, keeps=keeps)
            self._refuse_many(left, held)

        def end(connection: Connection) -> int:
            self._end(connection, run, plan_id, difference)
            return self._add_clears(connection, run, plan_id, left)

        self._write(end)
        return plan_id

    def sweep(self, run: Run, plan_id: str) -> int:
        """Plan to clear what lies there of customers who may not be sent any more; how many.

        Of a run that has expired these are all. It is planned under a small run id of its own, so
        that each row of a run keeps exactly one outcome.
        """

        def clear(connection: Connection) -> int:
            if self._is_expired(run):
                held = held_by(connection, self.spec.name).items()
                return self._add_clears(
                    connection,
                    run,
                    plan_id,
                    {key: one.customer_id for key, one in held if is_delivered(one)},
                )
            held = self._held_of(connection, self.suppressed(connection))
            taken = self._held_in_place_of(connection, plan_id)
            return self._add_clears(connection, run, plan_id, held | taken)

        return self._write(clear)

    def _is_expired(self, run: Run) -> bool:
        return expired(run, self.timing.now())

    def _write(self, work: Callable[[Connection], int | None]) -> int:
        def fenced(connection: Connection) -> int:
            check(connection, self.lease, self.timing.now())
            return work(connection) or 0

        return self.store.write(fenced)

    def _plan_of(self, connection: Connection, run: Run) -> tuple[str, bool]:
        """The plan of a run that holds, and whether it is whole; else the one to be made."""
        c = deliveries.c
        later = c.run_id.startswith(run.run_id + PLANS, autoescape=True)
        whole = sa.select(c.run_id, c.shape).where(
            c.destination == self.spec.name,
            sa.or_(c.run_id == run.run_id, later),
            ~c.run_id.contains(CLEARS, autoescape=True),
        )
        plans = connection.execute(whole.order_by(sa.func.length(c.run_id), c.run_id)).all()
        if plans and plans[-1].shape == shape(self.spec, self.zone):
            return plans[-1].run_id, True
        return f"{run.run_id}{PLANS}{len(plans) + 1}" if plans else run.run_id, False

    def _supersede(self, connection: Connection, plan_id: str) -> None:
        """What earlier plans left open will not be sent; what this one begun stays."""
        connection.execute(
            sa.update(outbox)
            .where(
                outbox.c.destination == self.spec.name,
                outbox.c.state.in_(OPEN),
                ~of_plan(outbox, plan_id),
            )
            .values(state="superseded", payload="", ended_at=self.timing.now())
        )

    def _add(
        self, connection: Connection, plan_id: str, changes: Sequence[Change], barred: set[str]
    ) -> None:
        """Rows of the plan, those among them that are refused before anybody is asked."""
        rows = [self._row(plan_id, one, suppressed=one.customer_id in barred) for one in changes]
        if rows:
            connection.execute(sa.insert(outbox), rows)
        refused = [self._reject(plan_id, one) for one in changes if one.fault]
        if refused:
            connection.execute(sa.insert(rejects), refused)

    def _forget(self, connection: Connection, plan_id: str) -> None:
        """What a planner planned that was killed before its plan was whole."""
        for table in (outbox, rejects):
            mine = [table.c.run_id == plan_id, table.c.destination == self.spec.name]
            connection.execute(sa.delete(table).where(*mine))

    def _row(self, run_id: str, change: Change, *, suppressed: bool) -> dict[str, object]:
        now = self.timing.now()
        state = "rejected" if change.fault else "suppressed" if suppressed else "planned"
        return {
            "run_id": run_id,
            "destination": self.spec.name,
            "customer_id": change.customer_id,
            "key": change.key,
            "op": change.op,
            "payload": change.payload if state == "planned" else "",
            "hash": change.hash,
            "state": state,
            "attempts": 0,
            "code": change.fault or None,
            "planned_at": now,
            "ended_at": None if state == "planned" else now,
        }

    def _reject(self, run_id: str, change: Change) -> dict[str, object]:
        return {
            "run_id": run_id,
            "destination": self.spec.name,
            "customer_id": change.customer_id,
            "key": change.key,
            "code": change.fault,
            "message": WORDS_OF_FAULTS.get(change.fault, change.fault),
            "attempts": 0,
            "next_action": NEXT_ACTION,
            "rejected_at": self.timing.now(),
        }

    def _refuse_many(self, left: dict[str, str], held: dict[str, Held]) -> None:
        delivered = sum(is_delivered(one) for one in held.values())
        if len(left) <= max(FEW, self.params.most_cleared_share * delivered):
            return
        raise GateFailed(
            f"{len(left)} of {delivered} customers would be cleared at {self.spec.name}",
            where="delivery.most_cleared_share",
            mend="see why so many are no longer scored; raise the share if it is right",
        )

    def _end(self, connection: Connection, run: Run, plan_id: str, difference: Difference) -> None:
        """The line that makes the plan whole, and the new holders of keys."""
        c = acknowledged.c
        for key, customer in difference.moved.items():
            connection.execute(
                sa.update(acknowledged)
                .where(c.destination == self.spec.name, c.key == key)
                .values(customer_id=customer)
            )
        planned = sa.select(sa.func.count()).where(
            outbox.c.run_id == plan_id, outbox.c.destination == self.spec.name
        )
        self._enter(
            connection,
            run,
            plan_id,
            scored=difference.scored,
            unchanged=difference.unchanged,
            planned=connection.scalar(planned) or 0,
        )

    def _enter(self, connection: Connection, run: Run, run_id: str, **counts: int) -> None:
        facts = {"scored": 0, "unchanged": 0, "planned": 0, "clears": 0} | counts
        connection.execute(
            sa.insert(deliveries),
            {
                "run_id": run_id,
                "destination": self.spec.name,
                "shape": shape(self.spec, self.zone),
                "as_of": run.as_of,
                "planned_at": self.timing.now(),
                **facts,
            },
        )

    def _held_of(self, connection: Connection, barred: Iterable[str]) -> dict[str, str]:
        """The keys under which scores of barred customers lie there."""
        c = acknowledged.c
        delivered = sa.select(c.key, c.customer_id).where(
            c.destination == self.spec.name, sa.or_(c.op == "set", c.unsure)
        )
        found = [*connection.execute(delivered.where(c.customer_id.startswith(ERASED)))]
        names = sorted(barred)
        for start in range(0, len(names), FEW * 25):
            some = names[start : start + FEW * 25]
            found += [*connection.execute(delivered.where(c.customer_id.in_(some)))]
        return {row.key: row.customer_id for row in found}

    def _held_in_place_of(self, connection: Connection, plan_id: str) -> dict[str, str]:
        """The keys of those who were not sent, which may hold the score of who had them before."""
        c, there = outbox.c, acknowledged.c
        same = sa.and_(there.destination == c.destination, there.key == c.key)
        found = (
            sa.select(c.key, c.customer_id)
            .join(acknowledged, same)
            .where(c.destination == self.spec.name, c.run_id == plan_id)
            .where(c.state == "suppressed", sa.or_(there.op == "set", there.unsure))
        )
        return {row.key: row.customer_id for row in connection.execute(found)}

    def _add_clears(
        self, connection: Connection, run: Run, plan_id: str, left: dict[str, str]
    ) -> int:
        """Clears under a run id of their own, but none that is open or was refused in this plan."""
        c = outbox.c
        tried = sa.select(c.key).where(
            c.destination == self.spec.name,
            sa.or_(
                c.state.in_(OPEN),
                sa.and_(of_plan(outbox, plan_id), c.op == "clear", c.state == "rejected"),
            ),
        )
        open_keys = set(connection.scalars(tried)) if left else set[str]()
        payload = cleared(self.spec)
        # Of a customer with two keys one waits for the next sweep: a row of a run is a customer.
        wanted = {
            customer: Change(customer, key, "clear", payload, fingerprint(self.spec, key, payload))
            for key, customer in sorted(left.items())
            if key not in open_keys
        }
        if not wanted:
            return 0
        before = sa.select(sa.func.count()).where(
            deliveries.c.destination == self.spec.name,
            deliveries.c.run_id.startswith(plan_id + CLEARS, autoescape=True),
        )
        run_id = f"{plan_id}{CLEARS}{(connection.scalar(before) or 0) + 1}"
        rows = [self._row(run_id, one, suppressed=False) for one in wanted.values()]
        connection.execute(sa.insert(outbox), rows)
        self._enter(connection, run, run_id, planned=len(rows), clears=len(rows))
        return len(rows)
