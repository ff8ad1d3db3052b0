"""The work of the panel benchmark, and the checksum by which two panels are proved equal.

Events of 365 days; twelve cutoffs, two weeks apart, the last 30 days before the end. For every
customer and cutoff: days since the last event, and in six windows the number of events, their
amount, and their number in each of five channels. 43 columns.
"""

import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

CHANNELS = ["web", "email", "call", "ticket", "store"]
WINDOWS = [7, 14, 28, 56, 84, 168]
START = datetime(2024, 1, 1)  # noqa: DTZ001  the rival reads instants without a zone
DAYS = 365
CUTOFFS = [START + timedelta(days=DAYS - 30 - 14 * back) for back in reversed(range(12))]
SIZES = {  # events, customers
    "S": (100_000, 2_000),
    "M": (1_000_000, 20_000),
    "L": (10_000_000, 200_000),
    "XL": (50_000_000, 1_000_000),
    "XXL": (100_000_000, 2_000_000),
}


def columns() -> list[str]:
    """The 42 window columns, in a fixed order; the 43rd is `rec`, days since the last event."""
    return [
        name
        for days in WINDOWS
        for name in (f"n_{days}", f"s_{days}", *(f"n_{channel}_{days}" for channel in CHANNELS))
    ]


def paths(folder: Path) -> tuple[Path, Path]:
    """Where the events and the customers of one size lie."""
    return folder / "events.parquet", folder / "customers.parquet"


def checksum(
    customer: np.ndarray,
    cutoff: np.ndarray,
    rec: np.ndarray,
    get: Callable[[str], np.ndarray],
    *,
    whole_days: bool = False,
) -> dict[str, float]:
    """Totals that no order of rows can move, and totals that tie each value to its row.

    `cutoff` is the index of the cutoff; `rec` is NaN where there is no event. A program that tells
    `rec` only in `whole_days`, up to just before the cutoff, is compared in these alone.
    """
    weight = _weight(customer, cutoff)
    seen = ~np.isnan(rec)
    rec, weight_seen = rec[seen], weight[seen]
    days = rec if whole_days else np.ceil(rec) - 1
    totals = {
        "rows": float(len(customer)),
        "rec_n": float(seen.sum()),
        "rec_days": float(days.sum()),
        "rec_days_weighted": float(days @ weight_seen),
    }
    if not whole_days:
        totals |= {"rec_sum": float(rec.sum()), "rec_weighted": float(rec @ weight_seen)}
    for name in columns():
        values = np.nan_to_num(np.asarray(get(name), dtype=np.float64))
        totals[name] = float(values.sum())
        totals[f"{name}_weighted"] = float(values @ weight)
    return totals


def _weight(customer: np.ndarray, cutoff: np.ndarray) -> np.ndarray:
    row = customer.astype(np.uint64) * np.uint64(len(CUTOFFS)) + cutoff.astype(np.uint64)
    mixed = (row * np.uint64(2654435761)) & np.uint64(0xFFFFFFFF)
    return (mixed % np.uint64(1009)).astype(np.float64) + 1.0


def differences(ours: dict[str, float], rival: dict[str, float]) -> list[str]:
    """The totals that differ by more than a millionth of their size."""
    return [
        f"{name}: {ours[name]} against {rival[name]}"
        for name in rival
        if abs(ours[name] - rival[name]) > 1e-6 * max(1.0, abs(rival[name]))
    ]


class Clock:
    """What a program has taken since its clock was started, and the most memory it ever held."""

    def __init__(self) -> None:
        self._started, self._worked = time.perf_counter(), time.process_time()

    def told(self) -> dict[str, float]:
        """Seconds by the clock on the wall, those that all cores worked for it, peak memory."""
        return {
            "seconds": time.perf_counter() - self._started,
            "cpu_seconds": time.process_time() - self._worked,
            "peak_mib": peak_mib(),
        }


def report(clock: Clock, customer, cutoff, rec, get, *, whole_days: bool = False) -> None:
    """Print one JSON line: what the clock tells now, and the checksum."""
    told = clock.told()
    totals = checksum(customer, cutoff, rec, get, whole_days=whole_days)
    print(json.dumps(told | {"checksum": totals}))


def peak_mib() -> float:
    """The largest resident set of this process so far; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="utf-8").splitlines() if status.exists() else []
    return max((int(x.split()[1]) / 1024 for x in lines if x.startswith("VmHWM:")), default=0.0)
