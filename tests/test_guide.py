"""The guides: their tables are the code's, their examples are whole."""

import re
import runpy
from pathlib import Path

import pytest

from features.own.own import features_in

DOCS = Path(__file__).resolve().parent.parent / "docs"
MADE = runpy.run_path(str(DOCS / "tables.py"))


@pytest.mark.parametrize("guide", MADE["TABLES"])
def test_tables_are_what_the_code_says(guide):
    text = (DOCS / guide).read_text(encoding="utf-8")
    assert MADE["written"](guide, text) == text, "run: python docs/tables.py"


@pytest.mark.parametrize(("guide", "tables"), MADE["TABLES"].items())
def test_every_table_is_there(guide, tables):
    text = (DOCS / guide).read_text(encoding="utf-8")
    assert re.findall(r"(?m)^<!-- (\w+) -->$", text)[::2] == [*tables]


def test_the_example_of_a_feature_is_whole():
    guide = (DOCS / "features.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"(?s)```python\n(.*?)```", guide)
    names = ["days_since_return", "return_share_28d", "return_share_84d"]
    assert [one.name for one in features_in(example, "features.md")] == names
