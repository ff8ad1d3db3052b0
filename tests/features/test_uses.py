"""What a function of a file uses there: all that can change it, and nothing else."""

import pytest

from features.own.uses import code_of, imported, statements_in

FILE = '''
"""A file."""
from math import *
from numpy import where as chosen
import numpy as np

LIMIT = 3
TABLE = {}
TABLE["a"] = LIMIT
UNUSED = 9

if LIMIT:
    def far(past):
        return past
else:
    from elsewhere import far

class Kept:
    """Kept."""
    def close(self):
        """Close."""
        return chosen

def helper(past):
    "Says something."  # and a comment
    return Kept(), TABLE, far(past)

@feature(unit="days", over={"days": (UNUSED,)})
def first(past):
    """First."""
    return helper(past)

@authoring.feature(unit="days")
@np.vectorize
def second(past):
    """Second."""
    return 2

third = feature(unit="days")(second)
'''


def uses(name, text=FILE):
    return code_of(name, statements_in(text))


def test_all_that_it_leads_to_is_used():
    code = uses("first")
    for part in ("LIMIT = 3", "TABLE['a'] = LIMIT", "class Kept", "elsewhere", "chosen", "math"):
        assert part in code


def test_what_nothing_leads_to_is_not():
    code = uses("first")
    for part in ("UNUSED", "second", "third", "unit", "Says", "Kept.", "Close", "comment"):
        assert part not in code
    assert "LIMIT" not in uses("second")


def test_other_decorators_stay():
    assert "@np.vectorize" in uses("second")
    assert "import numpy as np" in uses("second")
    assert "@authoring" not in uses("second")


def test_a_name_that_is_assigned_leads_on():
    assert "def second" in uses("third")


def test_of_a_name_bound_in_no_plain_way_all_is_told():
    code = uses("made_by_magic")
    assert all(part in code for part in ("UNUSED", "def first", "third"))


@pytest.mark.parametrize(
    ("change", "to"),
    [("LIMIT = 3", "LIMIT = 4"), ("return past\n", "return -past\n"), ("as chosen", "as other")],
)
def test_a_change_of_what_is_used_shows(change, to):
    assert uses("first", FILE.replace(change, to)) != uses("first")


def test_a_change_of_layout_and_words_does_not():
    other = FILE.replace('"""First."""', '"""Another."""').replace("# and a comment", "# none")
    assert uses("first", other.replace("LIMIT = 3", "LIMIT  =  3")) == uses("first")


def test_imports_bind_names():
    assert imported(statements_in(FILE)) == {"*", "chosen", "np"}
