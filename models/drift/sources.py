"""Whether sources still tell what they told: as much, in the same words and units, as early."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import numpy as np
import pandas as pd

from features.catalog import Vocabulary
from features.lake.volumes import WEEK_DAYS, WEEKS
from features.rare import RARE
from models.drift.alarm import Alarm, Severity
from models.drift.flow import (
    FALLEN_ACT,
    FALLEN_WARN,
    MOVED_LEAST,
    SILENT_ACT_DAYS,
    SURGED_WARN,
    Flow,
)
from models.drift.money import Means, times
from models.drift.noise import usual
from models.logit import Floats

UNIT_WARN = 0.5
LATE_WARN = 0.1
NEW_ROWS, NEW_DAYS, NEW_ACT = 5, 28, 0.05
NEW_MOST = 10
"""So many new words are named: more of them are no words but a column that is read as another."""

EVENTS = "events"

About = Literal["source", "channel", "step"]


def sources_drifted(volumes: pd.DataFrame, vocabulary: Vocabulary, cutoff: datetime) -> list[Alarm]:
    """What sources tell otherwise in the last week than in those before, and words never seen.

    `volumes` are those of `features.lake.volumes`, counted for the `cutoff`; `vocabulary` is the
    model's. A source that is silent as a whole is not taken apart into channels and steps.
    """
    alarms = [
        *_flows(volumes, cutoff),
        *_by_source(volumes, _units),
        *_by_source(volumes, _lateness),
        *_new(volumes, "channel", {RARE, *vocabulary.every_channel}),
        *_new(volumes, "step", {RARE, *vocabulary.steps}),
    ]
    return sorted(alarms, key=lambda one: one.severity)


def _flows(volumes: pd.DataFrame, cutoff: datetime) -> Iterator[Alarm]:
    """Silent, fewer, more: of a source, else of one of several channels, else of steps."""
    groups: list[tuple[About, list[str]]] = [
        ("source", ["table", "source"]),
        ("channel", ["table", "source", "channel"]),
        ("step", ["table", "source", "step"]),
    ]
    flows: list[tuple[About, str, str, Flow]] = [
        (about, keys[1], keys[-1], Flow(rows=_grid(rows, "rows")))
        for about, names in groups
        for keys, rows in _each(volumes, names)
        if keys[-1] and (about == "source" or not _is_alone(volumes, keys[1], about))
    ]
    known = [one for one in flows if one[-1].is_known]
    most = usual([flow.moves for *_, flow in known], MOVED_LEAST)
    told: set[str] = set()
    for about, source, name, flow in known:
        look = _Look(flow=flow, reach=flow.reach(most, len(known)), tests=len(known))
        alarm = None if source in told else look.alarm(about, name, cutoff)
        if alarm:
            yield alarm
        if alarm and alarm.code == "D10" and about == "source":
            told.add(source)


@dataclass(frozen=True, kw_only=True)
class _Look:
    """A flow, and how far it may go by chance."""

    flow: Flow
    reach: tuple[float, float]
    tests: int

    def alarm(self, about: About, name: str, cutoff: datetime) -> Alarm | None:
        """Silent, fewer, more, or nothing."""
        flow = self.flow
        if flow.is_silent(self.tests):
            since = cutoff - timedelta(days=flow.silent_days)
            is_slight = about == "step" or flow.silent_days < SILENT_ACT_DAYS
            return Alarm(
                code="D10",
                severity="warn" if is_slight else "act",
                about=about,
                name=name,
                measured=0.0,
                needed=flow.missed,
                told={
                    "days": flow.silent_days,
                    "expected": flow.missed,
                    "since": f"{since:%Y-%m-%d}",
                },
            )
        low, high = self.reach
        if flow.ratio <= min(FALLEN_WARN, low):
            severity: Severity = "act" if flow.ratio <= min(FALLEN_ACT, low) else "warn"
            return self._other("D11", severity, about, name, min(FALLEN_WARN, low))
        if flow.ratio >= max(SURGED_WARN, high):
            return self._other("D12", "warn", about, name, max(SURGED_WARN, high))
        return None

    def _other(
        self, code: str, severity: Severity, about: About, name: str, needed: float
    ) -> Alarm:
        flow = self.flow
        return Alarm(
            code=code,
            severity=severity,
            about=about,
            name=name,
            measured=flow.ratio,
            needed=needed,
            told={"expected": flow.usual, "seen": flow.seen, "ratio": flow.ratio},
        )


def _by_source(
    volumes: pd.DataFrame, look: Callable[[pd.DataFrame, int], list[Alarm]]
) -> Iterator[Alarm]:
    """The gravest alarm of each source."""
    sources = [rows for _, rows in _each(volumes, ["table", "source"])]
    for rows in sources:
        found = look(rows, len(sources))
        if found:
            yield max(found, key=lambda one: one.measured / one.needed)


def _units(rows: pd.DataFrame, sources: int) -> list[Alarm]:
    """Money of one step: of the last week, and of the last day, against the weeks before."""
    steps = [(keys[0], step) for keys, step in _each(rows.loc[rows["valued"] > 0], ["step"])]
    found: list[Alarm] = []
    for _, step in steps:
        grids = [_grid(step, name) for name in ("valued", "value_log", "value_log_squared")]
        for days in (1, WEEK_DAYS):
            means = Means(
                **dict(zip(("rows", "sums", "squares"), _late_weeks(grids, days), strict=True)),
                tests=2 * sources * len(steps),
            )
            if means.is_known and abs(means.grown) >= max(UNIT_WARN, means.reach):
                found.append(_unit(step["source"].iloc[0], means))
    return found


def _unit(source: str, means: Means) -> Alarm:
    return Alarm(
        code="D14",
        severity="act",
        about="source",
        name=source,
        measured=abs(means.grown),
        needed=max(UNIT_WARN, means.reach),
        told={
            "before": 10**means.before,
            "now": 10**means.now,
            "times": times(means.grown),
        },
    )


def _lateness(rows: pd.DataFrame, sources: int) -> list[Alarm]:
    weeks = [_grid(rows, name).sum(axis=1) for name in ("rows", "late")]
    means = Means(rows=weeks[0], sums=weeks[1], tests=sources)
    if not means.is_known or means.grown < max(LATE_WARN, means.reach):
        return []
    return [
        Alarm(
            code="D15",
            severity="warn",
            about="source",
            name=rows["source"].iloc[0],
            measured=means.grown,
            needed=max(LATE_WARN, means.reach),
            told={"before": means.before, "now": means.now},
        )
    ]


def _new(volumes: pd.DataFrame, about: About, known: set[str]) -> Iterator[Alarm]:
    """Words of events that the model never saw."""
    recent = volumes.loc[volumes["table"].eq(EVENTS) & volumes["age_days"].lt(NEW_DAYS)]
    counted = recent.groupby(about)["rows"].sum()
    total = float(counted.sum())
    new = counted[~counted.index.isin([*known]) & counted.ge(NEW_ROWS)]
    for name, rows in new.sort_values(ascending=False, kind="stable").head(NEW_MOST).items():
        share = float(rows) / total
        yield Alarm(
            code="D13",
            severity="act" if share >= NEW_ACT else "warn",
            about=about,
            name=str(name),
            measured=float(rows),
            needed=NEW_ROWS,
            told={"rows": int(rows), "share": share},
        )


def _each(volumes: pd.DataFrame, keys: list[str]) -> list[tuple[tuple[str, ...], pd.DataFrame]]:
    grouped: Any = volumes.groupby(keys, sort=True)
    return list(grouped)


def _is_alone(volumes: pd.DataFrame, source: str, about: str) -> bool:
    return volumes.loc[volumes["source"].eq(source), about].unique().size == 1


def _grid(rows: pd.DataFrame, name: str) -> Floats:
    """One measure by week and day before the cutoff."""
    days = np.zeros(WEEKS * WEEK_DAYS)
    np.add.at(days, rows["age_days"].to_numpy(), rows[name].to_numpy(np.float64))
    return days.reshape(WEEKS, WEEK_DAYS)


def _late_weeks(grids: list[Floats], days: int) -> list[Floats]:
    """Sums by week, of the last one only those of its last days."""
    sums = [grid.sum(axis=1) for grid in grids]
    for one, grid in zip(sums, grids, strict=True):
        one[0] = grid[0, :days].sum()
    return sums
