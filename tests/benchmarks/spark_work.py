"""A night of a lake of made-up journeys by one engine: the whole catalog, scores, reasons."""

import json
import sys
from contextlib import contextmanager
from datetime import UTC, timedelta
from hashlib import sha256
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

import lightgbm as lgb
import numpy as np
from journey_lake import STAGE_PARAMS, ZONE
from panel_work import DAYS, START, Clock

from features.catalog import FeatureParams
from features.engine.partitions import ComputeParams, Engine, Local
from features.engine.spark import on_spark
from features.families import FAMILIES, catalog
from features.known.told import Parts
from features.lake import open_lake
from features.vocabulary import vocabulary
from models.answers.churn import ChurnModel
from models.answers.scoring import Telling, score_parts
from models.judging.calibration import Calibration
from models.learning.boosting import BoostingParams, matrix
from models.rows.panel import scoring_panel
from models.targets.inactivity import InactivityChurn
from pipelines.settings.compute import ROOMS

END = (START + timedelta(days=DAYS)).replace(tzinfo=UTC)
TARGET = InactivityChurn(steps=("purchase",), active_within_days=56)
ROUNDS = 1000
"""Trees of the model: two hundred of each of five seeds."""


def learned(parts: Parts, place: int) -> ChurnModel:
    """A model of ordinary size over the whole catalog; what it predicts is made up."""
    words = vocabulary(parts, END, stages=STAGE_PARAMS.order, exits=STAGE_PARAMS.exits)
    params = FeatureParams(families=tuple(FAMILIES), segments=("plan",))
    features = {one.name: one for one in catalog(params, words).features}
    panel = scoring_panel([parts[place]], [END], [*features.values()], TARGET, zone=ZONE)
    x = matrix(panel.rows, tuple(features))
    dice = np.random.default_rng(1)
    late = panel.rows["rfm_recency_days"].to_numpy() > dice.uniform(0, 56, len(x))
    trees = {"num_leaves": BoostingParams.leaves, "learning_rate": 0.02, "verbosity": -1}
    told = {"objective": "binary", "num_threads": 1, "min_data_in_leaf": 20, **trees}
    booster = lgb.train(told, lgb.Dataset(x, late), ROUNDS)
    return ChurnModel(
        booster_text=booster.model_to_string(),
        features={name: one.definition_hash for name, one in features.items()},
        target=TARGET,
        feature_params=params,
        vocabulary=words,
        calibration=Calibration(),
        tier="boosted",
        grade="B",
        trained_through=f"{END:%Y-%m-%d}",
        rounds=ROUNDS,
    )


@contextmanager
def working(way: str, folder: Path):
    """This machine, or Spark on it."""
    if way == "local":
        yield Local(2)
    else:
        params = ComputeParams(engine="spark", master="local[2]")
        with on_spark(params, folder / ".spark", ROOMS) as spark:
            yield spark


def night(engine: Engine, model: ChurnModel, parts: Parts) -> dict[str, object]:
    """Everyone's score, once features alone have been made of them."""
    clock = Clock()
    work = {"zone": ZONE, "engine": engine}
    rows = scoring_panel(parts, [END], model.needed(), model.target, **work)
    built = clock.told()
    clock = Clock()
    scored = score_parts(model, parts, END, [], telling=Telling(), **work)
    told = clock.told()
    del rows
    digest = sha256(scored.rows.to_json(double_precision=15).encode()).hexdigest()
    return {
        "features": len(model.features),
        "customers": len(scored.rows) + scored.not_at_risk,
        "scored": len(scored.rows),
        "features_seconds": built["seconds"],
        "features_cpu_seconds": built["cpu_seconds"],
        **told,
        "sha256": digest,
    }


def main(way: str, folder: Path) -> None:
    """One night's figures as a JSON line."""
    parts = open_lake(folder / "lake").told()
    model = learned(parts, 0)
    with working(way, folder) as engine:
        told = night(engine, model, parts)
    children = getrusage(RUSAGE_CHILDREN)
    told["children_cpu_seconds"] = children.ru_utime + children.ru_stime
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
