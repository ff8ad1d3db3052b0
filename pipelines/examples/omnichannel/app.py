"""The product's own log: who logged in, and how the beginning went."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from pipelines.examples.omnichannel.book import Book
from pipelines.examples.omnichannel.calendar import DAY, START, plain
from pipelines.examples.omnichannel.draws import Draw
from pipelines.examples.omnichannel.life import Life
from pipelines.examples.omnichannel.world import World

_HEADER = ("row_id", "happened_at", "loaded_at", "account", "user_email", "event")
_ONBOARDING = 42 * DAY
_LATE = 0.012


def write(world: World, book: Book) -> None:
    """A file a month of loading; a row may be loaded days late, and then lies in a later one."""
    rows: list[tuple[datetime, tuple[str, ...]]] = []
    for life in world.customers:
        draw = Draw(world.seed, "app", life.company.number)
        for number, (at, event, user) in enumerate(sorted(_events(life))):
            loaded_at = (at + DAY).replace(hour=2, minute=10, second=0)
            if draw.chance(_LATE):
                loaded_at += draw.whole(1, 6) * DAY
            person, key = (
                life.company.people[user],
                f"{life.company.number:04d}-{user}:{number:05d}",
            )
            if at >= START and loaded_at < book.until:
                book.tell("app", key.partition(":")[0], person, life.company)
                account, mail = life.company.crm_id, person.mail
                row = (key, plain(at), plain(loaded_at), account, mail, event)
                rows.append((loaded_at, row))
    book.monthly_tables("sources/app", _HEADER, rows)


def _events(life: Life) -> Iterator[tuple[datetime, str, int]]:
    """Log-ins, and what of the onboarding the product notices."""
    yield from ((at, "login", user) for at, user in life.logins)
    begins_at = life.begins_at + DAY
    yield begins_at, "onboarding_started", 0
    troubles = [one.opened_at for one in life.tickets if one.opened_at < begins_at + _ONBOARDING]
    yield from ((at - timedelta(hours=1), "import_failed", 0) for at in troubles)
    finished_at = begins_at + (10 + 9 * len(troubles)) * DAY
    if life.churned_at is None or finished_at < life.churned_at:
        yield finished_at, "onboarding_finished", 0
