"""Which days a backtest lives again, and what it keeps of each."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from features import durable
from features.clock import business_day, grid, midnight, shift
from features.errors import DataRefused
from features.lake import Snapshot
from models.rows.panel import first_told
from pipelines.loop.drawn import Drawn, drawn_of
from pipelines.terminal.progress import tell
from pipelines.training.preparing import trial_params
from pipelines.workspace import Workspace

FOLDER = "backtest"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The days between two, both included: the first of each month, or every so many days."""

    since: date | None = None
    until: date | None = None
    every_days: int | None = None


@dataclass(frozen=True, kw_only=True)
class Replay:
    """The days that are lived again, on a lake and as of an instant; kept in a folder.

    The name of the folder is a hash of the settings and the data: a day that was lived with
    others is of no use.
    """

    workspace: Workspace
    snapshot: Snapshot
    now: datetime
    days: tuple[date, ...]
    folder: Path
    drawn: Drawn

    def missing(self) -> Iterator[date]:
        """The days that are not lived yet."""
        return (day for day in self.days if not self._file(day, "json").exists())

    def cutoff(self, day: date) -> datetime:
        """The midnight at which a day begins."""
        return midnight(day, self.workspace.settings.workspace.zone)

    def keep(self, day: date, facts: Mapping[str, Any], rows: pd.DataFrame | None = None) -> None:
        """Keep what a day came to; once its facts are there, so are its rows."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # it holds customers' scores
        if rows is not None:
            content = BytesIO()
            rows.to_parquet(content, index=False)
            durable.write_bytes(self._file(day, "parquet"), content.getvalue())
        told = {"day": f"{day}", "refused": "", **facts}
        durable.write_bytes(self._file(day, "json"), json.dumps(told, indent=1).encode())

    def facts(self, day: date) -> dict[str, Any]:
        """What a day came to, in numbers."""
        return json.loads(self._file(day, "json").read_text(encoding="utf-8"))

    def rows(self, day: date) -> pd.DataFrame:
        """Everyone who was at risk at a day: customer (a number), label, each probability."""
        return pd.read_parquet(self._file(day, "parquet")).assign(day=f"{day}")

    def _file(self, day: date, kind: str) -> Path:
        return self.folder / f"{day}.{kind}"


def planned(workspace: Workspace, snapshot: Snapshot, now: datetime, wanted: Wanted) -> Replay:
    """The days that are wanted, have a history behind them and are mature by now."""
    days = tuple(_days(workspace, snapshot, now, wanted))
    if not days:
        raise DataRefused(
            "no such day has enough history behind it and is mature by now",
            where="--from, --to",
            mend="name other months, or ingest a longer history",
        )
    drawn = drawn_of(workspace, snapshot)
    folder = workspace.root / FOLDER / _key(workspace, snapshot, now, drawn)
    if not folder.exists() and any(folder.parent.glob("*/*.json")):
        tell("The settings or the data are not those of the last backtest: it begins anew.")
    return Replay(
        workspace=workspace, snapshot=snapshot, now=now, days=days, folder=folder, drawn=drawn
    )


def _days(
    workspace: Workspace, snapshot: Snapshot, now: datetime, wanted: Wanted
) -> Iterator[date]:
    settings = workspace.settings
    target, zone = settings.churn, settings.workspace.zone
    first = first_told(snapshot.told(), target)
    if first is None:
        return
    history = settings.panel.history_days + target.lead_days
    earliest = shift(midnight(business_day(first, zone), zone), history, zone)
    last = target.last_mature(workspace.told_until(now), zone)
    every = wanted.every_days
    stops = grid(last, earliest, every, zone) if every else _months(earliest, last, zone)
    for cutoff in stops:
        day = business_day(cutoff, zone)
        if (wanted.since or day) <= day <= (wanted.until or day):
            yield day


def _months(first: datetime, last: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    day = business_day(first, zone).replace(day=1)
    while (cutoff := midnight(day, zone)) <= last:
        if cutoff >= first:
            yield cutoff
        day = day.replace(year=day.year + day.month // 12, month=day.month % 12 + 1)


def _key(workspace: Workspace, snapshot: Snapshot, now: datetime, drawn: Drawn) -> str:
    settings = workspace.settings
    own = [feature.definition_hash for feature in workspace.own_features()]
    asked = trial_params(settings, settings.churn).as_json()
    outreach = drawn.digest(now)
    told = [asked, asdict(settings.decide), own, snapshot.manifest.hash, now.isoformat(), outreach]
    return hashlib.sha256(json.dumps(told, default=str).encode()).hexdigest()[:16]
