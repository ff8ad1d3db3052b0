"""Panels of three outcomes drawn from a known law, without the feature engine."""

import numpy as np
import pandas as pd

from models.rows.panel import Panel

CLASSES = ("stay", "advance", "exit")
FEATURES = ("keen", "present_stage", "present_stage_days", "noise")


def outcomes(cutoffs: int = 6, customers: int = 300, seed: int = 0) -> Panel:
    """Who is keen advances, who has been long in a stage exits; nobody advances from stage 2."""
    random = np.random.default_rng(seed)
    days = np.repeat(np.arange(cutoffs) * 14, customers)
    cutoff = pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(days, unit="D")
    size = len(days)
    keen, stage = random.normal(size=size), random.integers(0, 3, size)
    dwell = random.exponential(20, size)
    z = np.stack([np.ones(size), 1.5 * keen, dwell / 15 - 1], axis=1)
    z[stage == 2, 1] = -np.inf
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    label = (p.cumsum(axis=1) < random.random((size, 1))).sum(axis=1)
    rows = pd.DataFrame(
        {
            "customer_id": np.tile([f"c{number}" for number in range(customers)], cutoffs),
            "cutoff": cutoff,
            "matured_at": cutoff + pd.Timedelta(days=28),
            "keen": keen,
            "present_stage": stage.astype(float),
            "present_stage_days": np.where(random.random(size) < 0.05, np.nan, dwell),
            "noise": random.normal(size=size),
            "label": label,
        }
    )
    return Panel(rows, FEATURES, classes=CLASSES)
