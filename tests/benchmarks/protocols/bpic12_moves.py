"""The first move within a fortnight of each open loan application of the BPI Challenge 2012.

Learned from the training part at three cutoffs a week, the last of them mature before what is
measured. Families, cutoffs and parameters were chosen at rolling origins among these.
"""

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import polars as pl
from case_logs import both

from features.catalog import FeatureParams
from features.families import catalog
from features.known.told import Told
from features.vocabulary import vocabulary
from models.learning.boosting import Boosting, BoostingParams
from models.multiclass.baselines import baselines
from models.multiclass.boosting import SeveralBoosting
from models.multiclass.metrics import METRICS, measure
from models.rows.panel import Panel, labelled, scoring_panel
from models.targets.progression import MOVES, PRESENT, Progression

ZONE = ZoneInfo("Etc/GMT-1")  # its midnights are 23:00 UTC
WEEK = timedelta(days=7)
LAST_LEARNED = datetime(2011, 12, 20, 23, tzinfo=UTC)
LEARNED = [
    LAST_LEARNED - week * WEEK - timedelta(days=days)
    for week in reversed(range(10))
    for days in (7, 5, 3)
] + [LAST_LEARNED]
MEASURED = [datetime(2012, 1, 10, 23, tzinfo=UTC) + week * WEEK for week in range(8)]
WATERMARK = datetime(2012, 3, 14, 14, tzinfo=UTC)

STAGES = {
    "A_SUBMITTED": "submitted",
    "A_PREACCEPTED": "preaccepted",
    "A_ACCEPTED": "accepted",
    "O_SENT": "sent",
    "O_SENT_BACK": "sent_back",
    **dict.fromkeys(["A_APPROVED", "A_REGISTERED", "A_ACTIVATED", "O_ACCEPTED"], "won"),
    **dict.fromkeys(["A_DECLINED", "A_CANCELLED"], "lost"),
}
*ORDER, LOST = dict.fromkeys(STAGES.values())
TARGET = Progression(
    order=tuple(ORDER), exits=(LOST,), settled=("won",), embargo_days=0, horizon_days=14
)
VERSIONED = ("customer_id", "known_at", "superseded_at")
FAMILIES = ("recency", "tenure", "frequency", "journey", "steps", "profile")
WINDOWS_DAYS = (1, 3, 7, 14, 28)
PARAMS = BoostingParams(
    learning_rate=0.03,
    leaves=7,
    rows_per_leaf=100,
    feature_share=0.3,
    stop_cutoffs=6,
    rounds=600,
    seeds=3,
)


def told(log: pl.DataFrame) -> Told:
    """Applications as customers: events, what was asked for, and the stages."""
    at = pl.col("time:timestamp").cast(pl.Datetime("us", "UTC"))
    name = pl.col("concept:name")
    rows = log.sort("case", "_event_idx").with_columns(
        customer_id="case",
        known_at=at,
        superseded_at=pl.lit(None, pl.Datetime("us", "UTC")),
        source=pl.lit("log"),
        stage=name.str.split("+").list.first().replace_strict(STAGES, default=None),
    )
    never = pl.lit(None, pl.Int64)
    events = rows.select(
        *VERSIONED,
        "source",
        occurred_at="known_at",
        channel=name.str.slice(0, 1),
        step=name.str.to_lowercase().str.replace_all("[^a-z]+", "_"),
        value=never,
        sentiment=never,
        source_key=pl.col("_event_idx").cast(pl.String).str.zfill(4),
    )
    amount = pl.col("case:AMOUNT_REQ").cast(pl.String)
    customers = rows.unique("case", keep="first", maintain_order=True).select(
        *VERSIONED, "source", valid_from="known_at", amount=amount
    )
    entered = rows.filter(pl.col("stage").is_not_null()).filter(
        (pl.col("stage") != pl.col("stage").shift().over("case")).fill_null(value=True)
    )
    history = entered.select(
        *VERSIONED,
        "stage",
        entered_at="known_at",
        direction=pl.lit("advance"),
        said_by=pl.lit("log"),
    )
    return Told(events=events, customers=customers, stage_history=history)


def as_moves(panel: Panel) -> Panel:
    """The same rows with the four moves as classes."""
    certain = np.eye(len(panel.classes))[panel.y.astype(int)]
    moves = TARGET.moves(certain, panel.column(PRESENT).to_numpy(np.int64)).argmax(axis=1)
    return replace(panel, rows=panel.rows.assign(label=moves), classes=MOVES)


def main() -> None:
    """Learn, predict and write the file that the argument names."""
    log = pl.from_pandas(both("BPI_Challenge_2012")[0])
    train, later = (told(log.filter(pl.col("part") == part)) for part in ("train", "val"))
    stages = {"stages": TARGET.order, "exits": TARGET.exits}
    words = vocabulary([train], MEASURED[0], **stages)
    known = catalog(FeatureParams(families=FAMILIES, windows_days=WINDOWS_DAYS), words)
    learning = scoring_panel([train], LEARNED, known.features, TARGET, zone=ZONE)
    panel = as_moves(labelled(learning, [train], TARGET, watermark=MEASURED[0], zone=ZONE))
    boosting = Boosting(PARAMS, threads=2, categories=known.categories, name="progression")
    asked = scoring_panel([later], MEASURED, known.features, TARGET, zone=ZONE)
    came = as_moves(labelled(asked, [later], TARGET, watermark=WATERMARK, zone=ZONE)).y
    for learner in (*baselines(TARGET.baselines), SeveralBoosting(boosting)):
        p = learner.fit(panel).probabilities(asked.rows)
        found = dict(zip(METRICS, measure(came, p)[0].round(4), strict=True))
        print(learner.name, found, file=sys.stderr)
    keys = {
        "case": asked.rows["customer_id"].str.removeprefix("val").astype("int64"),
        "cutoff": asked.rows["cutoff"].dt.strftime("%Y-%m-%d"),
    }
    answer = pd.concat([pd.DataFrame(keys), pd.DataFrame(p, columns=list(MOVES))], axis=1)
    answer.to_parquet(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
