"""Rows of pains: who stood where, what they lived through, and whether they dropped off."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.engine.partitions import LOCAL, Engine
from features.known.needs import Needs
from features.known.told import Parts, narrowed
from features.stages.personas import OTHER, personas_at
from models.logit import Floats
from models.pains.asked import Asked
from models.pains.before_after import DROP_OFF
from models.pains.cells import NO_CHANNEL
from models.pains.expecting import expected
from models.pains.lived import CHANNEL, CLIMBED_DAYS, CLIMBED_FROM, ENDED, MONEY, OPEN, PING_PONG
from models.pains.opportunities import FIRST_STEP
from models.pains.worth import worths
from models.rows.panel import Panel, labelled, scoring_panel
from models.targets.hereafter import first_steps
from models.targets.progression import DWELL, FIRST_MOVE, PRESENT, Progression

KEYS = ["customer_id", "cutoff"]
_ROW = "row"
STALL_QUANTILE = 0.9
CLIMBERS_LEAST = 20
"""So many who stepped up say how long a stage usually takes."""

COLUMNS = (
    "customer",
    "cutoff",
    "kind",
    "what",
    "stage",
    "channel",
    "persona",
    "outcome",
    "expected",
    "dropped",
    "drop_expected",
    "value",
    FIRST_STEP,
)

Kinds = AbstractSet[tuple[str, str]]
"""Pairs of a kind and of what it says more, empty for anything."""


def pain_rows(
    parts: Parts,
    asked: Asked,
    cutoffs: Sequence[datetime],
    *,
    watermark: datetime,
    zone: ZoneInfo,
    engine: Engine = LOCAL,
    kinds: Kinds | None = None,
) -> pd.DataFrame:
    """Rows of customer, cutoff and kind, with what came and what was expected: `COLUMNS`.

    `kind` is `drop_off` (one row for everyone who stands in a stage), `wait` (who waited; `what`
    says for what), `ping_pong` (who raised an issue more than once) or `stall` (who stands in a
    stage before the first purchase). `outcome` is 1 where it happened: dropped off, waited longer
    than the workspace wants, was sent to and fro, stands there longer than nine of ten who went on.
    `expected` is its probability by case mix and stage, told by other customers; `dropped` and
    `drop_expected` say the same of dropping off. `customer` is a number that means nothing beyond
    these rows; `value` is money a year. Cutoffs that are not mature are refused. What was expected
    takes longest to tell: with `kinds` it is told of these alone, and NaN of all others.
    """
    seen = _Seen.of(parts, asked, cutoffs, zone, engine)
    return seen.before(cutoffs, watermark, kinds)


def rows_then_and_now(
    parts: Parts,
    asked: Asked,
    cutoffs: Sequence[datetime],
    now: datetime,
    *,
    watermark: datetime,
    zone: ZoneInfo,
    engine: Engine = LOCAL,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`pain_rows`, and who stands where at a later cutoff: the same without what comes of it.

    Only of dropping off is told what was expected, as pains are found by that alone.
    """
    seen = _Seen.of(parts, asked, [*cutoffs, now], zone, engine)
    return seen.before(cutoffs, watermark, {(DROP_OFF, "")}), seen.at(now)


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """Rows at some cutoffs: the panel, and beside each row where its customer stood."""

    panel: Panel
    told: pd.DataFrame
    parts: Parts
    asked: Asked
    zone: ZoneInfo

    @classmethod
    def of(
        cls,
        parts: Parts,
        asked: Asked,
        cutoffs: Sequence[datetime],
        zone: ZoneInfo,
        engine: Engine,
    ) -> "_Seen":
        features = (*asked.mix, *asked.beside)
        panel = scoring_panel(parts, cutoffs, features, asked.target, zone=zone, engine=engine)
        rows = panel.rows.reset_index(drop=True)
        rows[_ROW] = np.arange(len(rows))
        told = told_of(rows, asked, parts)
        panel = replace(panel, rows=rows)
        return cls(panel=panel, told=told, parts=parts, asked=asked, zone=zone)

    def before(
        self, cutoffs: Sequence[datetime], watermark: datetime, kinds: Kinds | None
    ) -> pd.DataFrame:
        """Rows at mature cutoffs, with what came and what was expected."""
        asked, zone = self.asked, self.zone
        chosen = self.panel.rows["cutoff"].isin(cutoffs)
        panel = replace(self.panel, rows=self.panel.rows.loc[chosen])
        known = labelled(panel, self.parts, asked.target, watermark=watermark, zone=zone).rows
        told = self.told.iloc[known[_ROW].to_numpy(np.int64)].reset_index(drop=True)
        told["value"] = _values(known, told["value"].to_numpy(np.float64), asked)
        told["dropped"] = dropped(known, asked)
        told[FIRST_STEP] = _first_steps(known, asked, self.parts, watermark, zone)
        return with_expectations(told, known, asked, kinds)

    def at(self, cutoff: datetime) -> pd.DataFrame:
        """Rows at one cutoff, without what comes of it."""
        chosen = self.told.loc[self.told["cutoff"].eq(cutoff)]
        return pd.concat(of_each_kind(chosen.reset_index(drop=True)), ignore_index=True)


def with_expectations(
    told: pd.DataFrame, mix: pd.DataFrame, asked: Asked, kinds: Kinds | None = None
) -> pd.DataFrame:
    """Rows of every kind with what was expected, by the columns of case mix beside `told`.

    With `kinds` of these alone; of all others it is NaN.
    """
    words = {one.name for one in asked.mix if len(one.values)}
    x, stage = mix.loc[:, [one.name for one in asked.mix]], pd.factorize(told["stage"])[0]
    who = mix["customer_id"].to_numpy(object)

    def probabilities(outcome: Floats, at: NDArray[np.int64]) -> Floats:
        known = x.iloc[at], stage[at].astype(np.int64), outcome, who[at].tolist()
        return expected(*known, categories=words)

    found = list[pd.DataFrame]()
    drop_expected = np.full(len(told), np.nan)
    for kind in of_each_kind(told):
        name, what = kind[["kind", "what"]].iloc[0]
        at, outcome = kind.index.to_numpy(np.int64), kind["outcome"].to_numpy(np.float64)
        is_asked = kinds is None or not kinds.isdisjoint({(name, what), (name, "")})
        p = probabilities(outcome, at) if is_asked else np.full(len(at), np.nan)
        if name == DROP_OFF:
            drop_expected = p
        found.append(kind.assign(expected=p, drop_expected=drop_expected[at]))
    return pd.concat(found, ignore_index=True).loc[:, list(COLUMNS)]


def told_of(rows: pd.DataFrame, asked: Asked, parts: Parts) -> pd.DataFrame:
    """Where each row's customer stood, what they are worth, and what they lived through.

    What was lived through is 1 or 0, empty where it does not concern them; columns `kind:what`.
    """
    here, wait_hours = numbers(rows, PRESENT, empty=-1), asked.wait_hours
    own = np.maximum(numbers(rows, MONEY), 0) * (365 / asked.value_days)
    told = pd.DataFrame(
        {
            "customer": pd.factorize(rows["customer_id"])[0],
            "cutoff": rows["cutoff"],
            "stage": _words(here, (*asked.stages, "")),
            "channel": _words(numbers(rows, CHANNEL, empty=-1), (*asked.channels, NO_CHANNEL)),
            "persona": _personas(rows, asked, parts),
            "value": own,
        }
    )
    for kind in asked.waits:
        ended, going_on = rows[ENDED + kind], rows[OPEN + kind]
        long = ended.gt(wait_hours[kind]) | going_on.gt(wait_hours[kind])
        told[f"wait:{kind}"] = np.where(long | ended.notna(), long, np.nan)
    if PING_PONG in rows:
        told["ping_pong:"] = numbers(rows, PING_PONG, empty=np.nan)
    if asked.stages:
        told["stall:"] = _stalled(rows, own)
    return told


def dropped(rows: pd.DataFrame, asked: Asked) -> Floats:
    """1 for who went back to an earlier stage or out, or churned; else 0."""
    label, target = rows["label"].to_numpy(np.int64), asked.target
    if not isinstance(target, Progression):
        return (label == 1).astype(np.float64)
    to = label - 1 if target.meaning == FIRST_MOVE else label
    here = rows[PRESENT].to_numpy(np.int64)
    return ((to >= len(target.order)) | ((to >= 0) & (to < here))).astype(np.float64)


def numbers(rows: pd.DataFrame, name: str, *, empty: float = 0.0) -> Floats:
    """A column as numbers; `empty` where nothing is told, or there is no such column."""
    if name not in rows:
        return np.full(len(rows), empty)
    return rows[name].fillna(empty).to_numpy(np.float64)


def of_each_kind(told: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The rows of each kind with its outcome; that of a drop-off is known only afterwards."""
    lived = [name for name in told.columns if ":" in name]
    plain = told.drop(columns=lived)
    yield plain.assign(kind=DROP_OFF, what="", outcome=plain.get("dropped", np.nan))
    for name in lived:
        concerned = told[name].notna().to_numpy(np.bool_)
        if concerned.any():
            kind, what = name.split(":")
            yield plain.assign(kind=kind, what=what, outcome=told[name]).loc[concerned]


def _words(number: Floats, words: Sequence[str]) -> NDArray[np.object_]:
    """Words by their numbers; the last for those below none."""
    return np.array(words, dtype=object)[number.astype(np.int64)]


def _personas(rows: pd.DataFrame, asked: Asked, parts: Parts) -> NDArray[np.object_]:
    """The persona as of each cutoff, by the workspace's rules; empty where there are none."""
    if not asked.personas:
        return np.full(len(rows), "", dtype=object)
    found = [
        personas_at(told.customers, cutoff, asked.personas).to_pandas().assign(cutoff=cutoff)
        for told in narrowed(parts, Needs(tables=frozenset({"customers"})))
        for cutoff in (one.to_pydatetime() for one in rows["cutoff"].unique())
        if len(told.customers)
    ]
    if not found:
        return np.full(len(rows), OTHER, dtype=object)
    return _beside(rows, pd.concat(found), "persona").fillna(OTHER).to_numpy(object)


def _first_steps(
    rows: pd.DataFrame, asked: Asked, parts: Parts, watermark: datetime, zone: ZoneInfo
) -> NDArray[np.object_]:
    """What came first in the label window, but for the steps by which somebody stays: no news."""
    needs = Needs(steps=frozenset(asked.vocabulary.steps))
    cutoffs = [one.to_pydatetime() for one in sorted(rows["cutoff"].unique())]
    found = [
        first_steps(asked.target, told.events, cutoffs, watermark, zone)
        for told in narrowed(parts, needs)
    ]
    step = _beside(rows, pd.concat(found), "step")
    return step.where(~step.isin([*asked.target.own_steps])).to_numpy(object)


def _beside(rows: pd.DataFrame, found: pd.DataFrame, name: str) -> pd.Series:
    merged = rows.loc[:, KEYS].merge(found, on=KEYS, how="left")
    return cast("pd.Series", merged[name])


def _values(rows: pd.DataFrame, own: Floats, asked: Asked) -> Floats:
    """Money a year: their own, or what customers of their stage come to."""
    if not asked.stages:
        return own
    here, stages = rows[PRESENT].to_numpy(np.int64), len(asked.stages)
    label = numbers(rows, "label").astype(np.int64)
    of_stage = np.array(worths(here, np.where(label > 0, label - 1, -1), own, stages))
    return np.where(own > 0, own, of_stage[here])


def _stalled(rows: pd.DataFrame, own: Floats) -> Floats:
    """1 for who stands longer in a stage than most who went on, where hardly anybody pays yet."""
    stages = rows[PRESENT].to_numpy(np.int64)
    limit = np.full(int(stages.max()) + 1, np.nan)
    for stage in range(len(limit)):
        took = rows.loc[rows[CLIMBED_FROM].eq(stage), CLIMBED_DAYS]
        if len(took) >= CLIMBERS_LEAST and (own[stages == stage] > 0).sum() * 2 < sum(
            stages == stage
        ):
            limit[stage] = took.quantile(STALL_QUANTILE)
    most = limit[stages]
    return np.where(np.isnan(most), np.nan, rows[DWELL].to_numpy(np.float64) > most)
