"""What came first in the label window of a target, whatever the target asks."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from features.contracts import Frame
from features.hindsight import first_move_between, first_step_between
from models.targets.target import Target


def first_steps(
    target: Target, events: Frame, cutoffs: Sequence[datetime], watermark: datetime, zone: ZoneInfo
) -> pd.DataFrame:
    """The first step, of any kind, of who has one in the label window.

    Columns customer_id, cutoff and step; a cutoff that is not mature is refused.
    """
    target.refuse_unripe(cutoffs, watermark, zone)
    return first_step_between(events, cutoffs, *target.span_days, zone).to_pandas()


def first_moves(
    target: Target, history: Frame, cutoffs: Sequence[datetime], watermark: datetime, zone: ZoneInfo
) -> pd.DataFrame:
    """The stage that is moved to first in the label window, by a table `stage_history`.

    Columns customer_id, cutoff and stage; a cutoff that is not mature is refused.
    """
    target.refuse_unripe(cutoffs, watermark, zone)
    return first_move_between(history, cutoffs, *target.span_days, zone).to_pandas()
