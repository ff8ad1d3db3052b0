"""The trace of one customer, as it was known at a cutoff."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
import polars as pl

from features.clock import microseconds
from features.contracts import CONTRACTS, EVENTS, INSTANT, OUTREACH
from features.journey_map.stays import Stays
from features.known.beforehand import only
from features.known.compact import NEVER
from features.known.needs import Needs
from features.known.told import Told
from features.known.trace import traces
from features.known.versions import visible
from features.lake import Snapshot
from features.lake.places import Places
from features.measures import SCALE
from features.stages.personas import attributes_at


@dataclass(frozen=True)
class CustomerTrace:
    """What was known of one customer at a cutoff; money in currency units, instants UTC.

    `events` in their order, with all that they tell; `stays` in stages by the voice that counts,
    `left_at` empty for the one that goes on; `contracts`, a row a term; `outreach` as sources tell
    it: assigned_at, arm, action, channel; `attributes` by name, those that are told. All are empty
    where nothing is known.
    """

    events: pd.DataFrame
    stays: pd.DataFrame
    contracts: pd.DataFrame
    outreach: pd.DataFrame
    attributes: dict[str, object]


def trace_of(snapshot: Snapshot, customer_id: str, cutoff: datetime) -> CustomerTrace:
    """The trace of one customer, out of the partition in which they lie and no other."""
    place = Places(snapshot.manifest.partitions).of(pl.Series([customer_id])).item()
    told = only(snapshot.told()[place], [customer_id])
    return CustomerTrace(
        events=_events(told, cutoff).to_pandas(),
        stays=_stays(told, cutoff).to_pandas(),
        contracts=_contracts(told, cutoff).to_pandas(),
        outreach=_outreach(snapshot, place, customer_id, cutoff).to_pandas(),
        attributes=_attributes(told, cutoff),
    )


def _events(told: Told, cutoff: datetime) -> pl.DataFrame:
    """Events without what is empty in all of them."""
    seen = visible(told.events, "occurred_at", cutoff).sort("occurred_at", "source", "source_key")
    own = ["occurred_at", "channel", "step", "value", "sentiment", "source"]
    others = [name for name in seen.columns if name not in EVENTS.schema and seen[name].count()]
    return seen.select(*own, *others).with_columns(pl.col("value", "sentiment") / SCALE)


def _stays(told: Told, cutoff: datetime) -> pl.DataFrame:
    seen = visible(told.stage_history, "entered_at", cutoff).drop("superseded_at")
    stages = sorted(seen["stage"].unique())
    needs = Needs(stages=frozenset(stages), tables=frozenset({"stage_history"}))
    rows = Told(events=told.events.clear(), stage_history=seen)
    [trace] = traces(rows, seen["customer_id"], [microseconds(cutoff)], needs)
    stays = Stays.of(trace["stage_history"])
    left_at = pl.Series(stays.left_at)
    return pl.DataFrame(
        {
            "stage": pl.Series(stages, dtype=pl.String).gather(stays.stage.astype(np.uint32)),
            "entered_at": pl.Series(stays.entered_at).cast(INSTANT),
            "left_at": left_at.set(left_at == NEVER, None).cast(INSTANT),
        }
    )


def _contracts(told: Told, cutoff: datetime) -> pl.DataFrame:
    """Terms that had begun or were agreed on, as they were known."""
    known = visible(told.contracts, "known_at", cutoff).sort("starts_at", "known_at")
    own = [name for name in CONTRACTS.schema if name not in {"customer_id", "superseded_at"}]
    return known.select(*own[: own.index("known_at")]).with_columns(pl.col("amount") / SCALE)


def _outreach(snapshot: Snapshot, place: int, customer_id: str, cutoff: datetime) -> pl.DataFrame:
    rows = snapshot.part(OUTREACH, place).filter(customer_id=customer_id)
    known = visible(rows, "assigned_at", cutoff).sort("assigned_at", "source", "source_key")
    return known.select("assigned_at", "arm", "action", "channel")


def _attributes(told: Told, cutoff: datetime) -> dict[str, object]:
    rows = attributes_at(told.customers, cutoff).drop("customer_id").to_dicts()
    return {name: value for row in rows for name, value in row.items() if value is not None}
