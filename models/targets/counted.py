"""How often the target's own steps came in its label window: more than whether they came."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from features.contracts import Frame
from features.hindsight import count_between
from models.targets.target import Target


def steps_counted(
    target: Target, events: Frame, cutoffs: Sequence[datetime], watermark: datetime, zone: ZoneInfo
) -> pd.DataFrame:
    """Number of the target's own steps, for who has any in the label window.

    Columns customer_id, cutoff and events; a cutoff that is not mature is refused.
    """
    target.refuse_unripe(cutoffs, watermark, zone)
    counts = count_between(events, cutoffs, *target.span_days, target.own_steps, zone)
    return counts.to_pandas()
