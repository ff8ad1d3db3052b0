"""When the night and the retraining run: times on the business's own clock."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from features.clock import business_day, midnight

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_WRITTEN = re.compile(rf"(?:({'|'.join(WEEKDAYS)}) )?([01]\d|2[0-3]):([0-5]\d)")
_WEEK_DAYS = 7


@dataclass(frozen=True, kw_only=True)
class When:
    """A time of each day, or of one day of the week (0 is Monday)."""

    at: time
    weekday: int | None = None

    @classmethod
    def told(cls, text: str) -> Self:
        """The time that a text says; `ValueError` if it says none.

        >>> When.told("sun 03:30").cron
        '30 3 * * sun'
        """
        found = _WRITTEN.fullmatch(text.strip().lower())
        if found is None:
            raise ValueError(text)
        day, hour, minute = found.groups()
        weekday = None if day is None else WEEKDAYS.index(day)
        return cls(at=time(int(hour), int(minute)), weekday=weekday)

    @property
    def cron(self) -> str:
        """The same as cron writes it, on the clock of the same zone."""
        day = "*" if self.weekday is None else WEEKDAYS[self.weekday]
        return f"{self.at.minute} {self.at.hour} * * {day}"

    def after(self, now: datetime, zone: ZoneInfo) -> datetime:
        """The first such instant after `now`, in UTC.

        A time that the clock skips in spring comes as much later as the clock skips; one that it
        shows twice in autumn comes the first time.
        """
        today = business_day(now, zone)
        days = (today + timedelta(days=ahead) for ahead in range(_WEEK_DAYS + 1))
        fit = (day for day in days if self.weekday in (None, day.weekday()))
        return next(at for day in fit if (at := self._on(day, zone)) > now)

    def _on(self, day: date, zone: ZoneInfo) -> datetime:
        if self.at == time():
            return midnight(day, zone)
        local = datetime.combine(day, self.at, tzinfo=zone)
        return local.astimezone(ZoneInfo("UTC"))


@dataclass(frozen=True, kw_only=True)
class ScheduleParams:
    """When `jejak serve` works, on the clock of the workspace's time zone.

    `HH:MM` is every day, `sun HH:MM` once a week; an empty `retrain` never.
    """

    nightly: str = "02:30"
    retrain: str = "sun 03:30"

    def __post_init__(self) -> None:
        """Refuse what is no time."""
        for name, text in self._written():
            try:
                When.told(text)
            except ValueError:
                msg = f"{name} is {text!r}; write a time such as 02:30, or sun 03:30"
                raise ValueError(msg) from None

    @property
    def times(self) -> dict[str, When]:
        """When each command runs, by its verb."""
        return {name: When.told(text) for name, text in self._written()}

    def _written(self) -> list[tuple[str, str]]:
        retrain = [("retrain", self.retrain)] if self.retrain else []
        return [("nightly", self.nightly), *retrain]
