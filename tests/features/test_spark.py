"""Work done by a real Spark on this machine: the same as without it."""

import os
import random
import sys
from dataclasses import replace
from functools import partial
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from sparked import ON_TWO, PACKAGES, Panelling, bits, divided, refused_from, squares, whereabouts
from stored import crowd, in_lake
from wholes import PARAMS, VOCABULARY, world
from worlds import cutoffs_in

from features.engine.partitions import Local
from features.engine.spark import on_spark
from features.errors import DataRefused
from features.families import FAMILIES, catalog
from features.own.own import own_features
from features.peers.peers import peers

pytestmark = pytest.mark.slow

ZONE = ZoneInfo("Asia/Jakarta")
CUTOFFS = tuple(cutoffs_in(ZONE)[1:])
PARTITIONS = 6
OWN = '''
from features.own.authoring import feature
from features.catalog import reads
from features.known.past import Where

VISIT = Where(step="visit")

@feature(unit="events", needs=reads(VISIT), whole=True)
def visits_ever(past):
    """Visits, ever."""
    return past.count(VISIT)
'''


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    with on_spark(ON_TWO, tmp_path_factory.mktemp("spark"), PACKAGES) as engine:
        yield engine


def test_spark_makes_what_this_machine_makes(local):
    assert list(local.map(squares, range(6))) == list(Local().map(squares, range(6)))


def test_nothing_comes_of_nothing(local):
    assert list(local.map(squares, [])) == []


def test_two_works_do_not_mix(local):
    few, many = local.map(squares, [1, 2]), local.map(squares, [3, 4])
    assert [table.num_rows for pair in zip(few, many, strict=True) for table in pair] == [
        1,
        3,
        2,
        4,
    ]


def test_what_the_work_refuses_is_told_as_it_was(local):
    with pytest.raises(DataRefused, match="place 3 is refused") as refusal:
        local.map(partial(refused_from, first=3), range(6))
    assert refusal.value.where == "its file"


def test_a_mistake_in_the_work_is_told_with_its_trace(local):
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        local.map(partial(divided, by=0), [1])


def test_workers_are_others_with_the_same_python_and_one_thread(local):
    told = [table.to_pylist()[0] for table in local.map(whereabouts, range(6))]
    assert os.getpid() not in {one["pid"] for one in told}
    assert {one["threads"] for one in told} == {"1"}
    assert {one["python"] for one in told} == {sys.executable}


def busy(events: pl.DataFrame, number: int) -> pl.DataFrame:
    """So many events of one customer, a few seconds apart, as those of others are."""
    of = pl.int_range(number) % events.height
    at = pl.lit(CUTOFFS[-1]) - pl.duration(seconds=pl.int_range(number) * 7)
    return (
        pl.select(of=of, at=at)
        .join(events.with_row_index("of"), on="of", how="left")
        .with_columns(
            customer_id=pl.lit("busy"),
            occurred_at="at",
            known_at="at",
            superseded_at=pl.lit(None, events.schema["superseded_at"]),
            source_key=pl.format("busy{}", pl.int_range(number)),
        )
        .select(events.columns)
    )


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """A lake of some eighty customers, one of them with a million events; one part is empty."""
    dice = random.Random(4)
    told = crowd([world(dice, ZONE, 40) for _ in range(20)])
    events = pl.concat([told.events, busy(told.events, 1_000_000)])
    root = tmp_path_factory.mktemp("spark") / "lake"
    return in_lake(replace(told, events=events), root, partitions=PARTITIONS, empty=2)


@pytest.fixture(scope="module")
def features(tmp_path_factory):
    file = tmp_path_factory.mktemp("own") / "jejak_features.py"
    file.write_text(OWN)
    params = replace(PARAMS, families=tuple(FAMILIES))
    return catalog(params, VOCABULARY, own_features(file)).features


def test_the_whole_catalog_is_the_same_to_the_bit(parts, features, local):
    def panel(engine):
        company = peers(parts, CUTOFFS, features, ZONE, engine=engine)
        work = Panelling(parts, CUTOFFS, features, ZONE, company)
        return list(engine.map(work.table, range(PARTITIONS)))

    here, there = panel(Local()), panel(local)
    assert [bits(table) for table in there] == [bits(table) for table in here]
    assert here[2].num_rows == 0
    everyone = pl.concat([pl.from_arrow(table) for table in here])
    assert everyone.filter(pl.col("customer_id") == "busy")["visits_ever"].max() > 10**4
    assert len(features) > 500
