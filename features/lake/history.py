"""The stage history of a snapshot, derived some partitions at a time."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import polars as pl

from features.catalog import Vocabulary
from features.clock import business_day, midnight
from features.contracts import (
    CONTRACTS,
    CUSTOMERS,
    EVENTS,
    STAGE_HISTORY,
    STAGES,
    PolarsDtype,
    Table,
)
from features.known.told import Told
from features.lake.snapshot import Snapshot
from features.stages.stages import StageParams, history
from features.vocabulary import vocabulary

SHARE_EVENTS = 1 << 20


def stage_history(
    snapshot: Snapshot, params: StageParams, zone: ZoneInfo, until: datetime
) -> pl.DataFrame:
    """Every entry into a stage before an instant, as the contract `stage_history`.

    Where no source states stages and no rule derives them there is none.
    """
    nothing = pl.DataFrame(schema=STAGE_HISTORY.schema)
    if not params.rules and not snapshot.manifest.tables.get(STAGES.name):
        return nothing
    midnights = list(_midnights(snapshot, zone, until)) if params.rules else []
    words = vocabulary(snapshot.told(), until) if midnights else Vocabulary(pairs=())
    customers = snapshot.customers().clear()
    parts = [
        history(_told(snapshot, places, customers), midnights, params, words, zone)
        for places in _shares(snapshot)
    ]
    return pl.concat([nothing, *parts])


def _shares(snapshot: Snapshot) -> Iterator[list[int]]:
    """Partitions, as many at a time as the memory should hold of their events."""
    share: list[int] = []
    events = 0
    for place in range(snapshot.manifest.partitions):
        stored = snapshot.manifest.stored(EVENTS.name, place)
        events += stored.rows if stored else 0
        share.append(place)
        if events > SHARE_EVENTS:
            yield share
            share, events = [], 0
    if share:
        yield share


def _told(snapshot: Snapshot, places: list[int], customers: pl.DataFrame) -> Told:
    """What some partitions tell; `customers` has the attributes of all, which few may use."""

    def rows(table: Table[PolarsDtype]) -> pl.DataFrame:
        parts = [snapshot.part(table, place) for place in places]
        return pl.concat(parts, how="diagonal_relaxed")

    return Told(
        events=rows(EVENTS),
        customers=pl.concat([customers, rows(CUSTOMERS)], how="diagonal_relaxed"),
        contracts=rows(CONTRACTS),
        stages=rows(STAGES),
    )


def _midnights(snapshot: Snapshot, zone: ZoneInfo, until: datetime) -> Iterator[datetime]:
    """Business midnights from the first event on."""
    firsts = [cast("datetime", part["occurred_at"].min()) for part in snapshot.partitions()]
    day = business_day(min(firsts), zone) if firsts else business_day(until, zone)
    while (instant := midnight(day, zone)) <= until:
        yield instant
        day += timedelta(days=1)
