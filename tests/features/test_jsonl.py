"""JSON Lines: every line is a row or known to be broken; nothing changes on its way."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from features.errors import DataRefused
from features.sources import SourceSpec
from features.sources.kinds import jsonl
from features.sources.raw import ROW

NAME = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0."), max_size=4)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
SCALAR = st.none() | st.booleans() | st.integers() | TEXT
OBJECT = st.dictionaries(NAME, SCALAR | st.dictionaries(NAME, SCALAR, max_size=2), max_size=4)


def spec(**options):
    return SourceSpec(name="clicks", kind="jsonl", path="clicks.jsonl", **options)


def raw(content: bytes, folder, **options):
    path = folder / "clicks.jsonl"
    path.write_bytes(content)
    return jsonl.read(path, spec(**options))


def rows(found):
    return found.rows.collect().rows(named=True)


def flat(cells: dict, outer: str = "") -> dict:
    """The oracle: an object's cells as text, without those that hold nothing."""
    made = {}
    for name, cell in cells.items():
        if isinstance(cell, dict):
            made |= flat(cell, f"{outer}{name}.")
        elif cell is not None:
            made[outer + name] = cell if isinstance(cell, str) else json.dumps(cell)
    return made


@given(objects=st.lists(OBJECT, max_size=6), ascii_only=st.booleans())
def test_what_is_written_is_read(objects, ascii_only, tmp_path_factory):
    objects = [{"at": "now"}, *objects]
    text = "\n".join(json.dumps(cells, ensure_ascii=ascii_only) for cells in objects)
    found = raw(text.encode(), tmp_path_factory.mktemp("jsonl"))
    assert found.broken == ()
    assert [
        {name: cell for name, cell in row.items() if cell is not None} for row in rows(found)
    ] == [{ROW: number, **flat(cells)} for number, cells in enumerate(objects, start=1)]


@given(
    content=st.binary(max_size=200)
    | st.text(alphabet='{}[]":,\n\r\\u1d0 ', max_size=200).map(str.encode)
)
@example(content=b'{"a": 1}\r{"a": 2}')
@example(content=b"[" * 200_000)
def test_garbage_loses_no_line(content, tmp_path_factory):
    content = b'{"a": 1}\n' + content
    found = raw(content, tmp_path_factory.mktemp("jsonl"))
    text = content.decode(errors="surrogateescape")
    filled = [number for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    assert sorted([*(row[ROW] for row in rows(found)), *found.broken]) == filled


@pytest.mark.parametrize(
    "broken",
    [
        "12",
        "[1]",
        "null",
        "{",
        '{"a": 1}}',
        '{"a": 1} {"a": 2}',
        '{"a": 1, "a": 2}',
        '{"a": {"b": 1}, "a.b": 2}',
        '{"a": [{"b": 1, "b": 2}]}',
        '{"a": "\\ud800"}',
        '{"\\udfff": 1}',
        '{"a": "\\u0000"}',
        '{"a": "\x01"}',
        '{"a": "\xff"}',
        '{"_jejak_row": 1}',
        "[" * 100_000,
        '{"a":' * 100_000 + "1" + "}" * 100_000,
    ],
    ids=range(17),
)
def test_a_broken_line_takes_no_other_with_it(broken, tmp_path):
    lines = ['{"a": 1}', broken, "", '{"a": 2}']
    found = raw("\n".join(lines).encode("latin-1"), tmp_path)
    assert found.broken == (2,)
    assert rows(found) == [{ROW: 1, "a": "1"}, {ROW: 4, "a": "2"}]


def test_values_stay_as_they_are_written(tmp_path):
    line = (
        '{"id": 0012.0e1}\n{"id": 12345678901234567890.10, "t": true, "f": false, "n": null,'
        ' "nan": NaN, "inf": -Infinity, "deep": {"er": {"x": 1}, "none": {}},'
        ' "list": [1.50, "\\u00e9", {"k": [null]}], "\\u202eright": "\\u200f"}'
    )
    found = raw(line.encode(), tmp_path)
    assert found.broken == (1,)
    assert rows(found) == [
        {
            ROW: 2,
            "id": "12345678901234567890.10",
            "t": "true",
            "f": "false",
            "n": None,
            "nan": "NaN",
            "inf": "-Infinity",
            "deep.er.x": "1",
            "list": '[1.50, "é", {"k": [null]}]',
            "\u202eright": "\u200f",
        }
    ]


NUMBERS = ["0", "-0", "7", "1.5", "1.50", "-0.0", "1e5", "1E400", "0.1e-9", "9" * 18, "9" * 5_000]


@given(numbers=st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=3))
def test_numbers_in_lists_and_alone_stay_as_they_are_written(numbers, tmp_path_factory):
    held = f'[{", ".join(numbers)}, {{"k": {numbers[0]}, "é": [null, "\\""]}}]'
    line = f'{{"a": {held}, "b": {numbers[-1]}, "c": {{"d": {numbers[0]}}}}}'
    (row,) = rows(raw(line.encode(), tmp_path_factory.mktemp("jsonl")))
    assert row == {ROW: 1, "a": held, "b": numbers[-1], "c.d": numbers[0]}


def test_a_name_may_stand_in_the_last_line_only(tmp_path):
    content = b'{"a": 1}\n' * 9_000 + b'{"late": 2}\n'
    found = raw(content, tmp_path)
    assert rows(found)[-1] == {ROW: 9_001, "a": None, "late": "2"}
    path = tmp_path / "clicks.jsonl"
    assert jsonl.schema(path, spec()).names() == ["a", "late"]
    assert jsonl.head(path, spec()).columns == ["a", "late"]


def test_a_long_field_is_read_and_a_longer_line_is_broken(tmp_path, monkeypatch):
    field = "x" * 10_000_000
    content = json.dumps({"a": field}).encode()
    assert rows(raw(content, tmp_path)) == [{ROW: 1, "a": field}]
    monkeypatch.setattr(jsonl, "_LONGEST_LINE", 20)
    content = b'{"a": 1}\n{"a": "' + b"x" * 50 + b'"}\n{"a": 2}\n{"a": "1234567890"}'
    found = raw(content, tmp_path)
    assert found.broken == (2,)
    assert [row["a"] for row in rows(found)] == ["1", "2", "1234567890"]


def test_rows_do_not_depend_on_how_many_are_read_at_once(tmp_path, monkeypatch):
    content = b'{"a": 1}\nx\n{"b": 2}\n\n{"a": 3}\ny'
    whole = raw(content, tmp_path)
    for name, least in [("_ROWS_AT_ONCE", 1), ("_TEXT_AT_ONCE", 1)]:
        with monkeypatch.context() as patch:
            patch.setattr(jsonl, name, least)
            parts = raw(content, tmp_path)
        assert (rows(parts), parts.broken) == (rows(whole), whole.broken)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_another_encoding_is_declared(encoding, tmp_path):
    content = '{"a": "é"}\n{"a": "ü"}'.encode(encoding)
    declared = "utf-8" if encoding == "utf-8-sig" else encoding
    assert [row["a"] for row in rows(raw(content, tmp_path, encoding=declared))] == ["é", "ü"]


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        (b"", {}, "holds no JSON object"),
        (b'[{"a": 1},\n{"a": 2}]', {}, "holds no JSON object"),
        (b'{"a": 1}', {"encoding": "klingon"}, "cannot be read as klingon"),
        (b'{"a": 1}\n', {"encoding": "utf-16"}, "cannot be read as utf-16"),
        (b'{"a": 1}', {"options": {"sheet": "x"}}, "`options.sheet` is not known"),
    ],
)
def test_a_file_that_is_no_table_is_refused(content, options, said, tmp_path):
    with pytest.raises(DataRefused, match=said):
        raw(content, tmp_path, **options)


def test_names_that_are_data_are_refused(tmp_path):
    content = "\n".join(json.dumps({f"customer {at}": 1}) for at in range(jsonl.MOST_COLUMNS + 1))
    with pytest.raises(DataRefused, match="more than 2000 names"):
        raw(content.encode(), tmp_path)
