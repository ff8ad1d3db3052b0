"""Rules of stages that the next ingest would refuse, judged on what the lake holds."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from features.catalog import Vocabulary
from features.errors import WorkspaceInvalid
from features.health.finding import Finding, examined, refused
from features.known.told import Told
from features.mistakes import Mistake
from features.stages.personas import attributes_in
from features.stages.stages import StageParams, history, mistakes_in_stage_facts


def check_rules(
    told: Told,
    params: StageParams,
    attributes: Iterable[str],
    words: Vocabulary,
    *,
    until: datetime,
    zone: ZoneInfo,
) -> list[Finding]:
    """J05: what a rule reads and nothing tells, or cannot be compared as it says.

    `attributes` are those that the workspace file names; of the tables in `told` only the columns
    are looked at. Nothing without rules.
    """
    if not params.rules:
        return []
    unknown = [_unknown(one) for one in mistakes_in_stage_facts(params, attributes, words)]
    found = unknown or _unjudged(_empty(told, attributes), params, words, until, zone)
    return examined("J05", "the rules of stages can be judged", found)


def _unknown(mistake: Mistake) -> Finding:
    return Finding(
        code="J05",
        severity="stop",
        sentence=f"stages: {mistake.key} {mistake.reason}; the next ingest is refused, unless its "
        "rows bring that step or channel",
        measured=0.0,
        needed=1.0,
        mends=(
            mistake.mend,
            "look into `jejak features` for what the events tell",
            "map that step in a source, if it is to come",
        ),
    )


def _empty(told: Told, attributes: Iterable[str]) -> Told:
    """The tables without rows; an attribute that no night has brought yet fits every rule."""
    fresh = [name for name in attributes if name not in attributes_in(told.customers)]
    customers = told.customers.clear().with_columns(pl.lit(None).alias(name) for name in fresh)
    return Told(
        events=told.events.clear(),
        customers=customers,
        contracts=told.contracts.clear(),
        stages=told.stages.clear(),
    )


def _unjudged(
    empty: Told, params: StageParams, words: Vocabulary, until: datetime, zone: ZoneInfo
) -> Iterator[Finding]:
    try:
        history(empty, [until], params, words, zone)
    except WorkspaceInvalid as error:
        yield refused(
            "J05",
            error,
            "take the rule out, until its fact is there",
            "say another type in the rule, such as CAST(... AS VARCHAR)",
        )
