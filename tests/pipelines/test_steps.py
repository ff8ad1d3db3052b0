"""Steps as tasks: what is not told to Prefect, and what is tried again."""

import pytest
from prefect.client.schemas.objects import TaskRun
from prefect.states import Failed

from features.errors import DataRefused, RunRefused
from pipelines.flows.steps import StepFailed, as_disk_step, as_step


def raising(error):
    def read_rows():
        raise error

    return read_rows


def test_a_result_is_returned_and_the_task_has_the_functions_name():
    def read_rows(count):
        return ["row"] * count

    step = as_step(read_rows)
    assert step.fn(2) == ["row", "row"]
    assert step.name == "read rows"
    assert step.persist_result is False
    assert step.retries == 0


def test_the_text_of_a_dependency_is_told_to_nobody_but_the_cause():
    with pytest.raises(StepFailed) as raised:
        as_step(raising(ValueError("could not parse Siti Rahma"))).fn()
    assert str(raised.value) == "ValueError"
    assert "Siti" in str(raised.value.__cause__)


def test_a_refusal_keeps_its_words():
    with pytest.raises(DataRefused, match="empty"):
        as_step(raising(DataRefused("empty"))).fn()


@pytest.mark.parametrize(
    ("error", "tried_again"),
    [(OSError("disk"), True), (PermissionError("disk"), True), (ValueError("x"), False)],
)
def test_only_what_may_pass_is_tried_again(error, tried_again):
    step = as_disk_step(raising(error))
    with pytest.raises(StepFailed) as raised:
        step.fn()
    state = Failed(data=raised.value)
    run = TaskRun(task_key="read", dynamic_key="0")
    assert step.retries == 2
    assert step.retry_condition_fn(step, run, state) is tried_again


@pytest.mark.parametrize("refusal", [DataRefused("the lake"), RunRefused("the store")])
def test_a_refusal_for_which_a_disk_or_database_was_at_fault_is_tried_again(refusal):
    class OperationalError(Exception):
        """As databases call it."""

    for cause, tried_again in [
        (OSError("disk"), True),
        (OperationalError("locked"), True),
        (ValueError("x"), False),
    ]:
        refusal.__cause__ = cause
        step, run = as_disk_step(raising(refusal)), TaskRun(task_key="read", dynamic_key="0")
        assert step.retry_condition_fn(step, run, Failed(data=refusal)) is tried_again


def test_a_refusal_is_not_tried_again():
    step = as_disk_step(raising(DataRefused("empty")))
    run = TaskRun(task_key="read", dynamic_key="0")
    assert step.retry_condition_fn(step, run, Failed(data=DataRefused("empty"))) is False
