"""Whether tonight's customers can be told from those learned from, beside the usual drift."""

from datetime import timedelta

import pandas as pd
import pytest
from panels import FEATURES, panel

from models.drift.adversarial import apart, told_apart
from models.drift.reference import Recent, reference_of

ONE = panel(cutoffs=3, customers=400)
REFERENCE = reference_of(Recent.of(ONE), dict.fromkeys(FEATURES, 1.0))
TONIGHT = ONE.cutoffs[-1] + timedelta(days=14)


def looked_at(tonight: float, usual: float = 0.0):
    """What is told where a feature grows so much from cutoff to cutoff."""

    def rows_at(cutoff) -> pd.DataFrame:
        if cutoff == TONIGHT:
            rows = panel(cutoffs=1, customers=400, seed=1).rows
            return rows.assign(orders=rows["orders"] + usual + tonight)
        rows = ONE.at(cutoff).rows
        return rows.assign(orders=rows["orders"] - usual * (cutoff < ONE.cutoffs[-1]))

    return told_apart(REFERENCE, TONIGHT, rows_at)


def test_rows_of_one_law_are_not_told_apart():
    rows = [panel(cutoffs=1, customers=400, seed=seed).rows for seed in (0, 1)]
    found = apart(*rows, FEATURES)
    assert found.low < 0.5 < found.high


def test_a_new_crowd_is_told_with_what_is_new_of_it():
    [alarm] = looked_at(tonight=2)
    assert alarm.code == "D30"
    assert str(alarm.told["features"]).startswith("orders")
    assert alarm.measured > alarm.needed >= alarm.told["usual"]


@pytest.mark.parametrize(("tonight", "usual"), [(0, 0), (0, 2)])
def test_what_time_always_does_is_no_alarm(tonight, usual):
    assert looked_at(tonight=tonight, usual=usual) == []
