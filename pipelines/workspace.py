"""A workspace: one folder with one `jejak.toml`, and everything that jejak keeps beside it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from features.catalog import Feature
from features.clock import last_midnight, midnight
from features.errors import WorkspaceInvalid
from features.own import own
from features.sources.times import EARLIEST, LATEST
from pipelines.settings.config import Settings, read_settings

FILE_NAME = "jejak.toml"


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """The places of a workspace and its settings."""

    root: Path
    settings: Settings

    @property
    def lake(self) -> Path:
        """The folder of the event lake."""
        return self.root / "lake"

    @property
    def out(self) -> Path:
        """The folder of the files that people and other systems fetch."""
        return self.root / "out"

    @property
    def reports(self) -> Path:
        """The folder of what is written for people to read."""
        return self.root / "reports"

    @property
    def models(self) -> Path:
        """The database of the models."""
        return self.root / "mlflow.db"

    @property
    def store(self) -> Path:
        """The database of the operational store."""
        return self.root / "jejak.db"

    @property
    def store_url(self) -> str:
        """The address of the operational store; it may hold a password."""
        return self.settings.store.url or f"sqlite:///{self.store}"

    def own_features(self) -> tuple[Feature, ...]:
        """The features of the workspace's own file; none where there is no such file."""
        named = self.settings.features.file
        path = self.root / (named or own.FILE_NAME)
        return own.own_features(path) if named or path.exists() else ()

    def cutoff(self, as_of: date | None) -> datetime:
        """The business midnight to work from, in UTC.

        The day asked for, else the workspace's own, else the last midnight that has passed: here,
        and nowhere below, the clock is read.
        """
        params = self.settings.workspace
        day = as_of or params.as_of
        if day and not EARLIEST.year < day.year < LATEST.year:
            raise WorkspaceInvalid(
                f"{day} is no day to stand at",
                where="as_of",
                mend=f"write a day after {EARLIEST.year} and before {LATEST.year}",
            )
        if day:
            return midnight(day, params.zone)
        return last_midnight(datetime.now(UTC), params.zone)

    def told_until(self, until: datetime) -> datetime:
        """The instant up to which even the slowest source has told what happened: labels end."""
        slowest_hours = max(source.latency_hours for source in self.settings.sources)
        return until - timedelta(hours=slowest_hours)


def open_workspace(root: Path) -> Workspace:
    """The workspace in a folder; `WorkspaceInvalid` when there is none or its file is wrong."""
    path = root / FILE_NAME
    if not path.is_file():
        raise WorkspaceInvalid(
            f"there is no {FILE_NAME} here",
            where=str(root),
            mend="make a workspace with `jejak init FOLDER`, or name one with --workspace FOLDER",
        )
    return Workspace(root=root.resolve(), settings=read_settings(path))
