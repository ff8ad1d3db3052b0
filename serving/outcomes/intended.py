"""Which play each of those drawn would have been given: for both arms by what was known before."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from serving.decide.plays import Play, fits


def intended(plays: Sequence[Play], then: pd.DataFrame) -> list[str | None]:
    """The first play of the playbook that fits each by band, stage and reasons, None for none.

    Room and cooling are left out of account, for they are not known of those held out; so groups of
    the two arms are of the same kind. `then` has risk_band, stage and reasons.
    """
    found = np.full(len(then), -1)
    for place, play in reversed([*enumerate(plays)]):
        found[fits(play, then)] = place
    return [plays[place].name if place >= 0 else None for place in found]


def costs(names: Sequence[str], plays: Sequence[Play], otherwise: float) -> list[float]:
    """What one attempt of each play costs; `otherwise` where the playbook does not say.

    >>> costs(["call", "gift"], [Play(name="call", action="Call", channel="call", cost=4)], 11)
    [4, 11]
    """
    told: Mapping[str, float] = {play.name: play.cost for play in plays if play.cost}
    told = {play.action: play.cost for play in plays if play.cost} | told
    return [told.get(name, otherwise) for name in names]
