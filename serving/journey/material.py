"""What the page of a journey is made of."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from features.clock import business_day
from models.pains.foretold import Foretold
from models.pains.found import Pains
from serving.journey.counts import Counts
from serving.outcomes.found import Outcomes
from serving.pages.words import Words
from serving.watching.health import ModelHealth

DIGITS = 2
TENTHS_BELOW = 10
"""Days and hours below it are said with a decimal."""


@dataclass(frozen=True)
class Kept:
    """The ledger in the page's language: a row of texts a pain, and a sentence by its id."""

    pains: pd.DataFrame
    sentences: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Material:
    """Counts and what was found in them; a part that is None was not looked at.

    `as_of` is the day of the cutoff, ISO. `dwell_edges` are days and `wait_edges` hours: where the
    bins of the histograms begin. `efficiency` and `gaps` are frames as `models.pains` makes them;
    `costs` is what one touch of a channel costs. `unasked` is what kept from looking for pains;
    `foretold` what the churn model had expected of each of them.
    """

    words: Words
    title: str
    currency: str
    zone: ZoneInfo
    as_of: str
    counts: Counts
    dwell_edges: Sequence[float]
    wait_edges: Sequence[float]
    costs: Mapping[str, float] = field(default_factory=dict[str, float])
    pains: Pains | None = None
    unasked: str = ""
    foretold: Foretold | None = None
    efficiency: pd.DataFrame | None = None
    gaps: pd.DataFrame | None = None
    ledger: Kept | None = None
    outcomes: Outcomes | None = None
    health: ModelHealth | None = None

    def stage(self, name: str) -> str:
        """A stage as it is called; the empty one is none."""
        return self.words.name("stage", name) if name else self.words.say("stage.none")

    def channel(self, name: str) -> str:
        """A channel as it is called."""
        return self.words.name("channel", name) if name else self.words.say("channel.any")

    def persona(self, name: str) -> str:
        """A persona as the workspace calls it."""
        return self.words.name("persona", name) if name else self.words.say("persona.any")

    def span(self, value: float, most: float) -> str:
        """Days or hours, short ones with a decimal, those beyond what is counted as more."""
        if value >= most:
            return f"{self.words.number(most)}+"
        is_long = not math.isfinite(value) or value >= TENTHS_BELOW
        return self.words.number(value, 0 if is_long else 1)

    def money(self, amount: float) -> str:
        """An amount in the workspace's currency."""
        return self.words.money(amount, self.currency)

    def about(self, amount: float) -> str:
        """An amount to two digits: more of them would promise what no estimate holds.

        >>> from types import SimpleNamespace
        >>> told = SimpleNamespace(money=str)
        >>> Material.about(told, 12_855_527.0), Material.about(told, 0.0)
        ('13000000.0', '0.0')
        """
        if not amount or not math.isfinite(amount):
            return self.money(amount)
        return self.money(round(amount, DIGITS - 1 - math.floor(math.log10(abs(amount)))))

    def points(self, share: float) -> str:
        """A difference of shares, which is none of percent."""
        if not math.isfinite(share):
            return self.words.number(share)
        number = self.words.number(100 * share, 1, signed=True)
        return self.words.say("points", number=number)

    def day(self, iso: str) -> str:
        """The business day of an ISO instant."""
        at = datetime.fromisoformat(iso)
        return self.words.date(business_day(at, self.zone).isoformat())

    def month(self, month: str) -> str:
        """A month, such as 2026-05, as people say it."""
        year, number = month.split("-")
        return f"{self.words.say('months').split()[int(number) - 1]} {year}"
