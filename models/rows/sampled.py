"""Some of those at risk at a cutoff with their features: as many as a look at all of them needs."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa

from features.catalog import Feature
from features.engine.partitions import Engine
from features.known.told import Parts
from models.rows.at_risk import at_risk
from models.targets.target import Target


def sampled_rows(
    parts: Parts,
    cutoff: datetime,
    features: Sequence[Feature],
    target: Target,
    *,
    zone: ZoneInfo,
    engine: Engine,
    rows_least: int,
) -> pd.DataFrame:
    """Rows at risk of as many parts as hold so many, or of all; as a night scores them.

    A part holds customers drawn by a hash of their names, so some parts are a sample of everyone.
    What peers did is counted over everyone all the same. `DataRefused` if nobody is at risk.
    """
    wanted = at_risk(parts, [cutoff], features, target, zone=zone, engine=engine)
    tables: list[pa.Table] = []
    for place in range(len(parts)):
        tables.append(wanted.table(place))
        if sum(map(len, tables)) >= rows_least:
            break
    rows = target.columns(pa.concat_tables(tables).to_pandas())
    if rows.empty:
        raise wanted.nobody()
    return rows
