"""Why a comparison of the arms may not be trusted: how they were drawn, and what was done to them.

O01 the arms are not as large as they were drawn to be; O02 they differed before the draw; O03
controls were contacted, too; O04 most of the treated were given nothing;
O05 no destination took most of those who were given something; O06 somebody else treated controls;
O07 so many were erased that what is claimed hangs on what they would have told.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from models.logit import Floats
from models.uplift.cells import ARM_LEAST
from models.uplift.comparable import DOUBT, imbalances, share_chance
from models.uplift.effects import Effect
from models.uplift.experiment import TREATED
from serving.outcomes.found import Doubt

NEARLY_AS_OFTEN = 0.5
"""Controls that are contacted at so much of the rate of the treated are hardly held out."""

MOST_GIVEN = 0.5

IN_VAIN_MOST = 0.05
"""The share of those held out whom a log may tell as treated before it is a doubt."""

STAGES_MOST = 8


def doubts(rows: pd.DataFrame, ripe: pd.DataFrame) -> Iterator[Doubt]:
    """What speaks against the comparison; `ripe` are those of the draws with an outcome."""
    treated = rows["arm"].eq(TREATED).to_numpy(np.float64)
    share = rows["probability"].to_numpy(np.float64)
    chance = share_chance(treated, share, rows["stratum"].fillna("").tolist())
    if chance < DOUBT:
        told = {"treated": int(treated.sum()), "expected": round(float(share.sum()))}
        yield Doubt(code="O01", told=told)
    for one in imbalances(treated, share, known_before(rows)):
        told = {"what": one.name, "difference": round(one.difference, 2)}
        yield Doubt(code="O02", told=told)
    yield from _done(ripe)


def of_erased(effect: Effect, erased: int) -> Iterator[Doubt]:
    """Whether those who were erased could undo a claim; nobody knows in which arm they were.

    Who is contacted may ask to be forgotten rather than leave. So all are taken for treated, and
    for the fate that speaks against the claim.
    """
    bound = {1: effect.always.low, -1: -effect.always.high}.get(effect.claimed)
    if bound is not None and bound <= erased / (effect.treated + erased):
        yield Doubt(code="O07", told={"erased": erased})


def known_before(rows: pd.DataFrame) -> dict[str, Floats]:
    """What was known of each before the draw: chance of leaving, yearly value, stage."""
    stages = rows["stage"].value_counts().index[:STAGES_MOST]
    return {
        "leaving": rows["leaving"].to_numpy(np.float64),
        "value": np.log1p(rows["value"].to_numpy(np.float64)),
        **{f"stage {one}": rows["stage"].eq(one).to_numpy(np.float64) for one in stages},
    }


def _done(ripe: pd.DataFrame) -> Iterator[Doubt]:
    """What was done to the arms, of those whose time is over."""
    is_treated = ripe["arm"].eq(TREATED)
    arms = [ripe.loc[own, "contacted"] for own in (is_treated, ~is_treated)]
    if min(len(one) for one in arms) < ARM_LEAST:
        return
    treated, control = (float(one.mean()) for one in arms)
    if control > 0 and control >= NEARLY_AS_OFTEN * treated:
        yield Doubt(code="O03", told={"control": control, "treated": treated})
    in_vain = float(ripe.loc[~is_treated, "in_vain"].mean())
    if in_vain > IN_VAIN_MOST:
        yield Doubt(code="O06", told={"control": in_vain})
    given = float(ripe.loc[is_treated, "given"].mean())
    if given < MOST_GIVEN:
        yield Doubt(code="O04", told={"given": given})
    acted = ripe.loc[is_treated & ripe["given"], "told"].dropna()
    if len(acted) and float(acted.mean()) < MOST_GIVEN:
        yield Doubt(code="O05", told={"told": float(acted.mean())})
