"""Pains as of a cutoff: from what is told of customers to what is found."""

from datetime import datetime
from zoneinfo import ZoneInfo

from features.clock import business_day, midnight, shift
from features.engine.partitions import LOCAL, Engine
from features.known.told import Parts
from models.pains.asked import Asked, drawn
from models.pains.found import Pains, found
from models.pains.rows import rows_then_and_now
from models.rows.panel import first_told


def pains(
    parts: Parts,
    asked: Asked,
    cutoff: datetime,
    *,
    watermark: datetime,
    zone: ZoneInfo,
    engine: Engine = LOCAL,
) -> Pains | None:
    """Where it hurts: learned at the last mature cutoffs, and told of those who stand there now.

    None where no outcome is known yet. `DataRefused` where nobody is at risk at all.
    """
    some, share = drawn(parts, asked)
    first = first_told(some, asked.target)
    if first is None:
        return None
    earliest = shift(midnight(business_day(first, zone), zone), asked.params.recent_days, zone)
    cutoffs = asked.cutoffs(watermark, earliest, zone)
    if not cutoffs:
        return None
    rows, now = rows_then_and_now(
        some, asked, cutoffs, cutoff, watermark=watermark, zone=zone, engine=engine
    )
    days = asked.target.horizon_days
    return found(rows, now, asked.params, horizon_days=days, drawn=share)
