"""What must hold after every fault: each function yields what is broken, in words."""

import json
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime

import sqlalchemy as sa
from calls import CANARY
from kills.accounts import CALLS_IN_TEN_SECONDS, Told
from kills.workspace import (
    CANARY_CUSTOMER,
    CANARY_REASON,
    ROWS_A_BATCH,
    Night,
    World,
    in_files,
    in_table,
)

from serving.store import Store
from serving.store.outbox_tables import outbox, rejects

ENDED = {"acknowledged", "rejected", "suppressed", "superseded"}
CALLS_BESIDE = {"hubspot": 0, "webhook": 0, "dataverse": 8, "salesforce": 4}
"""Signing in and asking what a table knows; a job is created, filled, closed, asked and read."""

CALLS_A_BATCH = {"hubspot": 1, "webhook": 1, "dataverse": 1, "salesforce": 14}
SECRETS = (CANARY, "whsec_")


def held_everywhere(world: World, told: Told) -> dict[str, dict[str, dict]]:
    """What lies at each destination: customer, column of a score, value; what is empty is not."""
    held = {**told.held, "table": in_table(world), "files": in_files(world)}
    return {spec.name: plain(held[spec.name], spec.fields) for spec in world.specs}


def plain(held, fields):
    told = {
        who: {
            column: float(value) if column == "churn_probability" else value
            for name, column in fields.items()
            if (value := row.get(name)) not in (None, "")
        }
        for who, row in held.items()
    }
    return {who: row for who, row in told.items() if row}


def expected(world: World, night: Night) -> dict[str, dict]:
    """What must lie there, from the scores and what people said."""
    return {
        row.customer_id: {
            "churn_probability": round(row.churn_probability, 4),
            "risk_band": row.risk_band,
            "reason_1": row.reasons[0]["sentence"],
        }
        for row in night.scores.itertuples()
        if row.customer_id not in world.barred | world.erased
    }


def one_whole_run(store: Store, before: Night | None, night: Night, erased: set[str]):
    """I1: readers see one whole run; I6: it is tonight's, or still that of the night before."""
    found = store.published()
    if found is None:
        if before is not None:
            yield "I6: nothing is published any more"
        return
    runs = {one.run.run_id: one for one in (before, night) if one}
    if found.run.run_id not in runs:
        yield f"I6: readers see an older run, {found.run.as_of}"
        return
    scores = runs[found.run.run_id].scores
    seen = found.scores[~found.scores["customer_id"].isin(erased)].reset_index(drop=True)
    whole = scores[~scores["customer_id"].isin(erased)].reset_index(drop=True)
    if not seen.equals(whole):
        yield f"I1: readers see {len(seen)} rows of a run of {len(whole)}"


def state_is_expected(world: World, night: Night, told: Told):
    """I2: every destination holds what was published, and of nobody else anything."""
    right = expected(world, night)
    for name, held in held_everywhere(world, told).items():
        wrong = [who for who in right.keys() | held.keys() if held.get(who) != right.get(who)]
        if wrong:
            first = min(wrong)
            yield (
                f"I2: {name} holds {len(wrong)} customers otherwise: "
                f"{held.get(first)} instead of {right.get(first)}"
            )


def nobody_barred_is_told_of(world: World, night: Night, told: Told):
    """I3: from the moment that an objection holds, no score arrives anywhere."""
    since = dict.fromkeys(world.barred | world.erased, datetime.min.replace(tzinfo=UTC))
    for who in (night.barred, night.erased):
        since.pop(who, None)
    noted = world.folder / "noted.jsonl"
    for line in noted.read_text(encoding="utf-8").splitlines() if noted.exists() else []:
        one = json.loads(line)
        at = datetime.fromisoformat(one["at"])
        since[one["who"]] = min(at, since.get(one["who"], at))
    for name, rows in told.rows.items():
        late = [
            row for row in rows if row.key in since and row.at >= since[row.key] and _tells(row)
        ]
        if late:
            yield f"I3: {name} was told {len(late)} scores of customers who had objected"


def _tells(row):
    return any(value not in (None, "", "#N/A") for value in row.values.values())


def one_outcome_each(store: Store):
    """I4: each row of each plan has ended once, and those alone were refused that say so."""
    c = outbox.c
    states = store.read(
        lambda connection: Counter(connection.scalars(sa.select(c.state)))  # a key each, by schema
    )
    if open_ := {state: count for state, count in states.items() if state not in ENDED}:
        yield f"I4: {open_} after everything was delivered"
    refused = sa.select(c.run_id, c.destination, c.customer_id).where(c.state == "rejected")
    told = sa.select(rejects.c.run_id, rejects.c.destination, rejects.c.customer_id)
    if store.read(lambda conn: {*conn.execute(refused)} ^ {*conn.execute(told)}):
        yield "I4: refused rows and rejects differ"


def calls_are_few(told: Told, processes: int):
    """I5: no more calls than the plan needs, and a batch again for each process; none too soon."""
    for name, calls in told.calls.items():
        keys = {(row.key, str(row.values)) for row in told.rows[name]}
        batches = len(keys) // ROWS_A_BATCH + 6
        most = batches * CALLS_A_BATCH[name] * processes + CALLS_BESIDE[name] * 2 * processes
        if calls > most:
            yield f"I5: {name} was called {calls} times, of at most {most}"
        accepted = Counter((row.key, str(row.values)) for row in told.rows[name] if row.accepted)
        again = sum(accepted.values()) - len(accepted)
        if again > ROWS_A_BATCH * (processes - 1):
            yield f"I5: {name} was sent {again} rows again"
    if told.highest > CALLS_IN_TEN_SECONDS:
        yield f"I5: {told.highest} calls within a window of {CALLS_IN_TEN_SECONDS}"


def nothing_leaks(world: World):
    """I7: no secret in any file, and no customer outside the store and what was delivered."""
    for path in world.folder.rglob("*"):
        if not path.is_file():
            continue
        content = path.read_bytes()
        words = [*SECRETS]
        if path.parent == world.folder and path.suffix == ".log":
            words += [CANARY_CUSTOMER, CANARY_REASON]
        found = [word for word in words if word.encode() in content]
        if found:
            yield f"I7: {path.name} holds {found}"


def broken(world: World, night: Night, told: Told, processes: int) -> list[str]:
    """Everything that does not hold after a night has been recovered."""
    with closing(Store(world.store_url)) as store:
        return [
            *one_whole_run(store, None, night, world.erased),
            *state_is_expected(world, night, told),
            *nobody_barred_is_told_of(world, night, told),
            *one_outcome_each(store),
            *calls_are_few(told, processes),
            *nothing_leaks(world),
        ]
