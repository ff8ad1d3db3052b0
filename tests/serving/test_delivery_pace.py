"""The calls of an earlier process count, too."""

from datetime import timedelta

import pytest
from recipients import Clock

from serving.delivery.pace import Pace
from serving.timing import Timing


@pytest.mark.parametrize("ago", [timedelta(seconds=4), timedelta(days=-2)], ids=["ago", "ahead"])
def test_after_an_earlier_process_a_whole_span_passes_and_no_more(ago):
    """Though the clock was set back meanwhile."""
    clock = Clock()
    pace = Pace(clock.timing, calls=100, seconds=10, last_call_at=clock.instant - ago)
    pace.before_call()
    assert clock.slept == (10 - 4 if ago > timedelta() else 10)
    pace.after_call()
    pace.before_call()
    assert clock.slept <= 10


def test_a_clock_that_stands_is_not_waited_for_for_ever():
    slept, noon = [], Clock().instant
    timing = Timing(now=lambda: noon, sleep=slept.append, chance=lambda: 0.5)
    pace = Pace(timing, calls=1, seconds=10, last_call_at=noon)
    pace.before_call()
    assert slept == [10]
