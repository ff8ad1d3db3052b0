"""The whole made-up world: firms, the way each came, and the life of those who bought."""

from dataclasses import dataclass
from datetime import datetime

from pipelines.examples.omnichannel.calendar import SECOND_NIGHT
from pipelines.examples.omnichannel.company import COMPANIES, Company, companies
from pipelines.examples.omnichannel.funnel import Funnel, funnel
from pipelines.examples.omnichannel.life import Life, live
from pipelines.examples.omnichannel.people import Person


@dataclass(frozen=True, kw_only=True)
class Story:
    """One company from the first touch on; `life` is there once it bought."""

    company: Company
    funnel: Funnel
    life: Life | None

    @property
    def contact(self) -> Person:
        """Who asks for the demo and talks to sales."""
        return self.company.people[self.funnel.contact_at]

    def in_crm(self, until: datetime) -> bool:
        """Whether sales knew the company before `until`."""
        known_at = self.funnel.known_at
        return known_at is not None and known_at < until


@dataclass(frozen=True, kw_only=True)
class World:
    """Every company's story, by its number."""

    seed: int
    stories: tuple[Story, ...]

    @property
    def customers(self) -> list[Life]:
        """The lives of all who ever bought."""
        return [story.life for story in self.stories if story.life]


def world(seed: int, firms: int = COMPANIES) -> World:
    """The world of a seed, always the same; with fewer firms, a part of it."""
    return World(seed=seed, stories=tuple(_story(one, seed) for one in companies(seed, firms)))


def _story(company: Company, seed: int) -> Story:
    way = funnel(company, seed)
    bought = way.won_at is not None and way.won_at < SECOND_NIGHT
    life = live(company, way.won_at, seed) if bought and way.won_at else None
    return Story(company=company, funnel=way, life=life)
