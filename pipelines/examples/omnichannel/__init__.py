"""What does a customer look like whose every trace, and whose truth, is known?

Rapibuku sells accounting software to logistics firms. It, its customers and their people are made
up; `write` makes their files in the shapes in which the products of others export them.
"""

from collections.abc import Iterator
from pathlib import Path

from pipelines.examples.omnichannel import (
    advertising,
    app,
    billing,
    chats,
    crm,
    mail,
    meetings,
    outreach,
    sheet,
    support,
    surveys,
    truth,
    web,
)
from pipelines.examples.omnichannel.book import Book
from pipelines.examples.omnichannel.calendar import FIRST_NIGHT, SECOND_NIGHT
from pipelines.examples.omnichannel.company import COMPANIES
from pipelines.examples.omnichannel.world import World, world

SEED = 20260601
_WRITERS = (
    web,
    advertising,
    crm,
    support,
    chats,
    meetings,
    mail,
    surveys,
    billing,
    app,
    outreach,
    sheet,
)


def write(folder: Path, seed: int = SEED) -> None:
    """Lay the files of the first night, those of the second, and the truth into a workspace."""
    for name, content in files(seed):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def files(seed: int = SEED, firms: int = COMPANIES) -> Iterator[tuple[str, bytes]]:
    """Every file by its path; of the second night only those that differ from the first."""
    made = world(seed, firms)
    first = _night(made, Book(until=FIRST_NIGHT))
    second = _night(made, Book(until=SECOND_NIGHT))
    yield from first.files.items()
    for name, content in second.files.items():
        if first.files.get(name) != content:
            yield f"second-night/{name}", content
    told = Book(until=SECOND_NIGHT, identity={**first.identity, **second.identity})
    truth.write(made, told)
    yield from told.files.items()


def _night(made: World, book: Book) -> Book:
    for writer in _WRITERS:
        writer.write(made, book)
    return book
