"""The guide to features: its tables are the code's, its examples are whole."""

import re
import runpy
from pathlib import Path

from features.own import features_in

HOUSE = Path(__file__).resolve().parent.parent
GUIDE = (HOUSE / "docs" / "features.md").read_text(encoding="utf-8")


def test_its_tables_are_what_the_code_says():
    written = runpy.run_path(str(HOUSE / "docs" / "tables.py"))["written"](GUIDE)
    assert written == GUIDE, "run: python docs/tables.py"


def test_every_table_is_there():
    tables = runpy.run_path(str(HOUSE / "docs" / "tables.py"))["TABLES"]
    assert re.findall(r"(?m)^<!-- (\w+) -->$", GUIDE)[::2] == [*tables]


def test_its_example_of_a_feature_is_whole():
    (example,) = re.findall(r"(?s)```python\n(.*?)```", GUIDE)
    names = ["days_since_return", "return_share_28d", "return_share_84d"]
    assert [one.name for one in features_in(example, "features.md")] == names
