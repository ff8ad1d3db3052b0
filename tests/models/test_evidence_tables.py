"""The tables of a trial: their columns, and what the audit found in sentences."""

import pandas as pd
import pytest

from models.evidence.tables import COLUMNS, Evidence, table


def test_nothing_found_out_is_a_table_with_its_columns():
    empty = Evidence()
    assert set(empty.tables()) == set(COLUMNS)
    assert all(len(rows) == 0 for rows in empty.tables().values())
    assert empty.alarms == ()


def test_a_table_of_other_columns_is_refused():
    with pytest.raises(ValueError, match="lift has the columns"):
        Evidence(lift=pd.DataFrame({"share": [0.1]}))


def test_an_alarm_is_a_code_and_a_sentence():
    rows = pd.DataFrame(
        {
            "code": ["J10", "J11"],
            "test": ["Rows were deleted.", "Labels were shuffled."],
            "value": [0.0, 0.7],
            "limit": [0.0, 0.6],
            "passed": [True, False],
            "note": ["", "AUC .700"],
        }
    )
    found = Evidence(leakage=table("leakage", rows))
    assert found.alarms == ("J11: Labels were shuffled. AUC .700",)
