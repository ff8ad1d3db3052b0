"""A rival: featuretools, deep feature synthesis at cutoff times, one call a window."""

import sys
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")  # it was written for older versions of what it stands on

import featuretools as ft  # noqa: E402
import pandas as pd  # noqa: E402
from panel_work import CHANNELS, CUTOFFS, WINDOWS, Clock, paths, report  # noqa: E402

KEYS = ["customer_id", "time"]


def entities(events: pd.DataFrame, customers: pd.DataFrame) -> ft.EntitySet:
    """Customers and their events, as featuretools holds them."""
    held = ft.EntitySet("panel")
    held = held.add_dataframe(dataframe_name="customers", dataframe=customers, index="customer_id")
    held = held.add_dataframe(
        dataframe_name="events",
        dataframe=events.assign(event_id=range(len(events))),
        index="event_id",
        time_index="ts",
        logical_types={"channel": "Categorical"},
    )
    held = held.add_relationship("customers", "customer_id", "events", "customer_id")
    held.add_interesting_values(dataframe_name="events", values={"channel": CHANNELS})
    return held


def asked(held: ft.EntitySet, rows: pd.DataFrame, **options: object) -> pd.DataFrame:
    """One table of features, with customer and cutoff as its first columns."""
    table, _ = ft.dfs(
        entityset=held,
        target_dataframe_name="customers",
        cutoff_time=rows[KEYS],
        trans_primitives=[],
        max_depth=1,
        include_cutoff_time=False,
        cutoff_time_in_index=True,
        **options,
    )
    return table.reset_index().rename(columns={"index": "customer_id"})


def panel_of(held: ft.EntitySet, rows: pd.DataFrame) -> pd.DataFrame:
    """The 43 columns of all customers and cutoffs."""
    last = asked(held, rows, agg_primitives=["time_since_last"], where_primitives=[])
    panel = rows.merge(last, on=KEYS)
    for days in WINDOWS:
        counts = {f"COUNT(events WHERE channel = {name})": f"n_{name}_{days}" for name in CHANNELS}
        names = {"COUNT(events)": f"n_{days}", "SUM(events.amount)": f"s_{days}", **counts}
        window = asked(
            held,
            rows,
            agg_primitives=["count", "sum"],
            where_primitives=["count"],
            training_window=f"{days} days",
        )
        panel = panel.merge(window[[*KEYS, *names]].rename(columns=names), on=KEYS)
    return panel


def main(folder: Path) -> None:
    """Files to a whole panel in memory, timed."""
    events_file, customers_file = paths(folder)
    clock = Clock()
    events, customers = pd.read_parquet(events_file), pd.read_parquet(customers_file)
    cutoffs = pd.DataFrame({"time": pd.to_datetime(CUTOFFS), "k": range(len(CUTOFFS))})
    rows = customers[["customer_id"]].merge(cutoffs, how="cross")
    panel = panel_of(entities(events, customers), rows)
    columns_of = lambda name: panel[name].astype(float).to_numpy()  # noqa: E731
    rec = columns_of("TIME_SINCE_LAST(events.ts)") / 86_400
    report(clock, panel["customer_id"].to_numpy(), panel["k"].to_numpy(), rec, columns_of)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
