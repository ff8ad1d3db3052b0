"""Finished logs of cases as the protocols split them: learned strictly before what is measured."""

import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
from public_data import DATA

from models import prefixes

COLUMNS = prefixes.CaseColumns(
    case="case",
    activity="concept:name",
    at="time:timestamp",
    order="_event_idx",
    resource="org:resource",
)


def read(log: str, part: str) -> pd.DataFrame:
    """The events of one part; `case` says the part too, for numbers of cases restart in each."""
    path = DATA / "bpm_logs" / f"{part}_{log}.parquet"
    told = pd.read_parquet(path)
    kept = [name for name in told.columns if not name.startswith("case:variant")]
    return told[kept].assign(case=part + told["_case_idx"].astype(str), part=part)


def both(log: str) -> tuple[pd.DataFrame, datetime]:
    """Both parts of a log, and when the first measured event happened."""
    measured = read(log, "val")
    first = measured["time:timestamp"].min().to_pydatetime()
    return pd.concat([read(log, "train"), measured], ignore_index=True), first


def answer(learned: prefixes.NextActivity, told: pd.DataFrame) -> pd.DataFrame:
    """Columns case, k and one an activity, the measured prefixes; no whole case is one."""
    p = learned.probabilities(told)
    measured = p["case"].str.startswith("val")
    whole = p["k"].eq(p.groupby("case")["k"].transform("max"))
    kept = p.loc[measured & ~whole]
    return kept.assign(case=kept["case"].str.removeprefix("val").astype("int64"))


def main(log: str, zone: str, numbers: tuple[str, ...] = ()) -> None:
    """Learn the training part of a log and write the file that the argument names."""
    told, first = both(log)
    train = told.loc[told["part"].eq("train")]
    columns = prefixes.CaseColumns(**{**vars(COLUMNS), "numbers": numbers})
    learned = prefixes.learn(train, columns, until=first, zone=ZoneInfo(zone), threads=2)
    print(f"{log}: on later training cases {dict(learned.losses)}", file=sys.stderr)
    answer(learned, told).to_parquet(Path(sys.argv[1]))
