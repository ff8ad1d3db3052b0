"""Moves between stages, who stands where, and for how long."""

import numpy as np
import polars as pl

from features.contracts import DIRECTIONS
from features.journey_map.bins import DWELL_EDGES, dwell_bins
from features.journey_map.cells import Coded, counted, numbers
from features.journey_map.crowd import Crowd
from features.journey_map.stays import directions
from features.known.compact import NEVER
from features.known.trace import Ints


def flows(crowd: Crowd) -> pl.DataFrame:
    """Moves by the stage left, the one entered, and the channel of the last touch before."""
    stays, months = crowd.stays, crowd.question.months
    rows = np.flatnonzero(months.inside(stays.entered_at))
    stage, before = stays.stage[rows], stays.before[rows]
    direction = directions(crowd.question.ladder, crowd.stages)[before, stage]
    by = {
        "month": months.of(stays.entered_at[rows]),
        "persona": crowd.persona.at(stays.customer[rows]),
        "channel": crowd.channel_of(crowd.arrival[rows]),
        "source": crowd.staged(before),
        "target": crowd.staged(stage),
        "direction": Coded(direction, DIRECTIONS),
    }
    return counted(by, "moves")


def dwell(crowd: Crowd) -> pl.DataFrame:
    """Stays that were left, by how long they were, and the channel of the move that ended them."""
    stays, months = crowd.stays, crowd.question.months
    rows = np.flatnonzero(months.inside(stays.left_at))
    by = {
        "month": months.of(stays.left_at[rows]),
        "persona": crowd.persona.at(stays.customer[rows]),
        "channel": crowd.channel_of(crowd.arrival[rows + 1]),
        "stage": crowd.staged(stays.stage[rows]),
        "bin": _binned(stays.left_at[rows] - stays.entered_at[rows]),
    }
    return counted(by, "spells")


def staying(crowd: Crowd) -> pl.DataFrame:
    """Who stands in a stage at the cutoff, by how long they have been there."""
    stays = crowd.stays
    rows = np.flatnonzero(stays.left_at == NEVER)
    by = {
        "persona": crowd.persona.at(stays.customer[rows]),
        "stage": crowd.staged(stays.stage[rows]),
        "bin": _binned(crowd.question.months.edges[-1] - stays.entered_at[rows]),
    }
    return counted(by, "customers")


def standing(crowd: Crowd) -> pl.DataFrame:
    """Who stands in each stage when a month ends: who entered before and had not left by then."""
    stays, months = crowd.stays, crowd.question.months
    ends = months.edges[1:]
    first = np.searchsorted(ends, stays.entered_at, side="right")
    after = np.searchsorted(ends, stays.left_at, side="right")
    several = after - first
    stay = np.repeat(np.arange(len(first)), several)
    month = np.arange(len(stay)) - np.repeat(np.cumsum(several) - several - first, several)
    by = {
        "month": Coded(month, months.names),
        "persona": crowd.persona.at(stays.customer[stay]),
        "stage": crowd.staged(stays.stage[stay]),
    }
    return counted(by, "customers")


def _binned(spans: Ints) -> Coded:
    return numbers(dwell_bins(spans), len(DWELL_EDGES))
