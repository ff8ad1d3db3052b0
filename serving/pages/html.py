"""HTML from what a page shows: templates, the style sheet, what a browser may load."""

import base64
import hashlib
import re
from functools import cache

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from serving.pages.palette import DARK, HEAT_MOST, LIGHT, channels, variables
from serving.pages.words import ROOM, Words

BASE = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def page(
    name: str, room: str, words: Words, *, css: str = "", script: str = "", **told: object
) -> str:
    """A page by its template of a room, in the frame that all pages share.

    What it is `told` is escaped where it is not markup. `css` is a template of the room that adds
    to the style, `script` the one that may run; a page loads nothing and sends nothing.
    """
    return template(name, room).render(
        words=words,
        say=words.say,
        style=style() + (_sheet(css, room) if css else ""),
        script=Markup(script),  # noqa: S704  # of a package alone
        policy=policy(script),
        **told,
    )


def policy(script: str = "") -> str:
    """What a browser may load: the page's own style and at most its one script, nothing else."""
    if not script:
        return BASE
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"{BASE}; script-src 'sha256-{digest}'"


@cache
def style() -> Markup:
    """The style sheet that all pages share, with the palette in it."""
    return _sheet(
        "style.css",
        ROOM,
        light=variables(LIGHT),
        dark=variables(DARK),
        light_heat=channels(LIGHT["model"]),
        dark_heat=channels(DARK["model"]),
        heat_most=HEAT_MOST,
    )


@cache
def template(name: str, room: str) -> Template:
    """A template of a room, which may extend and import those of this one."""
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(one) for one in dict.fromkeys((room, ROOM))]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["coded"] = coded
    return environment.get_template(name)


def coded(text: str) -> Markup:
    """Text in which what stands between backticks is code.

    >>> coded("run `jejak watch` & wait")
    Markup('run <code>jejak watch</code> &amp; wait')
    """
    safe = str(escape(text))
    return Markup(re.sub("`([^`]*)`", r"<code>\1</code>", safe))  # noqa: S704  # escaped above


def _sheet(name: str, room: str, **told: object) -> Markup:
    return Markup(template(name, room).render(**told))  # noqa: S704  # of a package alone
