"""Worlds of more than events: contracts, attributes and stated stages, corrected at will."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
from hypothesis import strategies as st
from worlds import CUSTOMERS, PAIRS, cutoffs_in, instants, worlds

from features import contracts
from features.catalog import Vocabulary
from features.clock import grid
from features.contracts import STAGE_HISTORY, check
from features.known.told import TABLES, Told
from features.stages.stages import StageParams, history

VOCABULARY = Vocabulary(pairs=PAIRS, steps_with_value=("visit",))
PARAMS = StageParams(
    order=("aware", "looking", "buying"),
    exits=("lost", "gone"),
    rules={
        "gone": "days_since_last > 20 OR days_since_contract_end > 3",
        "buying": "events_step_visit_7d >= 2 OR contract_active AND days_to_contract_end > 9",
        "looking": "events_28d >= 1 OR size = 'big'",
        "aware": "true",
    },
    stated={"Negotiation": "looking", "Closed Won": "buying", "Closed Lost": "lost"},
    dwell_days=2,
)
DAY = timedelta(days=1)
JUST_BEFORE = timedelta(microseconds=1)


def midnights(zone: ZoneInfo, days: int = 10):
    last = cutoffs_in(zone)[-1]
    return grid(last, last - timedelta(days=days), 1, zone)


@st.composite
def versions(draw, zone: ZoneInfo, clock: str) -> dict[str, object]:
    """What all tables with keys have; most rows hold."""
    at = draw(instants(zone))
    return {
        "customer_id": draw(st.sampled_from([*CUSTOMERS, "paper"])),
        clock: at,
        "known_at": draw(instants(zone)) if draw(st.booleans()) else at,
        "superseded_at": draw(st.none() | instants(zone)),
        "source": draw(st.sampled_from(["crm", "sheet"])),
        "source_key": "",
    }


@st.composite
def told(draw, zone: ZoneInfo, most: int = 5, **events) -> Told:
    """Contracts, attributes and stated stages beside some events."""

    def table(name: str, clock: str, **columns) -> pl.DataFrame:
        rows = draw(
            st.lists(
                st.builds(
                    lambda common, own: common | own,
                    versions(zone, clock),
                    st.fixed_dictionaries(columns),
                ),
                max_size=most,
            )
        )
        schema = dict(contracts.INPUTS[name].schema)
        if name == "customers":
            schema["size"] = pl.String
        return pl.DataFrame([{key: row.get(key) for key in schema} for row in rows], schema=schema)

    return Told(
        **events,
        contracts=table("contracts", "starts_at", ends_at=st.none() | instants(zone)),
        customers=table("customers", "valid_from", size=st.sampled_from([None, "big", "small"])),
        stages=table(
            "stages", "entered_at", stage=st.sampled_from([*PARAMS.stated, "aware", "Prospect"])
        ),
    )


@st.composite
def places(draw, max_events: int = 12) -> tuple[Told, ZoneInfo]:
    """A whole world."""
    events, zone = draw(worlds(max_events=max_events))
    return draw(told(zone, events=events)), zone


def journey(world: Told, zone: ZoneInfo, **kwargs) -> pl.DataFrame:
    kwargs.setdefault("midnights", midnights(zone))
    kwargs.setdefault("params", PARAMS)
    found = history(world, vocabulary=VOCABULARY, zone=zone, **kwargs)
    return check(STAGE_HISTORY, found).sort(*STAGE_HISTORY.schema)


def concat(world: Told, more: Told) -> Told:
    return Told(**{name: pl.concat([world.table(name), more.table(name)]) for name in TABLES})


CLOCKS = {
    "events": "occurred_at",
    "contracts": "starts_at",
    "customers": "valid_from",
    "stages": "entered_at",
}


def seen(rows: pl.DataFrame, clock: str, cutoff: datetime) -> list[dict]:
    return [
        row
        for row in rows.iter_rows(named=True)
        if row[clock] < cutoff
        and row["known_at"] < cutoff
        and (row["superseded_at"] is None or row["superseded_at"] >= cutoff)
    ]


NOTHING = Told(
    **{
        name: pl.DataFrame(
            schema=dict(table.schema) | {"size": pl.String} if table.open_ended else table.schema
        )
        for name, table in contracts.INPUTS.items()
        if name in CLOCKS
    }
)
