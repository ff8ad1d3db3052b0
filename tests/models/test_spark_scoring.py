"""Scores by a real Spark: a cluster that has no jejak of its own."""

import pytest
from buyers import WATERMARK, ZONE, bought_trial, buying
from clusters import bare_python, cluster
from sparked import PACKAGES, WITH_TESTS, whereabouts
from stored import in_lake

from features.engine.partitions import ComputeParams, Local
from features.engine.spark import on_spark
from features.known.told import Told
from features.own.own import features_in
from models.answers.scoring import Telling, score_parts

pytestmark = pytest.mark.slow

OWN = '''
from features.own.authoring import feature
from features.catalog import reads
from features.known.past import Where

ORDER = Where(step="order")

@feature(unit="events", needs=reads(ORDER))
def orders_ever(past):
    """Orders, ever."""
    return past.count(ORDER) * 1.0
'''


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    """The scores that an engine makes of a lake, one part of which is empty."""
    root = tmp_path_factory.mktemp("scored") / "lake"
    parts = in_lake(Told(events=buying()), root, partitions=4, empty=1)
    beside = features_in(OWN, "jejak_features.py")

    def made(engine):
        model = bought_trial().model
        options = {"zone": ZONE, "engine": engine, "telling": Telling(language="id")}
        return score_parts(model, parts, WATERMARK, beside, **options)

    return made


def same(one, other) -> bool:
    lists = [[list(few) for few in each.rows["reasons"]] for each in (one, other)]
    told = [each.rows.drop(columns="reasons") for each in (one, other)]
    return told[0].equals(told[1]) and lists[0] == lists[1] and one.not_at_risk == other.not_at_risk


def test_a_cluster_runs_the_code_that_it_is_sent(scored, tmp_path):
    with cluster(tmp_path / "cluster") as master:
        settings = {**WITH_TESTS, **bare_python(tmp_path)}
        params = ComputeParams(engine="spark", master=master, spark=settings)
        with on_spark(params, tmp_path / "spark", PACKAGES) as spark:
            assert same(scored(spark), scored(Local()))
            told = next(spark.map(whereabouts, [0])).to_pylist()[0]
    assert "jejak.zip" in told["code"]
