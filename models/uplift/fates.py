"""What became of those who were drawn: stayed or left, what they were worth, whether contacted."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

import pandas as pd

from features.catalog import Feature
from features.errors import DataRefused
from features.needs import Needs
from features.partitions import LOCAL, Engine
from features.personas import personas_at
from features.told import Parts, Told, narrowed
from models.panel import labelled, scoring_panel
from models.targets.churn import Churn
from models.targets.hereafter import touched

STAYED, LEFT, DUE = "stayed", "left", "due"
NOT_AT_RISK, LEFT_OUT = "not_at_risk", "left_out"
"""What may be said of a draw; `left_out` are those whose label is none, as moves in the embargo."""

FATES = {0: STAYED, 1: LEFT}
"""By label."""

TOUCHES = Needs(attributes=frozenset({"channel", "step"}))

ROWS_AT_ONCE = 1_000_000
"""Of customers and cutoffs that are looked at together."""

KEYS = ["customer_id", "cutoff"]
INSTANT = "datetime64[us, UTC]"


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
    engine: Engine = LOCAL

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
    found = [
        _together(some, parts, following)
        for some in _portions(drawn.loc[drawn["cutoff"].isin(ripe)])
    ]
    told = drawn.merge(pd.concat(found), on=KEYS, how="left") if found else drawn.copy()
    for name, empty in {
        "fate": None,
        "worth": math.nan,
        "persona": None,
        "contacted": False,
    }.items():
        told[name] = told[name].where(told[name].notna(), empty) if name in told else empty
    is_ripe = told["cutoff"].isin(ripe)
    return told.assign(
        matured_at=[matured[cutoff] for cutoff in told["cutoff"]],
        fate=told["fate"].where(told["fate"].notna(), NOT_AT_RISK).where(is_ripe, DUE),
        worth=told["worth"].astype("float64"),
        contacted=told["contacted"].astype(bool),
    )


@dataclass(frozen=True)
class Some:
    """Parts with what is told of some customers alone."""

    parts: Parts
    customers: frozenset[str]

    def __len__(self) -> int:
        return len(self.parts)

    def __iter__(self) -> Iterator[Told]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, at: int) -> Told:
        """One part of them."""
        wanted = list(self.customers)
        return self.parts[at].map(lambda table: table.filter(table["customer_id"].is_in(wanted)))

    def narrowed(self, needs: Needs) -> "Some":
        """The same customers with only the tables and columns that are needed."""
        return replace(self, parts=narrowed(self.parts, needs))


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


def _together(drawn: pd.DataFrame, parts: Parts, following: Following) -> pd.DataFrame:
    """What became of the draws of some cutoffs that are mature."""
    some = Some(parts, frozenset(drawn["customer_id"]))
    cutoffs = [cutoff.to_pydatetime() for cutoff in sorted(drawn["cutoff"].unique())]
    told = cast("pd.DataFrame", drawn[KEYS].drop_duplicates())
    for table in (_labels, _personas, _contacted):
        told = told.merge(table(some, cutoffs, following), on=KEYS, how="left")
    return told


def _labels(some: Some, cutoffs: list[datetime], following: Following) -> pd.DataFrame:
    """Fate and worth of who was at risk."""
    target, zone = following.target, following.zone
    try:
        panel = scoring_panel(
            some, cutoffs, [following.worth], target, zone=zone, engine=following.engine
        )
    except DataRefused:  # nobody of them was at risk
        return pd.DataFrame({"customer_id": [], "cutoff": [], "fate": [], "worth": []}).astype(
            {"customer_id": "str", "cutoff": INSTANT, "fate": "str", "worth": "float64"}
        )
    ripe = labelled(panel, some, target, watermark=following.watermark, zone=zone)
    labels = ripe.rows[[*KEYS, "label"]]
    rows = panel.rows[[*KEYS, following.worth.name]].merge(labels, on=KEYS, how="left")
    fate = rows["label"].map(FATES.get).fillna(LEFT_OUT)
    return rows[KEYS].assign(fate=fate, worth=rows[following.worth.name])


def _personas(some: Some, cutoffs: list[datetime], following: Following) -> pd.DataFrame:
    """The persona as of each cutoff."""
    nobody = pd.DataFrame({"customer_id": [], "persona": []}, dtype="str")
    found = [nobody.assign(cutoff=pd.Timestamp(cutoffs[0]).as_unit("us"))]
    if following.personas:
        found += [
            personas_at(told.customers, cutoff, following.personas)
            .to_pandas()
            .assign(cutoff=pd.Timestamp(cutoff).as_unit("us"))
            for told in some.narrowed(Needs(tables=frozenset({"customers"})))
            if len(told.customers)
            for cutoff in cutoffs
        ]
    return pd.concat(found)


def _contacted(some: Some, cutoffs: list[datetime], following: Following) -> pd.DataFrame:
    """Whom the business contacted until the label window was over."""
    found = [
        touched(
            following.target,
            told.events,
            cutoffs,
            following.watermark,
            following.zone,
            steps=following.contacts,
            channels=following.channels,
        )
        for told in some.narrowed(TOUCHES)
    ]
    return pd.concat(found)[KEYS].assign(contacted=True)
