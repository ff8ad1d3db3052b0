"""The rival: the query most people would write, a range join of events to cutoffs in DuckDB."""

import sys
from pathlib import Path

import duckdb
import pyarrow as pa  # noqa: F401  DuckDB imports it later: that is kept out of the timing
from panel_work import CHANNELS, CUTOFFS, WINDOWS, Clock, columns, paths, report


def query(events: Path, customers: Path) -> str:
    """The panel as one statement."""
    cuts = ", ".join(f"({k}, TIMESTAMP '{cutoff}')" for k, cutoff in enumerate(CUTOFFS))
    return f"""
    WITH cut(k, c) AS (VALUES {cuts}),
    ev AS (SELECT * FROM read_parquet('{events}')),
    win AS (
        SELECT customer_id, k, {", ".join(_aggregates())}
        FROM ev JOIN cut ON ts < c AND ts >= c - INTERVAL {max(WINDOWS)} DAY
        GROUP BY customer_id, k
    ),
    rec AS (
        SELECT customer_id, k, max(ts) AS last_ts
        FROM ev JOIN cut ON ts < c GROUP BY customer_id, k
    )
    SELECT g.customer_id, cut.k,
        (epoch_us(cut.c) - epoch_us(rec.last_ts)) / 86400e6 AS rec,
        {", ".join(f"coalesce({name}, 0) AS {name}" for name in columns())}
    FROM read_parquet('{customers}') g CROSS JOIN cut
    LEFT JOIN rec ON rec.customer_id = g.customer_id AND rec.k = cut.k
    LEFT JOIN win ON win.customer_id = g.customer_id AND win.k = cut.k
    """


def _aggregates() -> list[str]:
    terms = []
    for days in WINDOWS:
        inside = f"ts >= c - INTERVAL {days} DAY"
        terms.append(f"count(*) FILTER ({inside}) AS n_{days}")
        terms.append(f"sum(amount) FILTER ({inside}) AS s_{days}")
        terms += [
            f"count(*) FILTER ({inside} AND channel = '{channel}') AS n_{channel}_{days}"
            for channel in CHANNELS
        ]
    return terms


def main(folder: Path) -> None:
    """Files to a whole panel in memory, timed."""
    connection = duckdb.connect()
    connection.execute(f"SET temp_directory = '{folder / 'spill'}'")
    connection.execute("SET preserve_insertion_order = false")
    clock = Clock()
    panel = connection.sql(query(*paths(folder))).to_arrow_table()
    columns_of = lambda name: panel[name].to_numpy()  # noqa: E731
    rec = columns_of("rec").astype(float)
    report(clock, columns_of("customer_id"), columns_of("k"), rec, columns_of)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
