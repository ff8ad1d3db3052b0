"""The stage history of a snapshot, derived partition after partition."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import polars as pl

from features.catalog import Vocabulary
from features.clock import business_day, midnight
from features.contracts import CONTRACTS, CUSTOMERS, EVENTS, STAGE_HISTORY, STAGES
from features.lake.snapshot import Snapshot
from features.stage_facts import Told
from features.stages import StageParams, history
from features.vocabulary import vocabulary


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
    words = vocabulary(snapshot.events(), until) if midnights else Vocabulary(pairs=())
    customers = snapshot.customers().clear()
    parts = [
        history(_told(snapshot, place, customers), midnights, params, words, zone)
        for place in range(snapshot.manifest.partitions)
    ]
    return pl.concat([nothing, *parts])


def _told(snapshot: Snapshot, place: int, customers: pl.DataFrame) -> Told:
    """What one partition tells; `customers` has the attributes of all, which it may not use."""
    here = snapshot.part(CUSTOMERS, place)
    return Told(
        events=snapshot.part(EVENTS, place),
        customers=pl.concat([customers, here], how="diagonal_relaxed"),
        contracts=snapshot.part(CONTRACTS, place),
        stages=snapshot.part(STAGES, place),
    )


def _midnights(snapshot: Snapshot, zone: ZoneInfo, until: datetime) -> Iterator[datetime]:
    """Business midnights from the first event on."""
    firsts = [cast("datetime", part["occurred_at"].min()) for part in snapshot.partitions()]
    day = business_day(min(firsts), zone) if firsts else business_day(until, zone)
    while (instant := midnight(day, zone)) <= until:
        yield instant
        day += timedelta(days=1)
