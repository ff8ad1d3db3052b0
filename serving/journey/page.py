"""The page of a journey: one file of HTML that asks nobody for anything."""

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files

from markupsafe import Markup

from serving.journey import compared, emotion, pains, places, service, touchpoints
from serving.journey.health import health
from serving.journey.ledger import ledger
from serving.journey.material import Material
from serving.journey.outreach import outreach
from serving.journey.sankey import sankey
from serving.journey.script_data import script_data
from serving.journey.summary import facts, sentences
from serving.journey.view import Part, part
from serving.reports.page import style, template

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
    parts = [make(told) for make in PARTS]
    code = script()
    return template("journey.html", ROOM).render(
        told=told,
        words=told.words,
        say=told.words.say,
        sentences=sentences(told),
        facts=facts(told),
        parts=parts,
        method=[told.words.say(f"method.{name}", currency=told.currency) for name in METHOD],
        filters=filters(told),
        style=style() + own_style(),
        data=_within_script(script_data(told)),
        script=Markup(code),  # noqa: S704  # of this package alone
        policy=policy(code),
    )


def filters(told: Material) -> dict[str, Sequence[tuple[str, str]]]:
    """What may be chosen, and how each choice is called."""
    words = told.counts.words
    return {
        "persona": [(name, told.persona(name)) for name in words["persona"]],
        "channel": [(name, told.channel(name)) for name in words["channel"]],
        "month": [(name, told.month(name)) for name in words["month"]],
    }


@cache
def script() -> str:
    """The one script of the page."""
    return files(ROOM).joinpath("journey.js").read_text("utf-8")


@cache
def own_style() -> Markup:
    """What this page adds to the style of reports."""
    css = files(ROOM).joinpath("templates", "journey.css").read_text("utf-8")
    return Markup(css)  # noqa: S704  # of this package alone


def policy(code: str) -> str:
    """What a browser may load for this page: its own style and this one script, nothing else."""
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    return (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        f"base-uri 'none'; form-action 'none'; script-src 'sha256-{digest}'"
    )


def _within_script(data: object) -> Markup:
    """JSON that no word of it can end: the text may stand in a script element."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704  # nothing is left that HTML could read


def _map(told: Material) -> Part:
    if told.counts.frames["flows"].empty:
        return part(told.words, "map")
    sheets = [places.matrix(told), places.grid(told), places.standing(told), places.dwell(told)]
    return part(told.words, "map", drawings=[sankey(told)], sheets=sheets)


def _inventory(told: Material) -> Part:
    if told.counts.frames["touches"].empty:
        return part(told.words, "inventory")
    return part(
        told.words, "inventory", sheets=[touchpoints.channels(told), touchpoints.steps(told)]
    )


def _emotion(told: Material) -> Part:
    origins = emotion.origins(told)
    if not origins:
        return part(told.words, "emotion")
    missing = [origin for origin in emotion.ORIGINS if origin not in origins]
    return part(
        told.words,
        "emotion",
        notes=[told.words.say(f"feelings.no_{origin}") for origin in missing],
        drawings=[emotion.curve(told)],
        sheets=[emotion.feelings(told, origin) for origin in origins],
    )


def _service(told: Material) -> Part:
    frames = told.counts.frames
    sheets = [
        *([service.waits(told)] if len(frames["waits"]) else []),
        *([service.changes(told)] if len(frames["changes"]) else []),
    ]
    return part(told.words, "service", sheets=sheets)


PARTS: tuple[Callable[[Material], Part], ...] = (
    _map,
    pains.pains,
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
