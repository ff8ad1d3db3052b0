"""What the store remembers of decisions: bands, arms and actions of the nights before."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from features.errors import AnotherAtWork
from serving.decide import Decided, Enrolment, Playbook, Standing
from serving.decide.experiment import CONTROL
from serving.scores import Run
from serving.store.tables import actions, enrolments, scores_table
from serving.suppression import suppressed

ROWS_A_STATEMENT = 5_000


def standing(
    connection: Connection, book: Playbook, cutoff: datetime, *, before: str, now: datetime
) -> Standing:
    """What decisions of a night build on, as one moment of the store knows it.

    `before` is the run of the night before, empty for none; suppressions are those of `now`.
    Arms that were drawn at the same cutoff stand; actions of the same cutoff do not count, so that
    a night may be scored again.
    """
    channels = {"", *(play.channel for play in book.plays)}
    return Standing(
        bands=_bands(connection, before),
        enrolled=_enrolled(connection, book, cutoff),
        enrolled_a_night=_enrolled_a_night(connection, book, cutoff),
        acted=_acted(connection, book, cutoff),
        suppressed={one: suppressed(connection, now, channel=one) for one in sorted(channels)},
    )


def record(connection: Connection, run: Run, decided: Decided) -> None:
    """Keep who was enrolled and who was given an action, in the transaction that publishes a run.

    `AnotherAtWork` when another run drew another arm for one of them since the standing was read.
    """
    enrolled = _enrolments(run, decided)
    for some in _portions(enrolled):
        unknown = list(_unknown(connection, {row["customer_id"]: row for row in some}))
        if unknown:
            connection.execute(sa.insert(enrolments), unknown)
    for some in _portions(_actions(run, decided)):
        connection.execute(sa.insert(actions), some)


def held_out(
    connection: Connection, experiment: str, among: Collection[str] | None = None
) -> set[str]:
    """The customers, of all or of some, who are held out of an experiment."""
    table = enrolments.c
    held = sa.select(table.customer_id)
    held = held.where(table.experiment == experiment, table.arm == CONTROL)
    if among is None:
        return set(connection.scalars(held))
    some = [*among]
    return {
        customer
        for start in range(0, len(some), ROWS_A_STATEMENT)
        for customer in connection.scalars(
            held.where(table.customer_id.in_(some[start : start + ROWS_A_STATEMENT]))
        )
    }


def _bands(connection: Connection, run_id: str) -> dict[str, str]:
    told = sa.select(scores_table.c.customer_id, scores_table.c.risk_band)
    rows = connection.execute(told.where(scores_table.c.run_id == run_id))
    return {row.customer_id: row.risk_band for row in rows}


def _enrolled(connection: Connection, book: Playbook, cutoff: datetime) -> dict[str, Enrolment]:
    if book.experiment is None:
        return {}
    table = enrolments.c
    told = sa.select(table.customer_id, table.arm, table.probability)
    told = told.where(table.experiment == book.experiment.name, table.enrolled_at <= cutoff)
    rows = connection.execute(told)
    return {row.customer_id: Enrolment(row.arm, row.probability) for row in rows}


def _enrolled_a_night(
    connection: Connection, book: Playbook, cutoff: datetime
) -> dict[datetime, int]:
    if book.experiment is None:
        return {}
    table = enrolments.c
    told = sa.select(table.enrolled_at, sa.func.count()).group_by(table.enrolled_at)
    told = told.where(table.experiment == book.experiment.name, table.enrolled_at < cutoff)
    return {row[0]: row[1] for row in connection.execute(told)}


def _acted(
    connection: Connection, book: Playbook, cutoff: datetime
) -> Mapping[str, Mapping[str, datetime]]:
    """The last cutoff of each play and customer, as far back as any play cools down."""
    longest = max((play.cooldown_days for play in book.plays), default=0)
    if not longest:
        return {}
    table = actions.c
    told = sa.select(table.action, table.customer_id, sa.func.max(table.as_of).label("last"))
    told = told.where(table.as_of < cutoff, table.as_of >= cutoff - timedelta(days=longest + 1))
    found: dict[str, dict[str, datetime]] = {play.name: {} for play in book.plays}
    for row in connection.execute(told.group_by(table.action, table.customer_id)):
        if row.action in found:
            found[row.action][row.customer_id] = row.last
    return found


def _enrolments(run: Run, decided: Decided) -> list[dict[str, Any]]:
    fresh = decided.rows.loc[decided.fresh].to_dict("records")
    return [
        {
            "experiment": row["experiment"],
            "customer_id": row["customer_id"],
            "arm": row["arm"],
            "probability": row["arm_probability"],
            "stratum": row["risk_band"],
            "run_id": run.run_id,
            "enrolled_at": run.as_of,
        }
        for row in fresh
    ]


def _actions(run: Run, decided: Decided) -> list[dict[str, Any]]:
    acted = decided.rows.assign(play=decided.plays).loc[decided.plays != ""].to_dict("records")
    return [
        {
            "run_id": run.run_id,
            "customer_id": row["customer_id"],
            "action": row["play"],
            "channel": row["action_channel"],
            "as_of": run.as_of,
        }
        for row in acted
    ]


def _portions(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    return (
        rows[start : start + ROWS_A_STATEMENT] for start in range(0, len(rows), ROWS_A_STATEMENT)
    )


def _unknown(
    connection: Connection, asked: Mapping[str, dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Those of some enrolments that are not there yet; the same arm twice is no harm."""
    table = enrolments.c
    experiment = next(iter(asked.values()))["experiment"]
    there = sa.select(table.customer_id, table.arm, table.probability)
    there = there.where(table.experiment == experiment, table.customer_id.in_([*asked]))
    found = {row.customer_id: row for row in connection.execute(there)}
    for customer, row in asked.items():
        held = found.get(customer)
        if held is None:
            yield row
        elif (held.arm, held.probability) != (row["arm"], row["probability"]):
            raise AnotherAtWork(
                "another run enrolled customers in the experiment meanwhile",
                where="table enrolments",
                mend="score again: it takes the arms as they were drawn",
            )
