"""Shares that are beyond a limit by more than chance."""

import math

NOISES = 3.0


def beyond(share: float, most: float, rows: float) -> bool:
    """Whether a share of so many rows is above a limit, and further above than chance explains.

    >>> beyond(0.08, 0.05, 10_000), beyond(0.08, 0.05, 50)
    (True, False)
    """
    noise = math.sqrt(max(most * (1 - most), 1 / max(rows, 1)) / max(rows, 1))
    return share - most > NOISES * noise


def apart(share: float, rows: float, before: float, rows_before: float, most: float) -> bool:
    """Whether a share rose by more than a difference, and by more than chance explains.

    Half a row is taken off, for a normal distribution stands for rows that are counted.
    """
    together = (share * rows + before * rows_before) / max(rows + rows_before, 1)
    half_a_row = 0.5 / max(rows, 1)
    spread = together * (1 - together) * (1 / max(rows, 1) + 1 / max(rows_before, 1))
    return share - before - half_a_row > max(most, NOISES * math.sqrt(spread))
