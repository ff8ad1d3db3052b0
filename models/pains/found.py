"""Pains found: where it hurts, whom, how surely, and what it costs; ranked by money."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from models.pains.cells import (
    NO_CHANNEL,
    Cell,
    Place,
    Standing,
    places,
    standing_out,
    within,
)
from models.pains.contrast import Crowd, Ints, strata
from models.pains.opportunities import Recovery, recovery
from models.pains.params import DAYS_A_MONTH, PainParams
from models.pains.shrinking import shrunk, spread_of

COLUMNS = (
    "kind",
    "what",
    "stage",
    "channel",
    "persona",
    "customers",
    "share",
    "observed",
    "expected",
    "excess",
    "low",
    "high",
    "certain",
    "money",
    "money_low",
    "money_high",
    "affected_now",
    "recovered",
    "recovered_by",
    "worth",
)

SURE = 0.95


@dataclass(frozen=True, kw_only=True)
class Pains:
    """Pains by money, the dearest first, as far as its lower bound goes.

    `frame` has the columns `COLUMNS`. `customers` are in the cell on one day, `affected_now` at the
    cutoff; `observed`, `expected` and `excess` are shares who drop off within `horizon_days`, with
    `low` and `high`; `share` is how many of those concerned waited too long, were sent to and fro
    or stalled, empty for a drop-off. `money` is the yearly value that is lost in a month. `certain`
    pains exceed what is expected at their lower bound; the others are suspected. `worth` is the
    money of a month that mending would be expected to keep. `tried` counts the cells of each kind,
    of `customers` at `cutoffs` (ISO instants); those are a `drawn` share of all.
    """

    frame: pd.DataFrame
    tried: dict[str, int]
    customers: int
    cutoffs: tuple[str, ...]
    horizon_days: int
    drawn: float = 1.0

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON knows it; no customer."""
        records = self.frame.astype(object).where(self.frame.notna(), None).to_dict("records")
        return {
            "pains": records,
            "tried": self.tried,
            "customers": self.customers,
            "cutoffs": list(self.cutoffs),
            "horizon_days": self.horizon_days,
            "drawn": self.drawn,
        }


def found(
    rows: pd.DataFrame,
    now: pd.DataFrame,
    params: PainParams,
    *,
    horizon_days: int,
    drawn: float = 1.0,
) -> Pains:
    """Pains in rows then and, of today, now, as `rows.rows_then_and_now` tell them.

    Each kind is searched by itself, so the money of two kinds may be about the same customers.
    """
    days = sorted(rows["cutoff"].unique())
    scale = _Scale(days=len(days), horizon_days=horizon_days, drawn=drawn, params=params)
    told, tried = list[dict[str, Any]](), dict[str, int]()
    kinds = rows.loc[:, ["kind", "what"]].drop_duplicates().to_numpy(str).tolist()
    for kind, what in sorted(kinds):
        some, today = (
            frame.loc[frame["kind"].eq(kind) & frame["what"].eq(what)].reset_index(drop=True)
            for frame in (rows, now)
        )
        search = _Search(kind, what, some, today, scale)
        told.extend(search.told())
        tried[f"{kind} {what}".strip()] = search.tried
    frame = pd.DataFrame(told, columns=list(COLUMNS))
    order = frame.assign(claimed=frame["money_low"].clip(lower=0)).sort_values(
        ["claimed", "money"], ascending=False, kind="stable"
    )
    return Pains(
        frame=order.drop(columns="claimed").reset_index(drop=True),
        tried=tried,
        customers=len(rows["customer"].unique()),
        cutoffs=tuple(pd.Timestamp(cutoff).isoformat() for cutoff in days),
        horizon_days=horizon_days,
        drawn=drawn,
    )


@dataclass(frozen=True, kw_only=True)
class _Scale:
    """From rows to customers a day, and to a month."""

    days: int
    horizon_days: int
    drawn: float
    params: PainParams

    def customers(self, rows: float) -> float:
        """Customers on one day, of all."""
        return rows / self.days / self.drawn

    def months(self, kind: str) -> float:
        """How often in a month: who stands somewhere all along, or what happens anew."""
        days = self.horizon_days if kind in ("drop_off", "stall") else self.params.recent_days
        return DAYS_A_MONTH / days


class _Search:
    """The pains of one kind."""

    def __init__(
        self, kind: str, what: str, rows: pd.DataFrame, now: pd.DataFrame, scale: _Scale
    ) -> None:
        self.kind, self.what, self.rows, self.now, self.scale = kind, what, rows, now, scale
        self.tried = 0
        self._befell = np.ones(len(rows), dtype=np.bool_)
        if kind != "drop_off":
            self._befell = rows["outcome"].eq(1).to_numpy(np.bool_)

    def told(self) -> Iterator[dict[str, Any]]:
        """The pains, the surest first; of what may befall a customer at least the whole of it."""
        params, chosen = self.scale.params, np.flatnonzero(self._befell)
        whole, least = self.kind != "drop_off", (params.customers_least, params.drops_least)
        inside = places(self.rows, chosen, *least, whole=whole)
        self.tried = len(inside)
        if not inside:
            return
        crowd, pools = self._crowd(), self._pools(inside)
        worth = self.rows["value"].to_numpy(np.float64)
        surest, every = standing_out(crowd, inside, pools, worth, params.false_share)
        if whole and inside[0].cell == Cell() and all(one.place != inside[0] for one in surest):
            lost = crowd.contrast(inside[0].rows, pools[0], worth)
            surest.append(Standing(inside[0], *every[0], lost))
        spread = spread_of(every)
        level = (1 - SURE) * max(1, len(surest)) / len(inside)
        for one in surest:
            if np.isfinite(one.excess):
                yield self._line(one, float(norm.isf(level / 2)), spread)

    def _pools(self, inside: list[Place]) -> list[Ints]:
        """Whom each cell is compared with: others of its stage, of what befalls those spared.

        A channel is compared with other channels: who had no contact of late is nowhere else.
        """
        spared = ~self._befell if self.kind != "drop_off" else self._befell
        anywhere = self.rows["channel"].ne(NO_CHANNEL).to_numpy(np.bool_)
        known = {
            (stage, of_channel): np.flatnonzero(
                spared & within(self.rows, Cell(stage=stage)) & (anywhere | (not of_channel))
            )
            for stage, of_channel in {(one.cell.stage, one.cell.channel != "") for one in inside}
        }
        return [known[one.cell.stage, one.cell.channel != ""] for one in inside]

    def _crowd(self) -> Crowd:
        rows = self.rows
        expected = rows["drop_expected"].to_numpy(np.float64)
        return Crowd(
            outcome=rows["dropped"].to_numpy(np.float64),
            expected=expected,
            stratum=strata(pd.factorize(rows["stage"])[0].astype(np.int64), expected),
            customer=pd.factorize(rows["customer"])[0].astype(np.int64),
        )

    def _line(self, one: Standing, z: float, spread: float) -> dict[str, Any]:
        cell, scale, hurt = one.place.cell, self.scale, self.rows.iloc[one.place.rows]
        customers = scale.customers(len(hurt))
        monthly = customers * scale.months(self.kind)
        money, off = monthly * one.lost.excess, monthly * z * one.lost.error
        low, high = one.excess - z * one.error, one.excess + z * one.error
        recovered = self._recovery(hurt)
        return {
            "kind": self.kind,
            "what": self.what,
            **cell._asdict(),
            "customers": round(customers),
            "share": self._share(cell, len(hurt)),
            "observed": one.observed,
            "expected": one.observed - one.excess,
            "excess": one.excess,
            "low": low,
            "high": high,
            "certain": low > 0,
            "money": money,
            "money_low": money - off,
            "money_high": money + off,
            "affected_now": self._affected(cell),
            "recovered": round(scale.customers(recovered.customers)),
            "recovered_by": list(recovered.by),
            "worth": max(0.0, money * shrunk(1.0, one.error, spread)),
        }

    def _share(self, cell: Cell, hurt: int) -> float:
        if self.kind == "drop_off":
            return float("nan")
        return hurt / int(within(self.rows, cell).sum())

    def _affected(self, cell: Cell) -> int:
        inside = within(self.now, cell)
        if self.kind != "drop_off":
            inside &= self.now["outcome"].eq(1).to_numpy(np.bool_)
        return round(int(inside.sum()) / self.scale.drawn)

    def _recovery(self, hurt: pd.DataFrame) -> Recovery:
        return recovery(hurt, self.scale.params.steps_least)
