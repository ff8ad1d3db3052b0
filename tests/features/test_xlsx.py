"""Excel workbooks: cells by their types, and files that would fill the machine refused."""

import struct
import warnings
import zipfile
from datetime import date, datetime
from io import BytesIO

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from features.errors import DataRefused
from features.sources import SourceSpec
from features.sources.formats import archive
from features.sources.kinds import xlsx
from features.sources.raw import ROW

SHEET = "xl/worksheets/sheet1.xml"
TEXT = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), min_size=1, max_size=6
)
CELL = st.none() | st.integers(-(10**14), 10**14) | st.booleans() | TEXT


def spec(**options):
    return SourceSpec(name="deals", kind="xlsx", path="deals.xlsx", **options)


def workbook(fill) -> bytes:
    made = BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_urls": False}) as book:
        fill(book)
    return made.getvalue()


def table(rows) -> bytes:
    def fill(book):
        sheet = book.add_worksheet()
        for at, cells in enumerate(rows):
            for place, cell in enumerate(cells):
                if cell is not None:
                    (sheet.write_string if isinstance(cell, str) else sheet.write)(at, place, cell)

    return workbook(fill)


def raw(content: bytes, folder, **options):
    path = folder / "deals.xlsx"
    path.write_bytes(content)
    return xlsx.read(path, spec(**options))


def rows(found):
    return found.rows.collect().rows()


def text(cell):
    """The oracle of `table`: how a cell reads."""
    if isinstance(cell, bool):
        return str(cell).lower()
    return None if cell is None else str(cell)


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(content)) as book:
        return {name: book.read(name) for name in book.namelist()}


def packed(parts: dict[str, bytes]) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as book:
        for name, part in parts.items():
            book.writestr(name, part)
    return made.getvalue()


PLAIN = parts_of(table([["a", "b"], ["ana", 1], ["budi", 2.5]]))


@given(cells=st.lists(st.tuples(CELL, CELL, CELL), max_size=6))
def test_what_is_written_is_read(cells, tmp_path_factory):
    found = raw(table([("a", "b", "c"), *cells]), tmp_path_factory.mktemp("xlsx"))
    filled = [(at, *map(text, row)) for at, row in enumerate(cells, start=1)]
    assert rows(found) == [row for row in filled if any(cell is not None for cell in row[1:])]
    assert found.broken == ()


@given(
    content=st.binary(max_size=300), magic=st.sampled_from([b"", b"PK\3\4", b"\xd0\xcf\x11\xe0"])
)
def test_garbage_is_refused(content, magic, tmp_path_factory):
    with pytest.raises(DataRefused, match="no Excel workbook"):
        raw(magic + content, tmp_path_factory.mktemp("xlsx"))


@given(
    name=st.sampled_from(sorted(PLAIN)),
    at=st.floats(0, 1),
    cut=st.integers(0, 30),
    put=st.binary(max_size=12) | st.sampled_from([b"<c", b'r="A9"', b"</row>", b"<v>1e999</v>"]),
)
def test_a_damaged_part_is_read_or_refused(name, at, cut, put, tmp_path_factory):
    part = PLAIN[name]
    place = int(at * len(part))
    damaged = part[:place] + put + part[place + cut :]
    try:
        found = raw(packed({**PLAIN, name: damaged}), tmp_path_factory.mktemp("xlsx"))
    except DataRefused:
        return
    numbers = [row[0] for row in rows(found)]
    assert len({*numbers, *found.broken}) == len(numbers) + len(found.broken)


@given(at=st.floats(0, 1))
def test_a_file_cut_in_the_middle_is_refused(at, tmp_path_factory):
    whole = packed(PLAIN)
    with pytest.raises(DataRefused, match="no Excel workbook"):
        raw(whole[: int(at * (len(whole) - 1))], tmp_path_factory.mktemp("xlsx"))


def test_cells_by_their_types(tmp_path):
    def fill(book):
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["id", "when", "amount"])
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        minute = book.add_format({"num_format": "d mmm yyyy h:mm"})
        hours = book.add_format({"num_format": "[h]:mm"})
        sheet.write_number(1, 0, 628123456789)
        sheet.write_datetime(1, 1, datetime(2026, 3, 1, 9, 30), minute)  # noqa: DTZ001
        sheet.write_formula(1, 2, "=1+1", None, 2)
        sheet.write_string(2, 0, "0012")
        sheet.write_datetime(2, 1, date(2026, 3, 2), day)
        sheet.write_formula(2, 2, "=NA()", None, "#N/A")
        sheet.write_boolean(4, 0, True)
        sheet.write_number(4, 1, 1.25, hours)
        sheet.write_number(4, 2, 0.1)

    assert rows(raw(workbook(fill), tmp_path)) == [
        (1, "628123456789", "2026-03-01T09:30:00", "2"),
        (2, "0012", "2026-03-02", None),
        (4, "true", "30:00:00", "0.1"),
    ]


def test_the_header_may_lie_lower_and_be_merged(tmp_path):
    def fill(book):
        sheet = book.add_worksheet()
        sheet.write(0, 0, "Deals of May")
        sheet.merge_range(2, 1, 3, 1, "who")
        sheet.merge_range(2, 2, 2, 3, "money")
        sheet.write_row(3, 2, ["asked", "paid"])
        sheet.write_row(4, 1, ["ana", 5, 4])

    content = workbook(fill)
    two_rows = raw(content, tmp_path, options={"header_row": "4"})
    assert two_rows.rows.collect().columns == [ROW, "column_1", "who", "asked", "paid"]
    assert rows(two_rows) == [(1, None, "ana", "5", "4")]
    one_row = raw(content, tmp_path, options={"header_row": "3"})
    assert one_row.rows.collect().columns == [ROW, "column_1", "who", "money", "money_2"]
    assert raw(content, tmp_path).rows.collect().columns[1:3] == ["Deals of May", "column_2"]


def test_a_sheet_is_chosen_by_its_name(tmp_path):
    def fill(book):
        book.add_worksheet("May").write_column(0, 0, ["a", 5])
        book.add_worksheet("June").write_column(0, 0, ["a", 6])

    content = workbook(fill)
    assert rows(raw(content, tmp_path)) == [(1, "5")]
    assert rows(raw(content, tmp_path, options={"sheet": "June"})) == [(1, "6")]
    path = tmp_path / "deals.xlsx"
    assert xlsx.schema(path, spec()).names() == xlsx.head(path, spec()).columns == ["a"]
    with pytest.raises(DataRefused, match=r"has no sheet 'july'.*there are: May, June"):
        raw(content, tmp_path, options={"sheet": "july"})


@pytest.mark.parametrize(
    ("cells", "options", "said"),
    [
        ([], {}, "has no header"),
        ([["a"]], {"header_row": "2"}, "has no header"),
        ([["a", "a"]], {}, "two columns with one name: a"),
        ([["_jejak_row"]], {}, "a name that jejak keeps for itself"),
        ([["a"]], {"header_row": "0"}, "'0', which is no row"),
        ([["a"]], {"header_row": "first"}, "'first', which is no row"),
        ([["a"]], {"shet": "May"}, "`options.shet` is not known.*did you mean `sheet`?"),
    ],
)
def test_a_sheet_that_is_no_table_is_refused(cells, options, said, tmp_path):
    with pytest.raises(DataRefused, match=said):
        raw(table(cells), tmp_path, options=options)


def bomb(sheet: str) -> bytes:
    inside = f"<sheetData>{sheet}</sheetData>"
    whole = PLAIN[SHEET].decode()
    start, end = whole.index("<sheetData>"), whole.index("</sheetData>") + len("</sheetData>")
    return packed({**PLAIN, SHEET: (whole[:start] + inside + whole[end:]).encode()})


@pytest.mark.parametrize(
    "sheet",
    [
        '<row r="1"><c r="A1"/></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        "<row r='1'><c r = 'XFD1048576'><v>1</v></c></row>",
        '<x:row r="1"><x:c r="xfd1048576"><x:v>1</x:v></x:c></x:row>',
        '<row r="1048576">' + "<c><v>1</v></c>" * 100 + "</row>",
        '<row r="9999999999999"><c r="A1"><v>1</v></c></row>',
        '<row r="1"><c r="BAAA1"><v>1</v></c></row>',
        '<row r="1"><c r="A12958466"><v>1</v></c></row>',
        '<row r="1048576">' + "<c x='r=\"A1\"'/>" * 100 + "</row>",
        '<row><c r="XFD1"><v>1</v></c></row>' + "<row/>" * 5_000,
    ],
    ids=range(9),
)
def test_cells_far_apart_are_refused_before_they_are_laid_out(sheet, tmp_path, monkeypatch):
    monkeypatch.setattr(xlsx, "CalamineWorkbook", None)
    for piece in (2**20, 7):
        monkeypatch.setattr(archive, "_PIECE", piece)
        with pytest.raises(
            DataRefused, match="too large to open: the cells of a sheet lie too far"
        ):
            raw(bomb(sheet), tmp_path)


def test_a_file_that_unpacks_too_far_is_refused(tmp_path, monkeypatch):
    blown = packed({**PLAIN, "xl/media/a.bin": bytes(2**25)})
    with pytest.raises(DataRefused, match="more than 250 times its size"):
        raw(blown, tmp_path)
    monkeypatch.setattr(archive, "MOST_BYTES", 2**14)
    with pytest.raises(DataRefused, match="unpacked it is larger than"):
        raw(packed({**PLAIN, "a": bytes(2**14)}), tmp_path)


def test_the_size_that_a_file_states_of_itself_is_not_believed(tmp_path):
    blown = bytearray(packed({**PLAIN, "z.bin": bytes(2**25)}))
    told = blown.rindex(struct.pack("<L", 2**25))
    blown[told : told + 4] = struct.pack("<L", 10)
    with zipfile.ZipFile(BytesIO(blown)) as book:
        assert book.getinfo("z.bin").file_size == 10
    with pytest.raises(DataRefused, match="more than 250 times its size"):
        raw(bytes(blown), tmp_path)


def test_names_in_the_archive_are_looked_at(tmp_path, monkeypatch):
    made = BytesIO(packed(PLAIN))
    with warnings.catch_warnings(), zipfile.ZipFile(made, "a") as book:
        warnings.simplefilter("ignore")
        book.writestr(SHEET, PLAIN[SHEET])
    for content in (made.getvalue(), packed({**PLAIN, "../a": b""}), packed({**PLAIN, "/a": b""})):
        with pytest.raises(DataRefused, match="no Excel workbook"):
            raw(content, tmp_path)
    monkeypatch.setattr(archive, "MOST_ENTRIES", 3)
    with pytest.raises(DataRefused, match=r"it holds \d+ files; 3 are"):
        raw(packed(PLAIN), tmp_path)


def test_an_ordinary_workbook_is_let_through(tmp_path):
    path = tmp_path / "wide.xlsx"
    path.write_bytes(table([["a"] * 40] * 500))
    archive.check(path)
