"""What the page tells programs: the cubes that its script counts with, their words, the pains."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from serving.journey import touchpoints
from serving.journey.counts import KEYS
from serving.journey.cubes import packed
from serving.journey.emotion import least, origins
from serving.journey.grouping import APART
from serving.journey.listed import listed
from serving.journey.material import Material
from serving.journey.places import STAY, staged, touched
from serving.journey.sankey import GROUPS, LEGEND
from serving.journey.service import kinds
from serving.journey.trend import KINDS
from serving.pages.words import texts

SAID = (
    "flow.entry",
    "flow.ribbon",
    "grid.customers",
    "feelings.of",
    "filter.shows",
    "filter.everyone",
    "filter.every_channel",
    "filter.few",
)
"""Sentences that the script says too."""


def script_data(told: Material) -> dict[str, Any]:
    """Plain values for JSON."""
    counts, words = told.counts, told.words
    text = texts(words.language, words.room)
    return {
        "language": words.language,
        "words": counts.words,
        "labels": _labels(told),
        "cubes": {name: packed(_all(told, name), KEYS[name], counts.words) for name in KEYS},
        "order": counts.order,
        "exits": counts.exits,
        "edges": {"dwell": list(told.dwell_edges), "waits": list(told.wait_edges)},
        "costs": dict(told.costs),
        "groups": GROUPS,
        "legend": LEGEND,
        "stay": STAY,
        "origins": origins(told),
        "least": {"point": least(told), "rating": counts.least},
        "apart": APART,
        "hidden": sorted(counts.hidden),
        "rows": _rows(told),
        "as_of": told.as_of,
        "pains": listed(told),
        "say": {key: text[key] for key in SAID},
    }


def _all(told: Material, name: str) -> pd.DataFrame:
    """What a frame counts, and what of it is told of a persona alone."""
    frames = (told.counts.frames[name], told.counts.apart.get(name))
    return pd.concat([frame for frame in frames if frame is not None])


def _labels(told: Material) -> dict[str, list[str]]:
    """How the words are called that the script writes."""
    words = told.counts.words
    return {
        "stage": [told.stage(name) for name in words["stage"]],
        "persona": [told.persona(name) for name in words["persona"]],
        "channel": [told.channel(name) for name in words["channel"]],
        "month": [told.month(name) for name in words["month"]],
    }


def _rows(told: Material) -> Mapping[str, Sequence[Any]]:
    """What the rows of live tables are about, where the words alone do not say it."""
    return {
        "grid": staged(told, "touches"),
        "touched": touched(told),
        "channels": touchpoints.paid_or_touched(told),
        "trend": KINDS,
        "waits": kinds(told),
        "changes": staged(told, "changes"),
        "steps": [list(pair) for pair in touchpoints.pairs(told)],
    }
