"""What the churn model had expected of those at each pain point, beside how many left."""

import math
from collections.abc import Iterator

from serving.journey.material import Material
from serving.journey.pains import Row, kind, number, place, ranked, tags
from serving.pages.view import Cell, Table, figure, word

KEYS = ("pain", "scored", "expected", "left", "times", "means")


def note(told: Material) -> str:
    """What the numbers are of, or why there are none."""
    words, found = told.words, told.foretold
    if found is None:
        return words.say("foretold.none")
    if not any(True for _ in _beside(told)):
        return words.say("foretold.few")
    first, last = (told.day(found.nights[at]) for at in (0, -1))
    return words.say("foretold.note", nights=len(found.nights), first=first, last=last)


def tables(told: Material) -> list[Table]:
    """One table of the pain points of which enough customers were scored, if there are any."""
    found = [*_beside(told)]
    if not found:
        return []
    return [
        Table(
            name="foretold",
            caption=told.words.say("foretold.caption"),
            head=[told.words.say(f"foretold.{key}") for key in KEYS],
            rows=[_cells(told, *one) for one in found],
            tags=[tags(row) for _, row, _ in found],
        )
    ]


def _beside(told: Material) -> Iterator[tuple[int, Row, Row]]:
    """Rank, pain point and what was expected of it, of those of which anything was."""
    if told.foretold is None or told.pains is None:
        return
    shown = told.pains.frame["excess"].gt(0).to_numpy()
    said = told.foretold.frame.loc[shown].to_dict("records")
    for rank, (row, one) in enumerate(zip(ranked(told), said, strict=False), 1):
        if math.isfinite(number(one, "times")):
            yield rank, row, one


def _cells(told: Material, rank: int, row: Row, said: Row) -> list[Cell]:
    words = told.words
    low, high = number(said, "low"), number(said, "high")
    means = "more" if low > 1 else "fewer" if high < 1 else "as_many"
    return [
        word(f"{rank}. {place(told, row)}", kind(told, row)),
        figure(words.number(number(said, "scored"))),
        figure(words.number(number(said, "expected"))),
        figure(words.number(number(said, "left"))),
        figure(words.number(number(said, "times"), 2), words.between(low, high, 2)),
        word(words.say(f"foretold.{means}")),
    ]
