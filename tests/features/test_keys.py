"""Keys by content: equal for equal rows, whatever stands around them, and for no others."""

from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.sources.keys import content_keys

SCHEMA = {
    "who": pl.String,
    "at": pl.Datetime("us", "UTC"),
    "value": pl.Int64,
    "share": pl.Float64,
    "wanted": pl.Boolean,
}
CELLS = {
    "who": st.sampled_from([None, "", "ana", "ana ", "0", "\x1f"]) | st.text(max_size=6),
    "at": st.sampled_from([None, *(datetime(1970, 1, day, tzinfo=UTC) for day in (1, 2))]),
    "value": st.none() | st.integers(-2, 2) | st.integers(-(2**62), 2**62),
    "share": st.none() | st.floats(allow_nan=False),
    "wanted": st.none() | st.booleans(),
}
rows = st.lists(st.fixed_dictionaries(CELLS), min_size=1, max_size=12)


def frame(told):
    return pl.DataFrame(told, schema=SCHEMA)


def keys(told):
    return content_keys(frame(told), [*SCHEMA]).to_list()


@given(told=rows)
def test_keys_are_equal_exactly_where_rows_are(told):
    contents = [tuple(row[name] for name in SCHEMA) for row in told]
    assert len(set(keys(told))) == len(set(contents))
    by_content = dict(zip(contents, keys(told), strict=True))
    assert keys(told) == [by_content[content] for content in contents]


@given(told=rows, shuffled=st.randoms(), cut=st.integers(0, 12))
def test_neither_order_nor_batches_matter(told, shuffled, cut):
    places = shuffled.sample(range(len(told)), len(told))
    assert keys([told[place] for place in places]) == [keys(told)[place] for place in places]
    assert [*keys(told[:cut]), *keys(told[cut:])] == keys(told)


@pytest.mark.parametrize("name", SCHEMA)
def test_one_changed_cell_changes_the_key(name):
    row = {"who": "ana", "at": datetime(2026, 3, 1, tzinfo=UTC), "value": 5, "share": 0.5}
    row["wanted"] = True
    others = {"who": "anb", "at": datetime(2026, 3, 2, tzinfo=UTC), "value": 6, "share": 0.25}
    others["wanted"] = False
    assert len(set(keys([row, {**row, name: others[name]}, {**row, name: None}]))) == 3


@pytest.mark.parametrize(("name", "empty"), [("who", ""), ("value", 0), ("share", 0.0)])
def test_nothing_is_neither_blank_nor_zero(name, empty):
    nothing = dict.fromkeys(SCHEMA)
    assert len(set(keys([nothing, {**nothing, name: empty}]))) == 2


def test_zero_is_one_number_and_columns_do_not_flow_into_each_other():
    nothing = dict.fromkeys(SCHEMA)
    assert len(set(keys([{**nothing, "share": 0.0}, {**nothing, "share": -0.0}]))) == 1
    pairs = pl.DataFrame({"a": ["x", "xy", "y"], "b": ["yz", "z", "x"]})
    assert content_keys(pairs, ["a", "b"]).n_unique() == 3
    swapped = pairs.select(a="b", b="a")
    both = pl.concat([content_keys(pairs, ["a", "b"]), content_keys(swapped, ["a", "b"])])
    assert both.n_unique() == 6


def test_a_key_is_the_same_for_ever():
    row = {"who": "ana", "at": datetime(2026, 3, 1, tzinfo=UTC), "value": 5, "share": 0.5}
    assert keys([{**row, "wanted": True}, dict.fromkeys(SCHEMA)]) == [
        "FCZ6j3raKKTw7Rsj",
        "nfG40k-qHAH09igW",
    ]


def test_no_key_comes_twice_among_neighbours():
    numbers = pl.DataFrame({"a": range(200_000)}).with_columns(b=pl.col("a") // 1_000)
    found = content_keys(numbers, ["a", "b"])
    assert found.n_unique() == numbers.height
    assert found.str.len_bytes().unique().to_list() == [16]
    assert content_keys(numbers.head(0), ["a", "b"]).to_list() == []
