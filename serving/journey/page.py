"""The page of a journey: one file of HTML that asks nobody for anything."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files

from markupsafe import Markup

from serving.journey import compared, emotion, foretold, pains, places, service, touchpoints
from serving.journey.health import health
from serving.journey.ledger import ledger
from serving.journey.material import Material
from serving.journey.outreach import outreach
from serving.journey.sankey import sankey
from serving.journey.script_data import script_data
from serving.journey.summary import cards, facts
from serving.journey.trend import trend
from serving.pages.html import page
from serving.pages.view import Section, section

ROOM = "serving.journey"
METHOD = (
    "time",
    "stages",
    "channels",
    "reach",
    "dwell",
    "pains",
    "feelings",
    "money",
    "privacy",
)
"""The paragraphs about how to read the page, and what it cannot say."""


def render(told: Material) -> str:
    """The page as HTML; equal material gives equal text, and it names no customer."""
    words, months = told.words, told.counts.months
    period = words.say(
        "page.period",
        first=told.month(months[0]),
        last=told.month(months[-1]),
        as_of=words.date(told.as_of),
    )
    return page(
        "journey.html",
        ROOM,
        words,
        css="journey.css",
        script=script(),
        title=told.title,
        heading=words.say("page.heading"),
        origin=[period],
        foot=words.say("page.foot"),
        cards=cards(told),
        facts=facts(told),
        sections=[make(told) for make in PARTS],
        method=_method(told),
        filters=filters(told),
        data=_within_script(script_data(told)),
    )


def _method(told: Material) -> list[str]:
    values = {"currency": told.currency, "least": told.counts.least}
    return [told.words.say(f"method.{name}", **values) for name in METHOD]


def filters(told: Material) -> dict[str, Sequence[tuple[str, str]]]:
    """What may be chosen, and how each choice is called."""
    words = told.counts.chosen
    return {
        "persona": [(name, told.persona(name)) for name in words("persona")],
        "channel": [(name, told.channel(name)) for name in words("channel")],
        "month": [(name, told.month(name)) for name in words("month")],
    }


@cache
def script() -> str:
    """The one script of the page."""
    return files(ROOM).joinpath("journey.js").read_text("utf-8")


def _within_script(data: object) -> Markup:
    """JSON that no word of it can end: the text may stand in a script element."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704  # nothing is left that HTML could read


def _map(told: Material) -> Section:
    if told.counts.frames["flows"].empty:
        return _touched(told)
    sheets = [
        places.matrix(told),
        trend(told),
        places.grid(told),
        places.standing(told),
        places.dwell(told),
    ]
    return section(told.words, "map", figures=[sankey(told)], tables=sheets)


def _touched(told: Material) -> Section:
    """The months of a journey without stages, and how to get them."""
    if told.counts.frames["touches"].empty:
        return section(told.words, "map")
    return section(told.words, "map", notes=[told.words.say("map.none")], tables=[trend(told)])


def _pains(told: Material) -> Section:
    found = pains.pains(told)
    if found.absent:
        return found
    notes = [*found.notes, foretold.note(told)]
    return replace(found, notes=notes, tables=[*found.tables, *foretold.tables(told)])


def _inventory(told: Material) -> Section:
    if told.counts.frames["touches"].empty:
        return section(told.words, "inventory")
    return section(
        told.words, "inventory", tables=[touchpoints.channels(told), touchpoints.steps(told)]
    )


def _emotion(told: Material) -> Section:
    origins = emotion.origins(told)
    if not origins:
        return section(told.words, "emotion")
    missing = [origin for origin in emotion.ORIGINS if origin not in origins]
    return section(
        told.words,
        "emotion",
        notes=[told.words.say(f"feelings.no_{origin}") for origin in missing],
        figures=[emotion.curve(told)],
        tables=[emotion.feelings(told, origin) for origin in origins],
    )


def _service(told: Material) -> Section:
    frames = told.counts.frames
    sheets = [
        *([service.waits(told)] if len(frames["waits"]) else []),
        *([service.changes(told)] if len(frames["changes"]) else []),
    ]
    return section(told.words, "service", tables=sheets)


PARTS: tuple[Callable[[Material], Section], ...] = (
    _map,
    _pains,
    pains.opportunities,
    _emotion,
    _service,
    _inventory,
    compared.efficiency,
    compared.gaps,
    ledger,
    outreach,
    health,
)
"""Every part of the page below the first screen, in its order."""
