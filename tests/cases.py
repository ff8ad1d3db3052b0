"""Finished logs of made-up tickets, whose next activity follows a known law."""

import numpy as np
import pandas as pd


def tickets(cases: int = 120, seed: int = 0) -> pd.DataFrame:
    """Opened, worked on, and closed at once if ana worked on it; with ben it waits first."""
    random = np.random.default_rng(seed)
    begun = pd.Timestamp("2026-01-01", tz="UTC")
    rows: list[tuple[str, int, str, pd.Timestamp, str, float]] = []
    for number in range(cases):
        begun += pd.Timedelta(hours=float(random.exponential(6)))
        who, size = random.choice(["ana", "ben"]), float(random.integers(1, 5))
        path = ["open", "work"] + ([] if who == "ana" else ["wait", "work"]) + ["close"]
        if random.random() < 0.15:
            path.insert(1, "ask")
        at = begun
        for place, activity in enumerate(path):
            rows.append((f"t{number}", place, activity, at, who, size))
            at += pd.Timedelta(hours=float(random.choice([0.0, 1.0, 5.0])))
    return pd.DataFrame(rows, columns=["case", "place", "activity", "at", "who", "size"])
