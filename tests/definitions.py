"""Labels of any target, and what its definition needs to be written out plainly."""

from features.errors import DataRefused
from features.known.told import Told
from models.rows.panel import training_panel


def true(rows) -> list[dict]:
    """What holds as far as it is known today."""
    return [row for row in rows.to_dicts() if row["superseded_at"] is None]


def known(rows, clock, cutoff) -> list[dict]:
    """What had happened and was known before a cutoff."""
    return [
        row
        for row in rows.to_dicts()
        if row[clock] < cutoff
        and row["known_at"] < cutoff
        and (row["superseded_at"] is None or row["superseded_at"] >= cutoff)
    ]


def labels(told: Told, target, cutoffs, zone) -> dict:
    """Label by customer and cutoff, of the rows that are learned from."""
    watermark = target.matured_at(max(cutoffs), zone)
    try:
        panel = training_panel([told], cutoffs, [], target, watermark=watermark, zone=zone)
    except DataRefused:
        return {}
    rows = panel.rows
    return {
        (who, at.to_pydatetime()): label
        for who, at, label in zip(rows["customer_id"], rows["cutoff"], rows["label"], strict=True)
    }


def everyone(told: Told) -> set[str]:
    tables = (told.events, told.contracts, told.stage_history)
    return {who for rows in tables for who in rows["customer_id"]}
