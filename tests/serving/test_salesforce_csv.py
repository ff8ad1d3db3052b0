"""Rows as Salesforce reads them, told back by Python's own reader of CSV."""

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.destinations.destination import Row
from serving.destinations.salesforce.sheets import EMPTIES, CsvTable, read_results
from serving.destinations.troubles import OutcomeUnknown

TABLE = CsvTable("Key__c", ["A__c", "B__c"])

plain = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
texts = st.text(plain, max_size=20)
values = st.one_of(
    st.none(), texts, st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False)
)
keys = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=8)
rows = st.lists(
    st.builds(
        lambda key, a, b: Row(key=key, op="set", values={"A__c": a, "B__c": b}),
        keys,
        values,
        values,
    ),
    max_size=5,
)


def meant(value):
    """What a cell says, by another way than the code's."""
    if value in (None, "") and value is not False:
        return EMPTIES
    if isinstance(value, bool):
        return {True: "true", False: "false"}[value]
    return "\n".join(value.replace("\r\n", "\n").split("\r")) if isinstance(value, str) else value


@given(rows)
def test_what_is_written_is_what_is_read(given_rows):
    content = TABLE.content(given_rows)
    assert len(content) == len(TABLE.header) + sum(len(TABLE.line(row)) for row in given_rows)
    assert b"\r" not in content
    read = list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))
    assert read[0] == ["Key__c", "A__c", "B__c"]
    for row, cells in zip(given_rows, read[1:], strict=True):
        assert cells[0] == row.key
        for name, cell in zip(("A__c", "B__c"), cells[1:], strict=True):
            value = meant(row.values[name])
            if isinstance(value, int | float):
                assert "e" not in cell.lower()
                assert (float(Decimal(cell)) if isinstance(value, float) else int(cell)) == value
            else:
                assert cell == value


def test_a_file_by_eye():
    told = [
        Row(key="c1", op="set", values={"A__c": 0.7134, "B__c": '=HYPERLINK("x"),\r\nsecond line'}),
        Row(key="c2", op="clear", values={"A__c": None, "B__c": ""}),
        Row(key="c3", op="set", values={"A__c": False}),
        Row(key="c4", op="set", values={"A__c": 1, "B__c": "one\ntwo"}),
    ]
    assert TABLE.content(told).decode().split("\n") == [
        "Key__c,A__c,B__c",
        'c1,0.7134,"=HYPERLINK(""x""),',
        'second line"',
        "c2,#N/A,#N/A",
        "c3,false,",
        'c4,1,"one',
        'two"',
        "",
    ]


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("", "x", "Key__c is empty"),
        (" c1", "x", "ends blank"),
        ("#N/A", "x", "Key__c is empty, #N/A"),
        ("c\n1", "x", "a character that no key may"),
        ("c\ud83d", "x", "a character that no key may"),
        ("c1", "#N/A", "A__c holds the very text #N/A"),
        ("c1", "x" * 32_001, "A__c is longer than 32000"),
        ("c1", "half \ud83d", "A__c holds a NUL or half"),
        ("c1", float("nan"), "A__c is no finite number"),
    ],
)
def test_what_would_be_read_as_something_else_is_not_sent(key, value, words):
    refusal = TABLE.refusal(Row(key=key, op="set", values={"A__c": value, "B__c": "good"}))
    assert words in refusal.message
    assert refusal.code in ("KEY_UNFIT", "VALUE_UNFIT")


def test_a_row_is_no_longer_than_a_record_may_be():
    table = CsvTable("Key__c", [f"F{n}__c" for n in range(13)])
    long = Row(key="c1", op="set", values=dict.fromkeys(table.fields, "é" * 31_000))
    assert "longer than 400000" in table.refusal(long).message
    fits = Row(key="c1", op="set", values=dict.fromkeys(table.fields, "é" * 30_000))
    assert table.refusal(fits) is None


@given(st.lists(st.tuples(keys, texts), max_size=5))
def test_lists_of_results_are_read_by_the_names_of_columns(listed):
    text = io.StringIO()
    lines = [
        ["sf__Id", "sf__Error", "B__c", "Key__c"],
        *(["", error, "b", key] for key, error in listed),
    ]
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(lines)
    content = text.getvalue().encode()
    assert list(read_results(content, "Key__c", "sf__Error")) == listed
    assert list(read_results(b"", "Key__c")) == []


@pytest.mark.parametrize(
    "content", [b"sf__Id,Key__c\n003,c1\n004", b'Key__c\n"c1', b"Other__c\nc1\n", b"Key__c\n\xff\n"]
)
def test_a_list_that_is_cut_is_no_list(content):
    with pytest.raises(OutcomeUnknown):
        list(read_results(content, "Key__c"))
