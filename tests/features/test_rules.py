"""Rules that a workspace writes: of each row from that row alone, whatever they reckon with."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.stages.rules import first_that_holds, is_by_row, mistakes_in_rules, parsed

NUMBERS = st.recursive(
    st.sampled_from(["a", "b", "2", "0.5"]),
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*/%"), inner)
        | st.builds("{}({})".format, st.sampled_from(["ABS", "ROUND", "SIN"]), inner)
    ),
    max_leaves=6,
)
OTHERS = st.sampled_from(["SUM({})", "MAX({})", "AVG({})", "COUNT({})"])


@given(NUMBERS, st.sampled_from(["< 1", ">= 1", "= 1", "<> 1", "IN (1, 2)", "NOT IN (1)"]))
def test_whatever_is_reckoned_within_a_row_is_by_row(number, compared):
    assert is_by_row(pl.sql_expr(f"{number} {compared}"))


@given(NUMBERS, NUMBERS, OTHERS, st.sampled_from("+-*/%"))
def test_whatever_is_reckoned_over_rows_is_not(one, other, over, sign):
    over_rows = over.format(other + " + a")
    assert not is_by_row(pl.sql_expr(f"{one} {sign} {over_rows} > 1"))


@pytest.mark.parametrize(
    ("rule", "held"),
    [
        ("a / b < 0.2", [True, False, None]),
        ("a * b > 30", [False, True, None]),
        ("a % 2 = 0", [False, True, True]),
        ("name = 'x / y' AND a * 2 > 1", [True, False, False]),
        ("name IN ('x', 'z')", [False, True, False]),
        ("b NOT IN (4, 5)", [True, False, None]),
        ("ROUND(a / 3) IN (1, 3) OR POW(a, 2) = 1", [True, True, True]),
    ],
)
def test_a_rule_is_judged_row_by_row(rule, held):
    facts = pl.DataFrame({"a": [1, 8, 2], "b": [10, 4, None], "name": ["x / y", "x", "y"]})
    rules = parsed("personas", {"this": rule})
    found = first_that_holds(facts, "personas", rules).to_list()
    assert found == ["this" if one else None for one in held]


@pytest.mark.parametrize(
    "rule",
    [
        "SUM(a / b) > 2",
        "a / SUM(b) > 2",
        "a > LAG(a) OVER (ORDER BY b)",
        "ROUND(SUM(a)) > 2",
        "a + SUM(b) IN (1, 2)",
        "a / SUM(b) NOT IN (1)",
    ],
)
def test_a_rule_over_several_rows_is_refused(rule):
    (mistake,) = mistakes_in_rules({"this": rule})
    assert "looks at other customers or days" in mistake.reason
