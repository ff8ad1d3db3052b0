"""Stages: words that are none, voices that disagree, rules that never win or always do."""

from collections.abc import Iterator
from datetime import datetime

import polars as pl

from features.contracts import Frame
from features.health.finding import Finding, examined, share
from features.health.parts import parts
from features.known.versions import visible
from features.stages.moves import disagreements, stage_at
from features.stages.stage_rules import BY_RULE
from features.stages.stages import StageParams, unknown_stages
from features.vocabulary import WORDS_MOST

ALIKE_LEAST = 20
"""Of fewer customers all may well be in one stage."""
_SHOWN = 3


def check_stages(
    stated: Frame, history: Frame, params: StageParams, until: datetime
) -> list[Finding]:
    """J01 to J04: what sources state, and the history that was derived of it and of the rules.

    Nothing is found where no source states stages and no rule derives them.
    """
    if not (params.rules or len(stated) or len(history)):
        return []
    told = visible(history, "entered_at", until)
    return [
        *examined("J01", "every word that sources state is a stage", _unknown(stated, params)),
        *examined("J02", "no two voices tell different stages", _disagreeing(history, until)),
        *examined("J03", "the rule of every stage has been the first", _never(told, params)),
        *examined("J04", "rules tell customers apart", _for_all(history, params, until)),
    ]


def stage_counts(history: Frame, params: StageParams, until: datetime) -> dict[str, dict[str, int]]:
    """Customers in each stage at a cutoff, by the voice that says so; the workspace's order."""
    now = stage_at(history, until)
    names = dict.fromkeys((*params.names, *now["stage"].unique().sort()))
    return {
        voice: {name: int((rows["stage"] == name).sum()) for name in names}
        for voice, rows in parts(now, "said_by")
    }


def _unknown(stated: pl.DataFrame, params: StageParams) -> Iterator[Finding]:
    unknown = unknown_stages(stated, params)
    for source, rows in parts(stated.filter(pl.col("superseded_at").is_null()), "source"):
        own = [one for one in unknown if one.source == source]
        if not own:
            continue
        lost = sum(one.rows for one in own)
        words = f"{len(own)} word{'s' * (len(own) > 1)}"
        if len(own) <= WORDS_MOST:
            shown = "; ".join(f"{one.word!r} ({one.rows:,}), {one.mend}" for one in own[:_SHOWN])
            words += f": {shown}"
        yield Finding(
            code="J01",
            severity="warn",
            sentence=f"source {source}: {lost:,} of {rows.height:,} rows state no stage of the "
            f"workspace, in {words}",
            measured=float(lost),
            needed=0.0,
            mends=(
                'say what each word means under [stages.stated]: "Closed Won" = "retention"',
                "name the stage in `stages.order` or `stages.exits`, if it is one of its own",
                "leave such rows out with the source's `sql`, if they are no stages",
            ),
        )


def _disagreeing(history: pl.DataFrame, until: datetime) -> Iterator[Finding]:
    differing = disagreements(history, until)
    customers = differing["customer_id"].n_unique()
    if not customers:
        return
    voices = stage_at(history, until).group_by("customer_id").len()
    several = int((voices["len"] > 1).sum())
    yield Finding(
        code="J02",
        severity="note",
        sentence=f"stages: of {several:,} customers whom several voices place, {customers:,} "
        f"({share(customers, several):.0%}) are said to be in different ones; most often "
        f"{_commonest(differing)}; both are kept",
        measured=round(share(customers, several), 3),
        needed=0.0,
        mends=(
            "leave it, if each voice tells a side of its own: what was agreed, what is done",
            "say what a word of the source means under [stages.stated]",
            "move a rule's number, or put the rules in another order",
        ),
    )


def _commonest(differing: pl.DataFrame) -> str:
    """The pairs of voices and stages that occur most."""
    both = differing.join(differing, on="customer_id", suffix="_other").filter(
        (pl.col("said_by") < pl.col("said_by_other")) & (pl.col("stage") != pl.col("stage_other"))
    )
    pair = ["said_by", "stage", "said_by_other", "stage_other"]
    counts = both.group_by(pair).agg(rows=pl.len())
    most = counts.sort(pl.col("rows").cast(pl.Int64).neg(), *pair).head(_SHOWN)
    return ", ".join(
        f"{voice} {stage} and {other} {another} ({rows:,})"
        for voice, stage, other, another, rows in most.select(*pair, "rows").iter_rows()
    )


def _never(told: pl.DataFrame, params: StageParams) -> Iterator[Finding]:
    entered = set(told.filter(pl.col("said_by") == BY_RULE)["stage"])
    never = [stage for stage in params.rules if stage not in entered]
    if never:
        midnights = f"{params.dwell_days} midnight{'s in a row' if params.dwell_days > 1 else ''}"
        yield Finding(
            code="J03",
            severity="note",
            sentence=f"stages: the rule of {', '.join(never)} has been the first that holds for "
            f"nobody, at no {midnights}",
            measured=float(len(never)),
            needed=0.0,
            mends=(
                "run `jejak ingest`, if the rule is newer than the lake",
                "move its number, or compare with what `jejak features` lists",
                "write it above the rules that hold whenever it does",
            ),
        )


def _for_all(history: pl.DataFrame, params: StageParams, until: datetime) -> Iterator[Finding]:
    now = stage_at(history, until).filter(pl.col("said_by") == BY_RULE)
    if len(params.rules) > 1 and now.height >= ALIKE_LEAST and now["stage"].n_unique() == 1:
        yield Finding(
            code="J04",
            severity="note",
            sentence=f"stages: by the rules all {now.height:,} customers are in "
            f"{now['stage'][0]}, so the other rules tell nothing",
            measured=1.0,
            needed=1.0,
            mends=(
                "write the rule that holds for all below the others",
                "move its number, so that it holds for some",
                "look at whether the facts of the other rules are ever filled in",
            ),
        )
