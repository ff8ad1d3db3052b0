"""A rival: pandas, the log filtered and grouped for each cutoff and window."""

import sys
from pathlib import Path

import pandas as pd
from panel_work import CHANNELS, CUTOFFS, WINDOWS, Clock, paths, report


def at_cutoff(events: pd.DataFrame, ids: pd.Index, cutoff: pd.Timestamp) -> pd.DataFrame:
    """The 43 columns of everyone at one cutoff."""
    past = events[events["ts"] < cutoff]
    last = past.groupby("customer_id")["ts"].max().reindex(ids)
    columns = {"rec": (cutoff - last) / pd.Timedelta(days=1)}
    for days in reversed(WINDOWS):
        past = past[past["ts"] >= cutoff - pd.Timedelta(days=days)]
        amount = past.groupby("customer_id")["amount"].agg(["size", "sum"])
        amount = amount.reindex(ids, fill_value=0)
        columns |= {f"n_{days}": amount["size"], f"s_{days}": amount["sum"]}
        by_channel = past.groupby(["customer_id", "channel"], observed=False).size()
        counts = by_channel.unstack(fill_value=0)  # noqa: PD010  it is a series
        counts = counts.reindex(ids, columns=CHANNELS, fill_value=0)
        columns |= {f"n_{channel}_{days}": counts[channel] for channel in CHANNELS}
    return pd.DataFrame(columns).rename_axis("customer_id").reset_index()


def main(folder: Path) -> None:
    """Files to a whole panel in memory, timed."""
    events_file, customers_file = paths(folder)
    clock = Clock()
    events = pd.read_parquet(events_file)
    events["channel"] = pd.Categorical(events["channel"], categories=CHANNELS)
    ids = pd.Index(pd.read_parquet(customers_file)["customer_id"].sort_values())
    parts = [
        at_cutoff(events, ids, pd.Timestamp(cutoff)).assign(k=k) for k, cutoff in enumerate(CUTOFFS)
    ]
    panel = pd.concat(parts, ignore_index=True)
    columns_of = lambda name: panel[name].to_numpy()  # noqa: E731
    report(clock, columns_of("customer_id"), columns_of("k"), columns_of("rec"), columns_of)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
