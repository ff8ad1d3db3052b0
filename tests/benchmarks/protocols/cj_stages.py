"""Stages of the Complete Journey households: where each stands when four weeks are over.

Each measured cutoff is predicted by a model that learned from the bi-weekly cutoffs whose labels
were known by then. The settings of the workspace were chosen on cutoffs up to day 252.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import complete_journey as journey
import numpy as np
import pandas as pd

from models.judging.bootstrap import POOLED
from models.judging.evaluation import Backtest, backtest
from models.multiclass.baselines import baselines
from models.multiclass.boosting import SeveralBoosting
from models.multiclass.masks import Mask, Masking
from models.targets.progression import PRESENT, Progression

LAST_DAY, ORIGINS = 308, 3


def predicted(last_day: int = LAST_DAY, origins: int = ORIGINS) -> tuple[Backtest, Progression]:
    """The last origins up to a day, each by what had matured, as a retraining predicts them."""
    with TemporaryDirectory() as folder:
        workspace, snapshot = journey.made(Path(folder), "complete-journey-stages")
        features = journey.known(workspace, snapshot)
        target = workspace.settings.progression
        panel = journey.panel(workspace, snapshot, features, target, last_day)
        mask = Mask.of(PRESENT, target.possible(np.arange(len(target.stages))))
        boosting = SeveralBoosting(journey.learner(workspace, features, target))
        learners = [Masking(one, mask) for one in (boosting, *baselines(target.baselines))]
        return backtest(panel, learners, origins), target


def main() -> None:
    """Predict the measured cutoffs and write the file that the argument names."""
    tested, target = predicted()
    metrics = tested.comparison.metrics
    shown = metrics[metrics["origin"] == POOLED]
    print(shown.drop(columns="origin").round(4).to_string(index=False), file=sys.stderr)
    ids = tested.keys["customer_id"].astype("int64").to_numpy()
    days = (tested.keys["cutoff"] - journey.DAY_0).dt.days.to_numpy()
    p = pd.DataFrame(tested.p[target.predicts], columns=list(target.classes))
    p.assign(household_id=ids, cutoff_day=days).to_parquet(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
