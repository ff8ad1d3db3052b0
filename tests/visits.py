"""Visits of customers of three channels, of whom those on WhatsApp leave until a change."""

from datetime import date, timedelta

import numpy as np

from pipelines.data.ingest import ingest_sources

WORKSPACE = """
[workspace]
name = "Warung"
as_of = 2026-06-01

[[sources]]
name = "visits"
kind = "csv"
path = "visits.csv"
columns = { customer_id = "who", occurred_at = "at", channel = "channel", step = "'visit'" }

[churn]
steps = ["visit"]
active_within_days = 28
horizon_days = 28
"""
BEGAN, CHANGED = date(2024, 7, 1), date(2025, 11, 1)
CHANNELS = ("email", "web", "whatsapp")


def lay(root, *rows):
    (root / "jejak.toml").write_text(WORKSPACE)
    (root / "visits.csv").write_text("\n".join(["who,at,channel", *rows]) + "\n")
    ingest_sources(root, None)
    return root


def stand(root, day):
    """At a day of its own a workspace keeps the clock of that day."""
    (root / "jejak.toml").write_text(WORKSPACE.replace("2026-06-01", day))


def visits():
    """Customers of three channels; of WhatsApp far more left, until the change."""
    rng = np.random.default_rng(5)
    for number in range(3 * 800):
        channel = number % 3
        at = BEGAN + timedelta(days=int(rng.integers(0, 690)))
        while at < date(2026, 6, 1):
            yield f"c{number},{at},{CHANNELS[channel]}"
            hurts = channel == 2 and at < CHANGED
            at += timedelta(days=int(rng.integers(5, 12)))
            if rng.random() < (0.16 if hurts else 0.04):
                break
