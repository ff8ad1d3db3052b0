"""The journey map: what all customers did and felt, stage by stage, in small tables of counts."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import pandas as pd
import polars as pl

from features.catalog import FeatureParams
from features.engine.ahead import side_by_side
from features.journey_map.cells import merged
from features.journey_map.changing import changes
from features.journey_map.crowd import Crowd, Question, crowds
from features.journey_map.months import Months
from features.journey_map.moving import dwell, flows, standing, staying
from features.journey_map.spending import spending
from features.journey_map.touching import feelings, people, reach, touches
from features.journey_map.waiting import OPEN, kinds_that_end, waits
from features.known.told import Parts, Told, narrowed
from features.measures import SCALE
from features.stages.personas import OTHER, attributes_in
from features.stages.rules import facts_of, parsed
from features.traits.journeys import Ladder

PERSONAS_MOST = 8
"""More personas than these commonest are told as `OTHER`."""

COUNTS: Mapping[str, tuple[Callable[[Crowd], pl.DataFrame], tuple[str, ...]]] = {
    "flows": (flows, ("month", "persona", "channel", "source", "target", "direction")),
    "standing": (standing, ("month", "persona", "stage")),
    "dwell": (dwell, ("month", "persona", "channel", "stage", "bin")),
    "staying": (staying, ("persona", "stage", "bin")),
    "touches": (touches, ("month", "persona", "stage", "channel", "step")),
    "reach": (reach, ("month", "persona", "stage", "channel")),
    "feelings": (feelings, ("month", "persona", "stage", "channel", "origin")),
    "waits": (waits, ("month", "persona", "stage", "channel", "kind", "bin")),
    "changes": (changes, ("month", "persona", "stage")),
    "people": (people, ("persona", "channel")),
}
"""What is counted of customers, and by what."""


@dataclass(frozen=True)
class JourneyMap:
    """Counts as of a cutoff, by business month and persona; no row tells of one customer by name.

    Tables are sorted by their words and hold no cell of zeros. Money is in currency units, a
    sentiment from -1 to 1; `bin` is the place in `DWELL_EDGES` or `WAIT_EDGES` where it begins.
    The last of the `months` runs until the cutoff.
    """

    cutoff: datetime
    months: tuple[str, ...]
    order: tuple[str, ...]
    exits: tuple[str, ...]
    personas: tuple[str, ...]
    flows: pd.DataFrame
    standing: pd.DataFrame
    dwell: pd.DataFrame
    staying: pd.DataFrame
    touches: pd.DataFrame
    reach: pd.DataFrame
    feelings: pd.DataFrame
    waits: pd.DataFrame
    changes: pd.DataFrame
    people: pd.DataFrame
    spend: pd.DataFrame


@dataclass(frozen=True)
class _Piece:
    """What one part counts, and the steps and personas that occur in it."""

    tables: Mapping[str, pl.DataFrame]
    steps: frozenset[str]
    personas: Counter[str]


def journey_map(  # noqa: PLR0913  # what is told, what is asked for, and how to work
    parts: Parts,
    spend: pl.DataFrame,
    *,
    cutoff: datetime,
    zone: ZoneInfo,
    order: Sequence[str],
    exits: Sequence[str],
    personas: Mapping[str, str],
    months: int = 13,
    params: FeatureParams | None = None,
    origins: Mapping[str, str] | None = None,
    threads: int = 2,
) -> JourneyMap:
    """Count what was known at the cutoff, part after part.

    `personas` are rules by name, `spend` is the table of that name; `params` tell which steps play
    which part, `origins` of each source whether its sentiments are `stated` or read out of `text`.
    The counts depend neither on the order of rows nor on how customers are parted.
    """
    asked = Question(
        cutoff=cutoff,
        zone=zone,
        ladder=Ladder(tuple(order), tuple(exits)),
        personas=personas,
        months=Months.until(cutoff, months, zone),
        params=params or FeatureParams(),
        origins=origins or {},
    )
    stored = narrowed(parts, asked.needs)
    asked = replace(asked, attributes=_attributes(stored, personas))
    work = partial(_piece, stored, asked)
    pieces = list(side_by_side(work, range(len(stored)), threads))
    return _map(pieces, asked, spending(spend, cutoff, asked.months))


def _attributes(parts: Parts, personas: Mapping[str, str]) -> dict[str, pl.DataType]:
    """The types of the attributes that rules read; not every part need have them."""
    wanted = set(facts_of(parsed("personas", personas)))
    found: dict[str, pl.DataType] = {}
    for told in parts if wanted else ():
        schema = told.customers.schema
        found |= {name: schema[name] for name in attributes_in(told.customers) if name in wanted}
        if len(found) == len(wanted):
            break
    return found


def _piece(parts: Parts, asked: Question, at: int) -> _Piece:
    told: Told = parts[at]
    tables: dict[str, list[pl.DataFrame]] = {name: [] for name in COUNTS}
    steps: set[str] = set()
    who: Counter[str] = Counter()
    for crowd in crowds(told, asked):
        for name, (count, _) in COUNTS.items():
            tables[name].append(count(crowd))
        steps.update(crowd.steps)
        who.update(crowd.persona_sizes)
    together = {name: merged(tables[name], keys) for name, (_, keys) in COUNTS.items()}
    return _Piece(together, frozenset(steps), who)


def _map(pieces: Sequence[_Piece], asked: Question, spend: pl.DataFrame) -> JourneyMap:
    """All pieces as one map, in the units in which people read."""
    shown = _shown(pieces, asked)
    steps = {step for piece in pieces for step in piece.steps}
    ended = kinds_that_end(asked.params, steps)
    tables: dict[str, pl.DataFrame] = {"spend": spend.sort("month", "channel")}
    for name, (_, keys) in COUNTS.items():
        rows = pl.concat(piece.tables[name] for piece in pieces)
        rows = rows.with_columns(
            persona=pl.when(pl.col("persona").is_in(shown)).then("persona").otherwise(pl.lit(OTHER))
        )
        if name == "waits":
            rows = rows.filter(pl.col("kind").str.strip_suffix(OPEN).is_in(ended))
        tables[name] = merged([rows], keys)
    return JourneyMap(
        cutoff=asked.cutoff,
        months=asked.months.names,
        order=asked.ladder.order,
        exits=asked.ladder.exits,
        personas=(*shown, OTHER),
        **{name: _in_units(rows).to_pandas() for name, rows in tables.items()},
    )


def _shown(pieces: Sequence[_Piece], asked: Question) -> list[str]:
    """The commonest personas but `OTHER`, in the order of their rules."""
    sizes = sum((piece.personas for piece in pieces), Counter[str]())
    named = [name for name in asked.personas if name != OTHER]
    common = sorted(named, key=lambda name: -sizes[name])[:PERSONAS_MOST]
    return [name for name in named if name in common]


def _in_units(rows: pl.DataFrame) -> pl.DataFrame:
    measures = [name for name in ("value", "sentiment", "cost") if name in rows.columns]
    return rows.with_columns(pl.col(measures) / SCALE)
