"""The draws that the lake's log of outreach tells: who, when, which arm, and how likely it was."""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.clock import last_midnight
from features.contracts import OUTREACH, Frame
from features.known.versions import visible
from models.uplift.experiment import CONTROL, TREATED


def logged(
    outreach: Frame, until: datetime, zone: ZoneInfo, *, source: str | None = None
) -> pd.DataFrame:
    """Draws before an instant that were known then, of one source or of all, in their order.

    Columns customer_id, experiment (the source that tells it), assigned_at, cutoff (the last
    business midnight up to that), arm, probability (of being treated; NaN where it was not logged),
    action and channel (what was done, or would have been).
    """
    told = visible(outreach, OUTREACH.clock, until).to_pandas()
    chosen = told if source is None else told.loc[told["source"].eq(source)]
    rows = chosen.sort_values(["assigned_at", "customer_id"], ignore_index=True)
    cutoffs = [last_midnight(at.to_pydatetime(), zone) for at in rows["assigned_at"]]
    own = rows["probability"].astype("float64")
    names = ["customer_id", "assigned_at", "arm", "action", "channel"]
    return rows[names].assign(
        experiment=rows["source"],
        cutoff=pd.to_datetime(pd.Series(cutoffs, dtype="object"), utc=True).dt.as_unit("us"),
        probability=own.where(rows["arm"].eq(TREATED), 1 - own),
    )


def held_out_in_vain(drawn: pd.DataFrame, log: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether a log says that somebody who is held out was treated before the outcome was known.

    `drawn` has customer_id, arm, assigned_at and matured_at, `log` is one of `logged`.
    """
    rows = drawn.assign(row=np.arange(len(drawn))).loc[drawn["arm"].eq(CONTROL)]
    treated = log.loc[log["arm"].eq(TREATED), ["customer_id", "assigned_at"]]
    both = rows.merge(treated, on="customer_id", suffixes=("", "_too"))
    since = both["assigned_at_too"].ge(both["assigned_at"])
    found = both.loc[since & both["assigned_at_too"].lt(both["matured_at"]), "row"]
    return np.isin(np.arange(len(drawn)), found.to_numpy())
