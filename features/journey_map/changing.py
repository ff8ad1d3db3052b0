"""Issues that customers raise, and how often they change the channel until they rest."""

import numpy as np
import polars as pl

from features.clock import MICROSECONDS_PER_DAY
from features.families.consistency import BUSINESS_ROLES
from features.journey_map.cells import counted
from features.journey_map.crowd import TOPIC, Crowd
from features.known.compact import NOBODY
from features.traits.contacts import NAME_BITS
from features.traits.parts import parts

WITHIN_DAYS = 7
"""A topic raised again within these days is still the same issue."""

PING_PONG = 3
"""So many changes of channel are a customer sent to and fro."""

SERVICE_ROLES = ("ticket_opened", "ticket_asked", "ticket_reopened", "message_in")
"""Contacts that want something: where they name no topic they are about one that has no name."""


def changes(crowd: Crowd) -> pl.DataFrame:
    """Issues by when and where they were first raised, and how many of them changed channels.

    An issue is a topic that a customer raises again and again, whatever the channel.
    """
    past = crowd.past
    row = np.flatnonzero(parts(past, [crowd.steps_of(*BUSINESS_ROLES)]) == 0)
    asks = parts(past, [crowd.steps_of(*SERVICE_ROLES)])
    row = row[(past.columns[TOPIC][row] != NOBODY) | (asks[row] > 0)]
    about = (past.customer[row] << NAME_BITS) | (past.columns[TOPIC][row] - NOBODY)
    order = np.argsort(about, kind="stable")
    row, about = row[order], about[order]
    at, channel = past.at[row], past.columns["channel"][row]
    again = (about[1:] == about[:-1]) & (at[1:] - at[:-1] <= WITHIN_DAYS * MICROSECONDS_PER_DAY)
    raised = np.append(np.ones(min(len(row), 1), dtype=np.bool_), ~again)
    moved = np.append(np.zeros(min(len(row), 1), dtype=np.bool_), again)
    moved[1:] &= channel[1:] != channel[:-1]
    first, issue = row[raised], np.cumsum(raised) - 1
    times = np.bincount(issue[moved], minlength=len(first))
    inside = np.flatnonzero(crowd.question.months.inside(past.at[first]))
    sums = {"switched": times[inside] > 0, "ping_pong": times[inside] >= PING_PONG}
    return counted(crowd.of_rows(first[inside]), "issues", sums)
