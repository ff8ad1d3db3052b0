"""CDNOW: who of 23,570 buyers orders nothing in the next 13 weeks, and how many orders come.

Learned at weekly cutoffs whose label windows were over by week 52, predicted at week 52. Settings
and the way in which BG/NBD and trees work together were chosen on weeks 31 to 39.
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
from public_data import DATA

from features.catalog import FeatureParams, Vocabulary
from features.families import catalog
from features.known.told import Told
from features.measures import SCALE
from models.learning.counts import Purchasing, with_counts
from models.learning.habits import habits
from models.rows.panel import scoring_panel, training_panel
from models.targets.inactivity import InactivityChurn
from models.transforms.buying import Buying, fit_buying

ZONE = ZoneInfo("UTC")
WEEK_0 = datetime(1997, 1, 1, tzinfo=UTC)
LEARNED_WEEKS = range(16, 40)
MEASURED_WEEK = 52
TARGET = InactivityChurn(
    steps=("order",), active_within_days=3650, embargo_days=0, horizon_days=7 * 13
)
VOCABULARY = Vocabulary(pairs=(("store", "order"),), steps_with_value=("order",))
FEATURES = FeatureParams(
    families=("recency", "frequency", "monetary", "rhythm", "trend", "decay"),
    windows_days=(28, 84, 168),
    half_lives_days=(21, 60),
)
"""No tenure: in one cohort it is the calendar, and the calendar of week 52 was never learned."""


def week(number: int) -> datetime:
    """The instant at which a week begins, from 0."""
    return WEEK_0 + timedelta(weeks=number)


def events() -> pl.DataFrame:
    """Orders that were known by the measured week; those of one customer and day are one."""
    at = pl.col("date").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    orders = pl.read_parquet(DATA / "cdnow" / "cdnow_master.parquet").group_by(
        "customer_id", "date"
    )
    return (
        orders.agg(pl.col("amount").sum())
        .select(
            customer_id=pl.col("customer_id").cast(pl.String),
            occurred_at=at,
            known_at=at,
            channel=pl.lit("store"),
            step=pl.lit("order"),
            value=(pl.col("amount") * SCALE).round().cast(pl.Int64),
        )
        .filter(pl.col("occurred_at") < week(MEASURED_WEEK))
    )


def published() -> Buying:
    """The parameters on the sample of 2,357 customers, in weeks.

    Published as .243, 4.414, .793 and 2.426 (Fader, Hardie and Lee 2005, table 2).
    """
    known = pl.read_parquet(DATA / "cdnow" / "cdnow_customers_summary.parquet")
    x, t_x, t_now = (known[name].to_numpy() for name in ("frequency", "recency", "T"))
    return fit_buying(x.astype(float), t_x.astype(float), t_now.astype(float))


def show(name: str, buying: Buying, days: int = 1) -> None:
    """Parameters to three digits, with alpha in weeks."""
    told = (buying.r, buying.alpha / days, buying.a, buying.b)
    print(name, *(f"{one:.3f}" for one in told), file=sys.stderr)


def main() -> None:
    """Predict the measured week and write the file that the argument names."""
    features = catalog(FEATURES, VOCABULARY).features
    parts = [Told(events=events())]
    cutoffs = [week(number) for number in LEARNED_WEEKS]
    train = training_panel(
        parts, cutoffs, features, TARGET, watermark=week(MEASURED_WEEK), zone=ZONE
    )
    learned = Purchasing(span_days=TARGET.span_days).fit(with_counts(train, parts, TARGET, ZONE))
    rows = scoring_panel(parts, [week(MEASURED_WEEK)], features, TARGET, zone=ZONE).rows
    show("BG/NBD of the sample: r alpha a b", published())
    (now,) = habits(rows, *TARGET.span_days).by_cutoff.values()
    show(f"BG/NBD at week {MEASURED_WEEK}: r alpha a b", now, days=7)
    pl.DataFrame(
        {
            "customer_id": rows["customer_id"].astype("int64").to_numpy(),
            "p": learned.probabilities(rows),
            "n": learned.expected(rows),
        }
    ).write_parquet(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
