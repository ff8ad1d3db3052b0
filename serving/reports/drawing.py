"""A chart as SVG that lies in the page: its words are text, its colours the page's own."""

import io
import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from markupsafe import Markup
from matplotlib import style
from matplotlib.figure import Figure

from serving.pages.palette import LIGHT

WIDTH, HEIGHT = 5.0, 3.4
"""Inches of 72 units: about as wide as a phone, so that words stay legible there."""

STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "axes.edgecolor": LIGHT["line"],
    "axes.labelcolor": LIGHT["muted"],
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "grid.color": LIGHT["line"],
    "grid.linewidth": 0.5,
    "xtick.color": LIGHT["muted"],
    "ytick.color": LIGHT["muted"],
    "text.color": LIGHT["text"],
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10.5,
    "lines.linewidth": 1.6,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
}
NO_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))
HEAD = re.compile(r".*?<svg\b[^>]*>", re.DOTALL)
LEFT_OUT = re.compile(
    r"<metadata>.*?</metadata>|<style.*?</style>|font-family: [^;\"]*;? ?|<!--.*?-->", re.DOTALL
)
ID = re.compile(r' id="([^"]*)"')
REFERENCE = re.compile(r'(?:href="|url\()#([^")]*)')


class Chart:
    """Axes to draw on, and the picture once they are drawn on."""

    def __init__(self, name: str, height: float) -> None:
        self.name = name
        self.figure = Figure(figsize=(WIDTH, height))
        self.axes = self.figure.subplots()

    def legend(self) -> None:
        """Name the lines above the axes."""
        self.figure.legend(loc="outside upper left", ncols=2, handlelength=2.6)

    def svg(self, title: str, description: str) -> Markup:
        """The picture, described for those who do not see it; equal data give equal text."""
        text = io.StringIO()
        with mpl.rc_context({"svg.hashsalt": self.name}):
            self.figure.savefig(text, format="svg", metadata=NO_METADATA, transparent=True)
        return _inline(text.getvalue(), self.name, title, description)


@contextmanager
def chart(name: str, height: float = HEIGHT) -> Generator[Chart]:
    """A chart in the report's style; `name` is unique within the page."""
    with style.context(STYLE, after_reset=True):
        yield Chart(name, height)


def _inline(svg: str, name: str, title: str, description: str) -> Markup:
    """SVG of Matplotlib without prologue, fonts and idle ids, in the colours of the page."""
    body = LEFT_OUT.sub("", HEAD.sub("", svg, count=1))
    used = set(REFERENCE.findall(body))
    body = ID.sub(lambda found: f' id="{name}-{found[1]}"' if found[1] in used else "", body)
    body = REFERENCE.sub(lambda found: found[0].replace("#", f"#{name}-"), body)
    body = body.replace("xlink:href", "href")
    for part, colour in LIGHT.items():
        body = body.replace(colour, f"var(--{part})")
    body = re.sub(r"\s*\n\s*", " ", body).replace("> <", "><")
    width, height = re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)[0]
    head = Markup(
        '<svg viewBox="0 0 {} {}" role="img" aria-labelledby="{}-chart {}-told">'
        '<title id="{}-chart">{}</title><desc id="{}-told">{}</desc>'
    ).format(width, height, name, name, name, title, name, description)
    return head + Markup(body)  # noqa: S704  # drawn by Matplotlib, which escapes every text
