"""CSV files: every row is read or known to be broken, and none hides another."""

import csv
import io
from random import Random

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from features.errors import DataRefused
from features.sources import SourceSpec
from features.sources.formats import regular
from features.sources.kinds import csv as csv_kind
from features.sources.raw import ROW

CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
SPEC = SourceSpec(name="calls", kind="csv", path="calls.csv")


def read(content: bytes, tmp_path, **options):
    path = tmp_path / "calls.csv"
    path.write_bytes(content)
    return csv_kind.read(path, SourceSpec(name="calls", kind="csv", path="calls.csv", **options))


def rows(raw):
    return raw.rows.collect().rows()


def written(table, **options) -> str:
    text = io.StringIO()
    csv.writer(text, **options).writerows(table)
    return text.getvalue()


@given(
    table=st.lists(st.tuples(CELL, CELL, CELL), max_size=8),
    separator=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    ending=st.sampled_from(["\n", "\r\n"]),
)
def test_what_is_written_is_read(table, separator, quoting, ending, tmp_path_factory):
    # before Python 3.13 the writer leaves a lone carriage return without quotes
    assume(quoting == csv.QUOTE_ALL or not any("\r" in cell for cells in table for cell in cells))
    header = [("a", "b", "c")]
    text = written(header + table, delimiter=separator, quoting=quoting, lineterminator=ending)
    raw = read(text.encode(), tmp_path_factory.mktemp("csv"), separator=separator)
    assert rows(raw) == [(number, *cells) for number, cells in enumerate(table, start=1)]
    assert raw.broken == ()


@given(content=st.binary(max_size=200))
def test_garbage_is_read_or_refused(content, tmp_path_factory):
    folder = tmp_path_factory.mktemp("csv")
    lines = [line for line in content.replace(b"\r", b"\n").split(b"\n") if line]
    try:
        raw = read(b"a,b\n" + content, folder)
    except DataRefused:
        pytest.fail("the header is sound")
    assert len(rows(raw)) + len(raw.broken) <= len(lines)
    if b'"' not in content:
        assert len(rows(raw)) + len(raw.broken) == len(lines)


@given(
    lines=st.lists(
        st.sampled_from(["1,x", '2,"y"', '3,"two\nlines"', "4", "5,6,7", '8,"open', ""])
    ),
    at_once=st.integers(1, 4),
)
def test_rows_do_not_depend_on_how_many_are_read_at_once(lines, at_once, tmp_path_factory):
    folder = tmp_path_factory.mktemp("csv")
    content = "\n".join(["a,b", *lines]).encode()
    whole = read(content, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_kind, "_LINES_AT_ONCE", at_once)
        parts = read(content, folder)
    assert (rows(parts), parts.broken) == (rows(whole), whole.broken)


TEXTS = [
    "1,2",
    "x",
    ",",
    ";",
    "\n",
    "\r\n",
    "\r",
    '"',
    "\0",
    "é",
    "\ufeff",
    "x\x01",
    "x^",
    "#",
    " ",
]
RECORDS = ['"1","2"\n', '"a,""b""",\r\n', '"x\ny",2\n', '"","\n\n"\n', '"1,2\n']
PIECES = st.sampled_from(
    [
        *(record.encode() for record in RECORDS),
        *(text.encode() for text in [*TEXTS, "\n", "\x0b", "\x1c", "\u2028", "NULL", "1,2\n" * 3]),
        *(b"\xff", b"\x1f\x8b", b"\xed\xa0\x80"),
    ]
)


@given(
    content=st.one_of(st.lists(PIECES, max_size=24).map(b"".join), st.binary(max_size=60)),
    header=st.sampled_from(
        [b"a,b\n", b"a\n", b"\n\r\na,b,c\r\n", b'"a\nb"\n', b"\xef\xbb\xbfa\xc3\xa9\n"]
    ),
    separator=st.sampled_from(",;"),
    encoding=st.sampled_from(["utf-8", "cp1252"]),
    at_once=st.integers(1, 40),
    with_care=st.integers(1, 20),
)
def test_the_fast_reading_is_the_careful_one(
    content, header, separator, encoding, at_once, with_care, tmp_path_factory
):
    folder = tmp_path_factory.mktemp("csv")
    content = header.replace(b",", separator.encode()) + content
    options = {"separator": separator, "encoding": encoding}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(regular, "split", lambda *_: None)
        careful = read(content, folder, **options)
    fast = read(content, folder, **options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_kind, "_BYTES_AT_ONCE", at_once)
        patch.setattr(csv_kind, "_BYTES_WITH_CARE", with_care)
        in_parts = read(content, folder, **options)
    assert (rows(fast), fast.broken) == (rows(careful), careful.broken)
    assert (rows(in_parts), in_parts.broken) == (rows(careful), careful.broken)


@given(lines=st.lists(st.lists(st.sampled_from(["", "x", " y", "é"]), min_size=1, max_size=3)))
def test_polars_is_given_only_what_it_splits_as_python_does(lines):
    text = "".join(",".join(cells) + "\n" for cells in lines)
    found = regular.split(text.encode(), ["a", "b"], ",")
    if found is None:
        assert not lines or {*map(len, lines)} != {2}
    else:
        assert found.rows.rows() == list(map(tuple, csv.reader(io.StringIO(text))))
        assert found.end == len(text.encode())


@example(text="x\n,,", width=2)
@given(text=st.text('",\n\r x', max_size=30), width=st.integers(1, 3))
def test_quotes_are_read_as_python_reads_them_or_not_at_all(text, width):
    found = regular.split(text.encode(), list("abc")[:width], ",")
    if found:
        records = csv.reader(io.StringIO(text[: found.end], newline=""), strict=True)
        assert found.rows.rows() == list(map(tuple, records))


@given(
    table=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    ending=st.sampled_from(["\n", "\r\n"]),
)
def test_what_python_writes_is_regular(table, quoting, ending):
    assume(not any("\r" in cell for cells in table for cell in cells))
    content = written(table, quoting=quoting, lineterminator=ending).encode()
    found = regular.split(content, ["a", "b"], ",")
    assert (found.rows.rows(), found.end) == (table, len(content))


def test_much_text_is_split_at_the_same_places():
    """Polars parts it among its threads, and must not part a field."""
    random = Random(3)
    cells = ["x", "", 'said "no"', "two\nlines", '"\n","', ",,", "\n" * 9, "é" * 40]
    table = [tuple(random.choices(cells, k=3)) for _ in range(60_000)]
    content = written(table, lineterminator="\n").encode()
    found = regular.split(content, ["a", "b", "c"], ",")
    assert (found.rows.rows(), found.end) == (table, len(content))


@pytest.mark.parametrize("length", [131_071, 131_072, 131_073, 200_000, 10_000_000])
def test_a_field_too_long_is_broken_however_the_file_is_read(length, tmp_path):
    raw = read(b"a,b\n1,2\n" * 2 + b"1," + b"x" * length + b"\n3,4\n", tmp_path)
    assert raw.broken == (() if length <= csv.field_size_limit() else (4,))
    assert rows(raw)[-1] == (5, "3", "4")


@pytest.mark.parametrize(
    "broken",
    ["1", "1,2,3", '1,"open', '1,"shut"x', "1,\0", "1,\xff", '"'],
    ids=["short", "long", "open quote", "text after a quote", "NUL", "no UTF-8", "only a quote"],
)
def test_a_broken_row_takes_no_other_with_it(broken, tmp_path):
    lines = ["a,b", "one,1", broken, 'two,"2"', "three,3"]
    raw = read("\n".join(lines).encode("latin-1"), tmp_path)
    assert rows(raw) == [(1, "one", "1"), (3, "two", "2"), (4, "three", "3")]
    assert raw.broken == (2,)


def test_empty_lines_are_no_rows(tmp_path):
    content = "\n\na,b\n" + "\n" * 9_000 + "1,2\n\n"
    assert rows(read(content.encode(), tmp_path)) == [(1, "1", "2")]


def test_a_mark_of_the_encoding_is_no_part_of_the_header(tmp_path):
    raw = read("\ufeffa,b\n1,2\n".encode(), tmp_path)
    assert raw.rows.collect().columns == [ROW, "a", "b"]


def test_another_encoding_is_declared(tmp_path):
    assert rows(read("a,b\né,2\n".encode("cp1252"), tmp_path, encoding="cp1252")) == [(1, "é", "2")]
    assert rows(read("a,b\né,2\n".encode("utf-16"), tmp_path, encoding="utf-16")) == [(1, "é", "2")]


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        (b"", {}, "empty file"),
        (b"\n\n", {}, "empty file"),
        (b"a,b,a\n", {}, "two columns with one name: a"),
        (b"a,_jejak_row\n", {}, "a name that jejak keeps for itself"),
        ("a,b\n1,2\n".encode("utf-16"), {}, "header of source 'calls' cannot be read"),
        (b'a,"b\n1,2\n', {}, "header of source 'calls' cannot be read"),
        (b"a;b\n1;2\n", {}, "is one column, with ';' in its name"),
        (b"a,b\n1,2\n", {"encoding": "klingon"}, "cannot be read as klingon"),
        (b"a,b\n\\q,2\n", {"encoding": "unicode_escape"}, "cannot be read as unicode_escape"),
        (b"a,b\n1,2\n", {"encoding": "utf-16"}, "cannot be read as utf-16"),
    ],
)
def test_a_file_that_is_no_table_is_refused(content, options, said, tmp_path):
    with pytest.raises(DataRefused, match=said):
        read(content, tmp_path, **options)
