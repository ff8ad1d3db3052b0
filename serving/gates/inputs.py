"""Whether tonight's data are tonight's, and whole."""

import math
from datetime import timedelta

from features.lake.emptiness import Emptiness
from serving.gates.params import GateParams
from serving.gates.tonight import Gate, Tonight

NOISES = 4.0
ROWS_LEAST = 30
"""Of fewer recent rows nothing is said."""

COLUMNS_TOLD = 3


def fresh(tonight: Tonight, params: GateParams) -> Gate | None:
    """G03: the watermark and the newest event of all sources are not long before the cutoff."""
    if tonight.newest_event is None:
        return None
    oldest = min(tonight.run.watermark, tonight.newest_event)
    behind = max(tonight.run.as_of - oldest, timedelta())
    told = (
        f"the newest event is of {tonight.newest_event:%Y-%m-%d %H:%M} UTC, the sources are "
        f"complete until {tonight.run.watermark:%Y-%m-%d %H:%M} UTC: {behind.days} whole days "
        f"before the cutoff; {params.stale_days_most} are allowed"
    )
    return Gate("G03", behind <= timedelta(days=params.stale_days_most), told)


def as_full(tonight: Tonight, params: GateParams) -> Gate | None:
    """G10: no column of a source is far more often empty of late than it was before."""
    known = [one for one in tonight.emptiness if one.rows >= ROWS_LEAST and one.rows_before]
    if not known:
        return None
    emptied = [one for one in known if _is_emptier(one, params.emptier_most)]
    told = "; ".join(map(_told, emptied[:COLUMNS_TOLD]))
    told += f"; and {len(emptied) - COLUMNS_TOLD} more" * (len(emptied) > COLUMNS_TOLD)
    return Gate("G10", not emptied, told or "no column is emptier than it was")


def _is_emptier(one: Emptiness, most: float) -> bool:
    together = (one.empty + one.empty_before) / (one.rows + one.rows_before)
    noise = math.sqrt(together * (1 - together) * (1 / one.rows + 1 / one.rows_before))
    return one.share - one.share_before > max(most, NOISES * noise)


def _told(one: Emptiness) -> str:
    return (
        f"column {one.column} of {one.source} is empty in {one.share:.0%} of {one.rows:,} "
        f"recent rows, {one.share_before:.0%} before"
    )
