"""Churn of the Complete Journey households: who has no basket in the next 28 days.

Each measured cutoff is predicted as a night would: by a model that learned from the bi-weekly
cutoffs whose labels were known by then, at the level of the origins that had matured by then. The
settings of the workspace and of the level were chosen on cutoffs up to day 280.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import complete_journey as journey
import pandas as pd

from models.judging.bootstrap import POOLED
from models.judging.evaluation import Backtest, backtest
from models.judging.level import following
from models.learning.baselines import Baseline
from models.trial import CHURN

LAST_DAY = 336
ORIGINS = (LAST_DAY - 168) // journey.EVERY_DAYS + 1
"""From day 168 on; the level is told by all of them."""

MEASURED = (308, 322, 336)
SHOWN = ("auc", "average_precision", "log_loss", "brier", "observed_over_expected", "lift_10")


def predicted(last_day: int = LAST_DAY, origins: int = ORIGINS) -> Backtest:
    """Every origin up to a day, each by what had matured."""
    with TemporaryDirectory() as folder:
        workspace, snapshot = journey.made(Path(folder), "complete-journey")
        features = journey.known(workspace, snapshot)
        target = workspace.settings.churn
        panel = journey.panel(workspace, snapshot, features, target, last_day)
        baselines = [Baseline(name, columns) for name, columns in target.baselines]
        learners = [journey.learner(workspace, features, target), *baselines]
        return backtest(panel, learners, origins)


def main() -> None:
    """Predict the measured cutoffs and write the file that the argument names."""
    tested = predicted()
    metrics = tested.comparison.metrics
    shown = metrics[(metrics["origin"] == POOLED) & metrics["metric"].isin(SHOWN)]
    print(shown.drop(columns="origin").round(4).to_string(index=False), file=sys.stderr)
    rows = tested.predictions.rename(columns={CHURN: "p"})
    answer = pd.DataFrame(
        {
            "household_id": rows["customer_id"].astype("int64"),
            "cutoff_day": (rows["cutoff"] - journey.DAY_0).dt.days,
            "p": following(rows),
        }
    )
    answer[answer["cutoff_day"].isin(MEASURED)].to_parquet(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
