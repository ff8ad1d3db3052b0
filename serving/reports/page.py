"""A page of HTML from what it shows."""

import re
from collections.abc import Sequence
from functools import cache

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from serving.reports.palette import DARK, HEAT_MOST, LIGHT, channels, variables
from serving.reports.summary import Summary
from serving.reports.view import Section
from serving.reports.words import ROOM, Words

GLOSSARY = (
    "auc",
    "log_loss",
    "ece",
    "observed_over_expected",
    "lift",
    "interval",
    "baseline",
    "champion",
    "out_of_time",
)


def page(words: Words, title: str, summary: Summary, sections: Sequence[Section]) -> str:
    """The whole page; whatever is not markup already is escaped."""
    return template("page.html").render(
        words=words,
        say=words.say,
        title=title,
        summary=summary,
        sections=sections,
        glossary=[words.say(f"glossary.{name}") for name in GLOSSARY],
        style=style(),
    )


def style() -> Markup:
    """The style sheet with the palette in it."""
    css = template("style.css").render(
        light=variables(LIGHT),
        dark=variables(DARK),
        light_heat=channels(LIGHT["model"]),
        dark_heat=channels(DARK["model"]),
        heat_most=HEAT_MOST,
    )
    return Markup(css)  # noqa: S704  # of this package alone


@cache
def template(name: str, *rooms: str) -> Template:
    """A template of the first of some packages that has it, this one's last."""
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(room) for room in (*rooms, ROOM)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["coded"] = _coded
    return environment.get_template(name)


def _coded(text: str) -> Markup:
    """Text in which what stands between backticks is code."""
    safe = str(escape(text))
    return Markup(re.sub("`([^`]*)`", r"<code>\1</code>", safe))  # noqa: S704  # escaped above
