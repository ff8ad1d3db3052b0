"""What came in and before the label window of a target, whatever the target asks."""

from collections.abc import Collection, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from features.contracts import Frame
from features.hindsight import count_between, first_move_between, first_step_between
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


def touched(
    target: Target,
    events: Frame,
    cutoffs: Sequence[datetime],
    watermark: datetime,
    zone: ZoneInfo,
    *,
    steps: Sequence[str],
    channels: Collection[str] = (),
) -> pd.DataFrame:
    """Who has one of some steps from the cutoff on until the label window is over.

    Columns customer_id, cutoff and events, their number; a cutoff that is not mature is refused.
    With `channels` only what came by one of them counts.
    """
    target.refuse_unripe(cutoffs, watermark, zone)
    chosen = events.filter(events["channel"].is_in(list(channels))) if channels else events
    return count_between(chosen, cutoffs, 0, target.span_days[1], steps, zone).to_pandas()
