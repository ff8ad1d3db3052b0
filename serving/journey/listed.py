"""The pain points of a page by their rank: written into the page, and read from it again."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from serving.journey.material import Material
from serving.journey.pains import is_told, kind, number, place, ranked

PLACE = ("stage", "channel", "persona")
_DATA = re.compile(r'<script type="application/json" id="counts">(.*?)</script>', re.DOTALL)


@dataclass(frozen=True)
class Listed:
    """The day of a page and the pain points that it lists, the first has rank 1.

    Each has kind, stage, channel and persona, in the words of the ledger; empty for every one.
    """

    as_of: str
    pains: tuple[Mapping[str, str], ...]


def listed(told: Material) -> list[dict[str, str]]:
    """What the page says of its pain points to a program, in their order."""
    return [
        {
            "kind": str(row.get("what") or row["kind"]),
            **{name: str(row[name]) if is_told(row[name]) else "" for name in PLACE},
        }
        for row in ranked(told)
    ]


def read_listed(html: str) -> Listed | None:
    """What a page lists; None where it is none of these pages."""
    found = _DATA.search(html)
    data: dict[str, Any] = json.loads(found[1]) if found else {}
    if "pains" not in data:
        return None
    return Listed(data["as_of"], tuple(data["pains"]))


def lines(told: Material) -> list[str]:
    """A line for each pain point, by its rank."""
    found = list[str]()
    for at, row in enumerate(ranked(told), 1):
        key = "pains.line" if row["certain"] else "pains.line_suspected"
        money = told.about(number(row, "money"))
        said = told.words.say(key, place=place(told, row), kind=kind(told, row), money=money)
        found.append(f"{at}. {said}")
    return found
