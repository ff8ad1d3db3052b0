"""A rival: churnkit's window aggregator, its pandas path, asked once a cutoff.

Its windows are closed at both ends, so with times of whole seconds it is asked one millisecond
before each cutoff; it tells the days since the last event as whole days.
"""

import sys
from pathlib import Path

import pandas as pd
from customer_retention.stages.profiling.time_window_aggregator import TimeWindowAggregator
from panel_work import CUTOFFS, WINDOWS, Clock, paths, report


def at_cutoff(events: pd.DataFrame, customers: pd.DataFrame, cutoff: pd.Timestamp) -> pd.DataFrame:
    """The 43 columns of everyone at one cutoff."""
    told = TimeWindowAggregator("customer_id", "ts").aggregate(
        events,
        windows=[f"{days}d" for days in WINDOWS],
        value_columns=["amount"],
        agg_funcs=["sum"],
        reference_date=cutoff - pd.Timedelta(milliseconds=1),
        include_event_count=True,
        include_recency=True,
        value_counts_columns=["channel"],
    )
    return customers.merge(told, on="customer_id", how="left")


def its_name(column: str) -> str:
    """How churnkit calls one of the columns.

    >>> its_name("n_7"), its_name("s_7"), its_name("n_web_7")
    ('event_count_7d', 'amount_sum_7d', 'channel_web_count_7d')
    """
    kind, _, days = column.rpartition("_")
    measures = {"n": "event_count", "s": "amount_sum"}
    return f"{measures.get(kind) or f'channel_{kind[2:]}_count'}_{days}d"


def main(folder: Path) -> None:
    """Files to a whole panel in memory, timed."""
    events_file, customers_file = paths(folder)
    clock = Clock()
    events, customers = pd.read_parquet(events_file), pd.read_parquet(customers_file)
    parts = [
        at_cutoff(events, customers, pd.Timestamp(cutoff)).assign(k=k)
        for k, cutoff in enumerate(CUTOFFS)
    ]
    panel = pd.concat(parts, ignore_index=True)
    columns_of = lambda name: panel[its_name(name)].to_numpy()  # noqa: E731
    rec = panel["days_since_last_event"].to_numpy(dtype=float)
    customer, k = panel["customer_id"].to_numpy(), panel["k"].to_numpy()
    report(clock, customer, k, rec, columns_of, whole_days=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
