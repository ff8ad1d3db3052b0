"""What became of those who were drawn: stayed or left, what they were worth, whether contacted."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from features.catalog import Feature
from features.errors import DataRefused
from features.known.told import Parts, Told
from features.stages.personas import personas_at
from models.rows.panel import labelled, scoring_panel
from models.targets.churn import Churn
from models.targets.hereafter import touched

STAYED, LEFT, DUE = "stayed", "left", "due"
NOT_AT_RISK, LEFT_OUT = "not_at_risk", "left_out"
"""What may be said of a draw; `left_out` are those whose label is none, as moves in the embargo."""

FATES = {0: STAYED, 1: LEFT}
"""By label."""

ROWS_AT_ONCE = 100_000
"""Of customers and cutoffs that are looked at together: nights of few draws, not a large one."""

KEYS = ["customer_id", "cutoff"]
INSTANT = "datetime64[us, UTC]"
TOLD = {"fate": "str", "worth": "float64", "persona": "str", "contacted": "bool"}


@dataclass(frozen=True, kw_only=True)
class Following:
    """How those who were drawn are followed: by which question, and what is told of them besides.

    `worth` is the feature that tells their money, `personas` the rules by name, `contacts` the
    steps by which a business contacts somebody, `channels` where; all channels where none is named.
    """

    target: Churn
    watermark: datetime
    zone: ZoneInfo
    worth: Feature
    personas: Mapping[str, str] = field(default_factory=dict[str, str])
    contacts: Sequence[str] = ()
    channels: Collection[str] = ()

    def matured_at(self, cutoff: datetime) -> datetime:
        """When the outcome of a draw is known."""
        return self.target.matured_at(cutoff, self.zone)


def fates(drawn: pd.DataFrame, parts: Parts, following: Following) -> pd.DataFrame:
    """Draws with what became of them; `drawn` has customer_id and cutoff, a business midnight.

    Added are matured_at, fate, worth (the feature's value at the cutoff), persona (as known then)
    and contacted (whether the business did so from the cutoff until the label window was over).
    Where the outcome is due, nothing else is told.
    """
    cutoffs = sorted(drawn["cutoff"].unique())
    matured = {cutoff: following.matured_at(cutoff.to_pydatetime()) for cutoff in cutoffs}
    ripe = [cutoff for cutoff in cutoffs if matured[cutoff] <= following.watermark]
    asked = drawn.loc[drawn["cutoff"].isin(ripe)]
    found = [_nobody(**TOLD)]
    for told, here in _by_part(asked, parts):
        found += (_together(some, told, following) for some in _portions(here))
    rows = drawn.merge(pd.concat(found), on=KEYS, how="left")
    fate = rows["fate"].where(rows["fate"].notna(), NOT_AT_RISK)
    return rows.assign(
        matured_at=[matured[cutoff] for cutoff in rows["cutoff"]],
        fate=fate.where(rows["cutoff"].isin(ripe), DUE),
        contacted=rows["contacted"].eq(True),
    )


def _by_part(asked: pd.DataFrame, parts: Parts) -> Iterator[tuple[Told, pd.DataFrame]]:
    """Each part, with the draws of those of whom it tells."""
    whose, names = pd.factorize(asked["customer_id"])
    known = pd.Index(names)
    for told in parts if len(asked) else ():
        there = known.get_indexer(pd.Index(told.everyone().to_pandas()))
        is_there = np.isin(np.arange(len(known)), there)
        yield told, asked.loc[is_there[whose]]


def _portions(drawn: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Draws of some cutoffs at a time, in their order, as many as fit the memory."""
    begun, rows = list[pd.Timestamp](), 0
    for cutoff in sorted(drawn["cutoff"].unique()):
        fresh = int((drawn["cutoff"] == cutoff).sum())
        if begun and (rows + fresh) * (len(begun) + 1) > ROWS_AT_ONCE:
            yield drawn.loc[drawn["cutoff"].isin(begun)]
            begun, rows = list[pd.Timestamp](), 0
        begun, rows = [*begun, cutoff], rows + fresh
    if begun:
        yield drawn.loc[drawn["cutoff"].isin(begun)]


def _together(drawn: pd.DataFrame, told: Told, following: Following) -> pd.DataFrame:
    """What became of the draws of some cutoffs that are mature."""
    customers = drawn["customer_id"].unique().tolist()
    few = told.map(lambda table: table.filter(table["customer_id"].is_in(customers)))
    cutoffs = [cutoff.to_pydatetime() for cutoff in sorted(drawn["cutoff"].unique())]
    found = cast("pd.DataFrame", drawn[KEYS].drop_duplicates())
    for table in (_labels, _personas, _contacted):
        found = found.merge(table(few, cutoffs, following), on=KEYS, how="left")
    return found


def _labels(told: Told, cutoffs: list[datetime], following: Following) -> pd.DataFrame:
    """Fate and worth of who was at risk."""
    target, zone = following.target, following.zone
    try:
        panel = scoring_panel([told], cutoffs, [following.worth], target, zone=zone)
    except DataRefused:  # nobody of them was at risk
        return _nobody(fate="str", worth="float64")
    ripe = labelled(panel, [told], target, watermark=following.watermark, zone=zone)
    labels = ripe.rows[[*KEYS, "label"]]
    rows = panel.rows[[*KEYS, following.worth.name]].merge(labels, on=KEYS, how="left")
    fate = rows["label"].map(FATES.get).fillna(LEFT_OUT)
    return rows[KEYS].assign(fate=fate, worth=rows[following.worth.name])


def _personas(told: Told, cutoffs: list[datetime], following: Following) -> pd.DataFrame:
    """The persona as of each cutoff."""
    if not following.personas or told.customers.is_empty():
        return _nobody(persona="str")
    found = [
        personas_at(told.customers, cutoff, following.personas)
        .to_pandas()
        .assign(cutoff=pd.Timestamp(cutoff).as_unit("us"))
        for cutoff in cutoffs
    ]
    return pd.concat(found)


def _contacted(told: Told, cutoffs: list[datetime], following: Following) -> pd.DataFrame:
    """Whom the business contacted until the label window was over."""
    found = touched(
        following.target,
        told.events,
        cutoffs,
        following.watermark,
        following.zone,
        steps=following.contacts,
        channels=following.channels,
    )
    return found[KEYS].assign(contacted=True)


def _nobody(**columns: str) -> pd.DataFrame:
    types = {"customer_id": "str", "cutoff": INSTANT, **columns}
    return pd.DataFrame({name: pd.Series([], dtype=dtype) for name, dtype in types.items()})
