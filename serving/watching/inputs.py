"""Whether sources read as they usually do: rows set aside, cells that are empty."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from features.lake.emptiness import Emptiness
from models.drift.alarm import Alarm
from serving.watching.noise import apart
from serving.watching.params import WatchParams
from serving.watching.records import Kept

ROWS_LEAST = 30
"""Of fewer rows nothing is said."""

NIGHTS = 28
"""So many nights before are what is usual."""


def set_aside(sources: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Rows that were read and those of them that were set aside, by source, of a manifest's."""
    return {
        str(one["name"]): {"rows": int(one["rows_read"]), "aside": int(one["rows_quarantined"])}
        for one in sources
    }


def quarantine_alarms(
    now: Mapping[str, Mapping[str, int]], before: Sequence[Kept], params: WatchParams
) -> list[Alarm]:
    """W03 for each source of which more is set aside than usual, by what earlier watches kept."""
    found: list[Alarm] = []
    for name, counts in now.items():
        usual = [one.facts.get("set_aside", {}).get(name) for one in before[:NIGHTS]]
        rows_before = sum(one["rows"] for one in usual if one)
        rows = counts["rows"]
        if rows < ROWS_LEAST or not rows_before:
            continue
        share_before = sum(one["aside"] for one in usual if one) / rows_before
        share = counts["aside"] / rows
        if apart(share, rows, share_before, rows_before, params.quarantine_more_most):
            told = {"share": share, "before": share_before, "rows": rows}
            found.append(
                _alarm("W03", name, share - share_before, params.quarantine_more_most, told)
            )
    return found


def emptiness_alarms(columns: Iterable[Emptiness], params: WatchParams) -> list[Alarm]:
    """W04 for each column that is more often empty of late than it was before."""
    return [
        _alarm(
            "W04",
            one.source,
            one.share - one.share_before,
            params.emptier_most,
            {
                "column": one.column,
                "share": one.share,
                "before": one.share_before,
                "rows": one.rows,
            },
        )
        for one in columns
        if one.rows >= ROWS_LEAST
        and one.rows_before
        and apart(one.share, one.rows, one.share_before, one.rows_before, params.emptier_most)
    ]


def _alarm(
    code: str, name: str, measured: float, needed: float, told: Mapping[str, str | float | int]
) -> Alarm:
    return Alarm(
        code=code,
        severity="warn",
        about="source",
        name=name,
        measured=measured,
        needed=needed,
        told=told,
    )
