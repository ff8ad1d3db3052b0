"""A workspace whose loop runs: a champion, nights of scores, an experiment, pains being mended."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from runpy import run_path

import journey_map
import numpy as np
import pandas as pd
import sqlalchemy as sa
from bench_log import HOUSE
from whole_stream import END

from pipelines.loop.pains import enter_change, open_pain
from serving.scores import Run
from serving.store import Store
from serving.store.outbox_tables import deliveries, outbox
from serving.store.tables import actions, enrolments, runs, scores_table

NIGHTS = run_path(str(HOUSE / "tests" / "nights.py"))  # tests/ on the path would hide `features`
SETTINGS = Path(__file__).parent / "workspaces" / "closed-loop" / "jejak.toml"
DAYS_BACK = 60
"""A night each day for so long."""

SCORES_KEPT = (60, 30, 1, 0)
"""Of the nights so many days back scores are kept: two have matured, two follow each other."""

LEAD_DAYS, COOLDOWN_DAYS = 29, 14
EACH = 1_000
"""So many scores are published, and copied to all others."""

PAINS = (
    ({"kind": "drop_off", "channel": "email"}, None),
    ({"kind": "first_reply", "persona": "premium"}, None),
    ({"kind": "drop_off", "channel": "ticket"}, date(2024, 8, 1)),
)


def place(size: str) -> Path:
    """The workspace of one size, made unless it is there already."""
    folder = journey_map.place(size)
    done = folder / "loop-is-laid"
    if not done.exists():
        shutil.copy(SETTINGS, folder)
        _bring_champion(folder)
        for old in folder.glob("jejak.db*"):
            old.unlink()
        with closing(Store(f"sqlite:///{folder / 'jejak.db'}")) as store:
            _lay_nights(store, journey_map.CUSTOMERS[size])
        _lay_pains(folder)
        done.touch()
    return folder


def _bring_champion(folder: Path) -> None:
    """A model of these words, learned from the smallest size: learning is measured elsewhere."""
    small = journey_map.place("S")
    if not (small / "mlflow.db").exists():
        shutil.copy(SETTINGS, small)
        forced = ["--promote", "force", "--why", "its quality is not what is measured"]
        command = [Path(sys.executable).with_name("jejak"), "retrain", "-w", small, *forced]
        subprocess.run(command, check=True)
    if folder != small:
        shutil.copytree(small / "mlflow-artifacts", folder / "mlflow-artifacts", dirs_exist_ok=True)
        shutil.copy(small / "mlflow.db", folder)


def _lay_nights(store: Store, customers: int) -> None:
    drawn = _draws(customers)
    store.write(lambda connection: connection.execute(sa.insert(enrolments), [*_enrolled(drawn)]))
    store.write(lambda connection: connection.execute(sa.insert(actions), [*_given(drawn)]))
    for back in range(DAYS_BACK, -1, -1):
        fresh = int((drawn["back"] == back).sum())
        if back in SCORES_KEPT:
            _publish(store, _run(back), customers, fresh)
        else:
            facts = {"published_at": _night(back), "rows": customers, "summary": _summary(fresh)}
            row = {**asdict(_run(back)), **facts}
            store.write(lambda connection, row=row: connection.execute(sa.insert(runs), row))
    store.write(_acknowledge)


def _draws(customers: int) -> pd.DataFrame:
    """Four of ten customers are drawn: three in the first night, one in those after it."""
    number = np.arange(customers)
    number = number[number % 10 < 4]
    later = DAYS_BACK - 1 - (number // 10) % DAYS_BACK
    back = np.where(number % 10 < 3, DAYS_BACK, later)
    return pd.DataFrame({"number": number, "back": back, "held_out": number // 10 % 10 == 7})


def _enrolled(drawn: pd.DataFrame) -> Iterator[dict[str, object]]:
    for number, back, held_out in drawn.itertuples(index=False):
        yield {
            "experiment": "offer",
            "customer_id": f"c{number:07d}",
            "arm": "control" if held_out else "treated",
            "probability": 0.1 if held_out else 0.9,
            "stratum": ("high", "medium")[number % 2],
            "run_id": _run(back).run_id,
            "enrolled_at": _night(back),
        }


def _given(drawn: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Who is treated is given the play again whenever it has cooled down."""
    for number, first, _ in drawn.loc[~drawn["held_out"]].itertuples(index=False):
        for back in range(first, -1, -COOLDOWN_DAYS):
            yield {
                "run_id": _run(back).run_id,
                "customer_id": f"c{number:07d}",
                "action": "call-back",
                "channel": "call",
                "as_of": _night(back),
            }


def _publish(store: Store, run: Run, customers: int, fresh: int) -> None:
    """A night of a thousand scores, then each of them as often as there are customers."""
    ids = [f"c{number:07d}" for number in range(EACH)]
    scores = NIGHTS["a_night"](run, EACH, customer_ids=ids)
    store.publish(run, scores, published_at=run.as_of, summary=_summary(fresh))
    copies = sa.select(sa.literal(1).label("copy")).cte("copies", recursive=True)
    more = sa.select(copies.c.copy + 1).where(copies.c.copy < customers // EACH - 1)
    copies = copies.union_all(more)
    told = scores_table.c
    number = sa.cast(sa.func.substr(told.customer_id, 2), sa.Integer) + EACH * copies.c.copy
    wobble = ((number * 7919 + run.as_of.toordinal() * 104_729) % 9_973) / 100_000.0
    changed = {
        "customer_id": sa.func.printf("c%07d", number),
        "churn_probability": told.churn_probability - 0.05 + wobble,
    }
    columns = [changed.get(column.name, column) for column in scores_table.c]
    every = sa.select(*columns).select_from(scores_table.join(copies, sa.true()))
    copied = sa.insert(scores_table).from_select(
        [*told.keys()], every.where(told.run_id == run.run_id, copies.c.copy > 0)
    )
    store.write(lambda connection: connection.execute(copied))


def _acknowledge(connection: sa.Connection) -> None:
    """One destination has taken the scores of the first night."""
    run, sent = _run(DAYS_BACK), outbox.c
    books = dict.fromkeys(("scored", "unchanged", "planned", "clears"), 0)
    names = {"run_id": run.run_id, "destination": "crm", "shape": "0" * 64, "as_of": run.as_of}
    connection.execute(sa.insert(deliveries), {**names, **books, "planned_at": run.as_of})
    whose = scores_table.c.customer_id
    at = sa.literal(run.as_of + timedelta(hours=2), sent.ended_at.type)
    row = {
        sent.run_id: sa.literal(run.run_id),
        sent.destination: sa.literal("crm"),
        sent.customer_id: whose,
        sent.key: whose,
        sent.op: sa.literal("set"),
        sent.payload: sa.literal("{}"),
        sent.hash: sa.literal("0" * 64),
        sent.state: sa.literal("acknowledged"),
        sent.attempts: sa.literal(1),
        sent.planned_at: at,
        sent.ended_at: at,
    }
    taken = sa.select(*row.values()).where(scores_table.c.run_id == run.run_id)
    connection.execute(sa.insert(outbox).from_select([*row], taken))


def _lay_pains(folder: Path) -> None:
    for told, changed in PAINS:
        words = {"stage": "", "channel": "", "persona": "", **told}
        entered = open_pain(folder, None, words, hypothesis="to be measured", owner="nobody")
        if changed:
            enter_change(folder, entered.pain.pain_id, changed)


def _night(back: int) -> datetime:
    return END - timedelta(days=back)


def _run(back: int) -> Run:
    as_of = _night(back)
    return Run(
        run_id=f"{as_of:%Y%m%dT%H%MZ}-0123456789ab",
        as_of=as_of,
        horizon_days=LEAD_DAYS - 1,
        tier="standard",
        grade="B",
        model_version=1,
        watermark=as_of,
        expires_at=as_of + timedelta(days=LEAD_DAYS),
    )


def _summary(fresh: int) -> dict[str, object]:
    return {"enrolled_tonight": fresh, "experiment": {"experiment": "offer"}}
