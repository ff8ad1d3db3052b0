"""One log of outreach: what sources tell of who was treated, and what jejak drew itself."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd
import polars as pl

from features.contracts import OUTREACH, Frame, check
from features.known.versions import visible

OURS = "jejak"
"""The source of what was drawn here."""

_DIGITS = 9
"""To so many digits probabilities are compared: a file may have rounded them."""


def one_log(told: Frame, drawn: pd.DataFrame, zone: ZoneInfo) -> Frame:
    """The table `outreach` of the lake with the draws that the workspace made itself.

    `drawn` has the columns customer_id, experiment, assigned_at, arm, probability, action and
    channel. A draw of ours that a source tells, too, counts once: the same customer, business day,
    arm and probability. It is known from when it was made.
    """
    if drawn.empty:
        return told
    ours = _as_told(drawn)
    others = told.join(ours, on=_draw(zone), how="anti")
    together = pl.concat([others, ours], how="diagonal")
    return check(OUTREACH, together.sort("assigned_at", "customer_id", "source", "source_key"))


def known_by(log: Frame, instant: datetime) -> pd.DataFrame:
    """The assignments of before an instant that were known then and not taken back, as pandas.

    The columns are customer_id, assigned_at, arm, probability and lasting: who is in an experiment
    of ours goes on being treated or held out.
    """
    rows = visible(log, OUTREACH.clock, instant)
    lasting = (pl.col("source") == OURS).alias("lasting")
    return rows.select("customer_id", "assigned_at", "arm", "probability", lasting).to_pandas()


def _as_told(drawn: pd.DataFrame) -> Frame:
    """Draws of ours as rows of the table."""
    at = drawn["assigned_at"].dt.tz_convert(None).to_numpy()
    names = ("customer_id", "experiment", "arm", "action", "channel")
    texts = {name: drawn[name].astype("object").where(drawn[name].notna(), None) for name in names}
    rows = pl.DataFrame(
        {name: text.tolist() for name, text in texts.items()}
        | {"assigned_at": at, "probability": drawn["probability"].to_numpy()},
        schema_overrides=dict.fromkeys(names, pl.String),
        nan_to_null=True,
    )
    instant = pl.col("assigned_at").dt.cast_time_unit("us").dt.replace_time_zone("UTC")
    return rows.select(
        "customer_id",
        instant,
        "arm",
        "action",
        "channel",
        "probability",
        instant.alias("known_at"),
        pl.lit(None, OUTREACH.schema["superseded_at"]).alias("superseded_at"),
        pl.lit(OURS).alias("source"),
        pl.format("{}-{}", "experiment", "customer_id").alias("source_key"),
    )


def _draw(zone: ZoneInfo) -> list[pl.Expr]:
    """What tells one draw from another: customer, business day, arm, probability."""
    day = pl.col("assigned_at").dt.convert_time_zone(zone.key).dt.date()
    return [pl.col("customer_id"), day, pl.col("arm"), pl.col("probability").round(_DIGITS)]
