"""Panels drawn from a known law, without the feature engine: quick to learn from."""

import numpy as np
import pandas as pd

from models.logit import expit
from models.rows.panel import Panel

FEATURES = ("days_silent", "orders", "noise")


def panel(cutoffs: int = 6, customers: int = 250, seed: int = 0) -> Panel:
    """Cutoffs a fortnight apart whose labels ripen after four weeks; noise says nothing."""
    random = np.random.default_rng(seed)
    days = np.repeat(np.arange(cutoffs) * 14, customers)
    cutoff = pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(days, unit="D")
    x = random.normal(size=(len(days), len(FEATURES)))
    x[random.random(x.shape) < 0.1] = np.nan
    z = -1.5 + 1.2 * np.nan_to_num(x[:, 0]) - 0.8 * np.nan_to_num(x[:, 1])
    rows = pd.DataFrame(x, columns=list(FEATURES)).assign(
        customer_id=np.tile([f"c{number}" for number in range(customers)], cutoffs),
        cutoff=cutoff,
        matured_at=cutoff + pd.Timedelta(days=28),
        label=(random.random(len(z)) < expit(z)).astype(int),
    )
    return Panel(rows, FEATURES)
