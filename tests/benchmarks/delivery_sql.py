"""A million scores upserted into PostgreSQL by our destination, against a bare COPY and merge."""

import resource
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from runpy import run_path

import numpy as np
import psycopg
import sqlalchemy as sa
from bench_log import HOUSE, figure, record

from serving.destinations.destination import Batch, Notes, Row, Tools
from serving.destinations.spec import DestinationSpec
from serving.destinations.sql import destination as sql
from serving.destinations.sql.table import target
from serving.destinations.sql.upserts import copy_blocks
from serving.rehearsal.clock import Clock
from serving.secret import Secret

server = run_path(str(HOUSE / "tests" / "postgres.py"))["server"]

REPETITIONS = 2
ROWS = {"M": 100_000, "L": 1_000_000}
AT_MOST = 2.0
"""Half the throughput of the bare way."""

FIELDS = {
    "churn": "churn_probability",
    "band": "risk_band",
    "health": "health",
    "at_risk": "value_at_risk",
    "stage": "stage",
    "why": "reason_1",
    "why_else": "reason_2",
    "next_step": "next_step",
}
TABLE = """create table scores (customer_key text primary key, churn double precision, band text,
    health bigint, at_risk double precision, stage text, why text, why_else text, next_step text)"""
SENTENCES = [f"No order for {days} days; usually every {days // 3 + 1}" for days in range(300)]


def rows_of_a_night(count: int, seed: int) -> list[Row]:
    """Scores of customers, all of them others with another seed."""
    draw = np.random.default_rng(seed)
    churn = draw.random(count).round(4).tolist()
    money = (draw.random(count) * 1_000).round(2).tolist()
    said = draw.integers(0, len(SENTENCES), (2, count)).tolist()
    return [
        Row(
            key=f"C-{number:08d}",
            op="set",
            values={
                "churn": p,
                "band": "high" if p > 0.5 else "low",
                "health": round(100 * (1 - p)),
                "at_risk": amount,
                "stage": "retention",
                "why": SENTENCES[first],
                "why_else": SENTENCES[second],
                "next_step": "purchase",
            },
        )
        for number, (p, amount, first, second) in enumerate(zip(churn, money, *said, strict=True))
    ]


def timed(work: Callable[[], object]) -> float:
    """Seconds that some work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def bare(url: sa.URL, blocks: list[str]) -> None:
    """What anybody would write by hand: one COPY of text that is there already, one merge."""
    columns = ", ".join(("customer_key", *FIELDS))
    fresh = ", ".join(f"{name} = excluded.{name}" for name in FIELDS)
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as connection, connection.cursor() as cursor:
        cursor.execute("create temp table fresh on commit drop as select * from scores limit 0")
        with cursor.copy(f"copy fresh ({columns}) from stdin") as copy:
            for block in blocks:
                copy.write(block)
        cursor.execute(
            f"insert into scores ({columns}) select {columns} from fresh "
            f"on conflict (customer_key) do update set {fresh}"
        )


class Unpaced:
    """Nobody has to be waited for."""

    def before_call(self) -> None:
        """At once."""

    def after_call(self) -> None:
        """Nothing to note."""

    def allow(self, calls: int, seconds: float) -> None:
        """No limit."""


def ours(url: sa.URL, rows: list[Row]) -> None:
    """The same through the destination, batch after batch."""
    tools = Tools(pacer=Unpaced(), timing=Clock().timing, folder=Path())
    opened = sql.opened(a_spec(url), tools)
    for start in range(0, len(rows), opened.rows_a_batch):
        some = rows[start : start + opened.rows_a_batch]
        opened.send(Batch(batch_id=f"b{start}", run_id="r", rows=some), Notes())
    opened.close()


def a_spec(url: sa.URL) -> DestinationSpec:
    """The settings of the table."""
    secret = Secret(lambda: url.render_as_string(hide_password=False))
    return DestinationSpec(
        name="bench",
        kind="sql",
        fields=FIELDS,
        options={"table": "scores"},
        secrets={"url": secret},
    )


def fill_and_change(url: sa.URL, nights: list[list[Row]], way: str) -> list[float]:
    """Seconds for a first night into an empty table, and for a second that changes every row."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("drop table if exists scores")
        connection.exec_driver_sql(TABLE)
    engine.dispose()
    if way == "ours":
        return [timed(partial(ours, url, rows)) for rows in nights]
    blocks = [list(copy_blocks(target(a_spec(url)), rows)) for rows in nights]
    return [timed(partial(bare, url, some)) for some in blocks]


def main(size: str) -> None:
    """Both in turns, the best of each: what else the machine does only ever takes time."""
    nights = [rows_of_a_night(ROWS[size], seed) for seed in (1, 2)]
    taken: dict[str, list[list[float]]] = {"bare": [], "ours": []}
    with server() as url:
        for _ in range(REPETITIONS):
            for way, seconds in taken.items():
                seconds.append(fill_and_change(url, nights, way))
    best = {
        way: [min(night) for night in zip(*seconds, strict=True)] for way, seconds in taken.items()
    }
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for night, name in enumerate(("insert", "update")):
        record(
            f"deliver-sql-{name}-{size}",
            ours_seconds=best["ours"][night],
            rival="bare COPY and merge",
            rival_seconds=best["bare"][night],
            peak_mib=peak_mib,
        )
    times = sum(best["ours"]) / sum(best["bare"])
    figure("deliver-sql", size, times, "times as long as bare COPY and merge", at_most=AT_MOST)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "L")
