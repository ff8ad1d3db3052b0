"""Work done elsewhere: what comes back is what was made, or says what is wrong."""

from functools import partial
from zipfile import ZipFile

import pyarrow as pa
import pytest
from sparked import refused_from, squares

import features
from features.durable import only_writer
from features.engine import spark
from features.engine.partitions import ComputeParams, Local
from features.engine.shipping import exchange, packed
from features.engine.tasks import Task, collected, versions, worker_lacks
from features.errors import DataRefused, WorkspaceInvalid

PLACES = [3, 0, 5]


def told(folder, work=squares, places=PLACES, **kwargs):
    """The answers to a task, as an engine would bring them: in any order."""
    kwargs.setdefault("versions", versions())
    task = Task(work=work, places=places, folder=folder, **kwargs)
    numbers = pa.record_batch({"id": [2, 0, 1]})
    return [row for batch in task.answers(iter([numbers])) for row in batch.to_pylist()]


def test_tables_come_back_in_the_order_of_the_places(tmp_path):
    tables = list(collected(told(tmp_path), tmp_path))
    assert [table.num_rows for table in tables] == PLACES
    assert tables == list(Local().map(squares, PLACES))


def test_a_table_without_rows_keeps_its_columns(tmp_path):
    empty = list(collected(told(tmp_path), tmp_path))[1]
    assert empty.schema == squares(0).schema


def test_tables_are_gone_once_they_are_read(tmp_path):
    list(collected(told(tmp_path), tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_what_the_work_refuses_is_told_as_it_was(tmp_path):
    answers = told(tmp_path, work=partial(refused_from, first=3))
    with pytest.raises(DataRefused, match="place 3 is refused") as refusal:
        collected(answers, tmp_path)
    assert (refusal.value.where, refusal.value.mend) == ("its file", "read it again")


def test_a_mistake_in_the_work_is_no_answer(tmp_path):
    with pytest.raises(ZeroDivisionError):
        told(tmp_path, work=lambda place: place / 0)


@pytest.mark.parametrize("harm", ["cut", "gone"])
def test_a_file_that_is_not_what_was_written_is_refused(tmp_path, harm):
    answers = told(tmp_path)
    file = tmp_path / answers[1]["file"]
    file.unlink() if harm == "gone" else file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(DataRefused, match="not what this machine reads"):
        list(collected(answers, tmp_path))


def test_another_version_of_a_library_is_refused(tmp_path):
    answers = told(tmp_path, versions={**versions(), "polars": "0.1"})
    with pytest.raises(WorkspaceInvalid, match=r"polars [\d.]+, not 0\.1.*on every worker"):
        collected(answers, tmp_path)


def test_a_module_that_a_worker_lacks_is_named():
    assert "no module polars" in str(worker_lacks("ModuleNotFoundError: No module named 'polars'"))
    assert worker_lacks("ZeroDivisionError: division by zero") is None


def test_files_on_their_way_are_gone_afterwards(tmp_path):
    with exchange(tmp_path / "spark") as own:
        (own / "table").write_text("")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_removed_and_a_living_one_is_not(tmp_path):
    (tmp_path / "run-killed").mkdir()
    (tmp_path / "run-killed" / ".lock").touch()
    with exchange(tmp_path) as living, exchange(tmp_path) as own:
        assert {*tmp_path.iterdir()} == {living, own}


def test_a_folder_is_held_while_it_is_used(tmp_path):
    with exchange(tmp_path) as own, pytest.raises(DataRefused), only_writer(own):
        pass


def test_packages_are_packed_as_they_are_imported(tmp_path):
    archive = ZipFile(packed(["features"], tmp_path / "code.zip"))
    own = archive.read("features/__init__.py").decode()
    assert own.startswith(f'"""{features.__doc__.splitlines()[0]}')
    assert {"features/build.py", "features/families/recency.py"} <= {*archive.namelist()}


def test_a_package_that_is_not_there_cannot_be_packed(tmp_path):
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        packed(["no_such_package"], tmp_path / "code.zip")


def test_only_settings_of_spark_are_taken():
    with pytest.raises(ValueError, match=r"'executor\.memory' is no setting of Spark"):
        ComputeParams(spark={"executor.memory": "4g"})


@pytest.mark.parametrize("partitions", [0, 65_537])
def test_only_so_many_partitions_can_be(partitions):
    with pytest.raises(ValueError, match="write a number from 1 to 65536"):
        ComputeParams(partitions=partitions)


def test_without_pyspark_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(spark, "find_spec", lambda _: None)
    with (
        pytest.raises(WorkspaceInvalid, match=r"pip install 'pyspark>=4,<5'"),
        spark.on_spark(ComputeParams(engine="spark"), tmp_path, ["features"]),
    ):
        pass
