"""Work done by a real Spark on this machine: the same as without it."""

import os
import sys
from functools import partial

import pytest
from sparked import ON_TWO, PACKAGES, divided, refused_from, squares, whereabouts

from features.errors import DataRefused
from features.partitions import Local
from features.spark import on_spark

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    with on_spark(ON_TWO, tmp_path_factory.mktemp("spark"), PACKAGES) as engine:
        yield engine


def test_spark_makes_what_this_machine_makes(local):
    assert list(local.map(squares, range(20))) == list(Local().map(squares, range(20)))


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
    with pytest.raises(DataRefused, match="place 7 is refused") as refusal:
        local.map(partial(refused_from, first=7), range(20))
    assert refusal.value.where == "its file"


def test_a_mistake_in_the_work_is_told_with_its_trace(local):
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        local.map(partial(divided, by=0), [1])


def test_workers_are_others_with_the_same_python_and_one_thread(local):
    told = [table.to_pylist()[0] for table in local.map(whereabouts, range(20))]
    assert os.getpid() not in {one["pid"] for one in told}
    assert {one["threads"] for one in told} == {"1"}
    assert {one["python"] for one in told} == {sys.executable}
