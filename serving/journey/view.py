"""What the page of a journey shows, before it is written as HTML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from serving.reports.view import Table
from serving.reports.words import Words


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A table; a live one is filled anew by the page's script, by its name.

    `tags` say of each row which persona and channel it is about: the script hides those that are
    not asked for, and never a row that is about everybody.
    """

    name: str
    table: Table
    is_live: bool = False
    tags: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A picture that the script draws anew; `told` says the same in words."""

    name: str
    svg: Markup
    title: str
    told: str
    legend: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of the page; `absent` says why there is nothing to show, and how to get it."""

    anchor: str
    title: str
    lead: str = ""
    notes: Sequence[str] = ()
    drawings: Sequence[Drawing] = ()
    sheets: Sequence[Sheet] = ()
    absent: str = ""


def heading(text: str) -> str:
    """A text as the head of a column, whatever it is elsewhere.

    >>> heading("held out")
    'Held out'
    """
    return text[:1].upper() + text[1:]


def part(
    words: Words,
    name: str,
    *,
    notes: Sequence[str] = (),
    drawings: Sequence[Drawing] = (),
    sheets: Sequence[Sheet] = (),
) -> Part:
    """A part with the words that its name has; without pictures, tables and notes it is absent."""
    title = words.say(f"{name}.title")
    if not (notes or drawings or sheets):
        return Part(anchor=name, title=title, absent=words.say(f"{name}.none"))
    return Part(
        anchor=name,
        title=title,
        lead=words.say(f"{name}.lead"),
        notes=notes,
        drawings=drawings,
        sheets=sheets,
    )
