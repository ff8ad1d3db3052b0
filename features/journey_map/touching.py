"""What happened by channel and step, and how customers felt about it."""

import numpy as np
import polars as pl

from features.journey_map.cells import Coded, counted
from features.journey_map.crowd import FROM_TEXT, Crowd
from features.measures import SCALE

ORIGINS = ("stated", "text")
"""Where a sentiment comes from: a customer stated it, or it was read out of a text."""

MARKED = 3 * SCALE // 10
"""Sentiments beyond this, in either direction, are more than lukewarm."""


def touches(crowd: Crowd) -> pl.DataFrame:
    """Events, customers, money and sentiment by channel and step; measures as integers."""
    columns = crowd.past.columns
    rows = crowd.inside(np.arange(len(crowd.past.at)))
    by = {
        **crowd.of_rows(rows),
        "channel": Coded(columns["channel"][rows].astype(np.int64), crowd.channels),
        "step": Coded(columns["step"][rows].astype(np.int64), crowd.steps),
    }
    sums = {
        "value": columns["value"][rows],
        "sentiment": columns["sentiment"][rows],
        "rated": columns["sentiment?"][rows],
    }
    return counted(by, "events", sums, distinct=("customers", crowd.past.customer[rows]))


def reach(crowd: Crowd) -> pl.DataFrame:
    """Customers by channel, each once a month and stage, whatever steps they took."""
    rows = crowd.inside(np.arange(len(crowd.past.at)))
    by = {
        **crowd.of_rows(rows),
        "channel": Coded(crowd.past.columns["channel"][rows].astype(np.int64), crowd.channels),
    }
    found = counted(by, "events", distinct=("customers", crowd.past.customer[rows]))
    return found.drop("events")


def people(crowd: Crowd) -> pl.DataFrame:
    """Different customers by persona and channel, and by persona alone, whose channel is empty.

    A channel is theirs by a touch inside the months, or by a move that is laid to it.
    """
    words = ("", "none", *crowd.channels)
    rows = crowd.inside(np.arange(len(crowd.past.at)))
    moves = np.flatnonzero(crowd.question.months.inside(crowd.stays.entered_at))
    whose = (crowd.past.customer[rows], crowd.stays.customer[moves])
    channel = (crowd.channel_of(rows).codes, crowd.channel_of(crowd.arrival[moves]).codes)
    pairs = np.unique(np.concatenate(whose) * len(words) + 1 + np.concatenate(channel))
    anybody = np.unique(pairs // len(words))
    told = np.concatenate([anybody * len(words), pairs])
    by = {
        "persona": crowd.persona.at(told // len(words)),
        "channel": Coded(told % len(words), words),
    }
    return counted(by, "customers")


def feelings(crowd: Crowd) -> pl.DataFrame:
    """Sentiments by stage, channel and origin, and how many of them are clearly low or high."""
    columns = crowd.past.columns
    rows = crowd.inside(np.flatnonzero(columns["sentiment?"]))
    sentiment = columns["sentiment"][rows]
    by = {
        **crowd.of_rows(rows),
        "channel": Coded(columns["channel"][rows].astype(np.int64), crowd.channels),
        "origin": Coded((columns[FROM_TEXT][rows] > 0).astype(np.int64), ORIGINS),
    }
    sums = {"sentiment": sentiment, "low": sentiment < -MARKED, "high": sentiment > MARKED}
    return counted(by, "ratings", sums)
