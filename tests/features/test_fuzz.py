"""Whatever is in a file: no error but one that a person can mend, and no row is lost.

Valid exports of every kind are cut, flipped and pasted into, which finds far more than random
bytes. The quick tests look at some spoilt files, the slow ones at many.
"""

from contextlib import suppress
from datetime import UTC, datetime
from io import BytesIO
from typing import NamedTuple
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pytest
from exports import EXPORTS, Export
from hypothesis import given, settings
from hypothesis import strategies as st
from spoiling import BYTES, DECLARED, EDITS, ENCODINGS, spoilt

from features import quarantine
from features.errors import JejakError
from features.sources.kinds import KINDS
from features.sources.money import Rates
from features.sources.raw import ROW
from features.sources.reading import read
from features.sources.sniff import sniff

pytestmark = pytest.mark.slow

AS_OF = datetime(2027, 6, 1, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
SAID = {"as_of": AS_OF, "zone": BERLIN, "rates": Rates("IDR"), "max_quarantine_share": 1}
QUICK = settings(max_examples=6)
LONG = settings(max_examples=30)

every_kind = pytest.mark.parametrize("name", EXPORTS)
every_text = pytest.mark.parametrize("name", [name for name in EXPORTS if EXPORTS[name].is_text])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One folder for all files, each of which takes the place of the one before."""
    return tmp_path_factory.mktemp("spoilt")


class Told(NamedTuple):
    """What a reading tells of a file: the records kept, and those set aside."""

    kept: list[int]
    aside: list[int]


class Sink:
    """Keeps the numbers of the rows that could be read."""

    def __init__(self):
        self.rows = []

    def add(self, spec, rows):  # noqa: ARG002 (a Sink takes the spec)
        self.rows += rows[ROW].to_list()
        return quarantine.empty()

    def held(self, source):  # noqa: ARG002 (a Sink takes the source)
        return None


def told(export: Export, content: bytes, folder, **more) -> Told | None:
    """What is told of the bytes; None if they are refused."""
    export.put(folder, content)
    spec = export.spec(**more)
    sink = Sink()
    with suppress(JejakError):
        KINDS[spec.kind].head(folder / spec.path, spec)
    try:
        got = read([spec], folder, sink, **SAID)
    except JejakError:
        return None
    count = got.sources[0]
    assert count.rows_kept == len(sink.rows)
    assert count.rows_quarantined == got.quarantine.height
    assert count.rows_read == count.rows_kept + count.rows_quarantined
    return Told(sink.rows, got.quarantine["row"].to_list())


def check_books(export: Export, content: bytes, folder, **more) -> None:
    found = told(export, content, folder, **more)
    if found is None:
        return
    numbers = {*found.kept, *found.aside}
    assert min(numbers) >= 1
    records = export.records(content) if not more else None
    if records is not None:
        assert len(numbers) == records
    if export.kind in {"csv", "sql"}:
        assert sorted([*found.kept, *found.aside]) == list(range(1, len(numbers) + 1))


@every_kind
def test_a_valid_export_is_read_whole(name, tmp_path):
    export = EXPORTS[name]
    found = told(export, export.content, tmp_path)
    assert found is not None
    assert found.kept
    check_books(export, export.content, tmp_path)


def spoil_bytes(name, folder, edits):
    export = EXPORTS[name]
    check_books(export, spoilt(export.content, edits), folder)


def spoil_encoding(name, folder, written, declared, edits):
    export = EXPORTS[name]
    text = export.content.decode().encode(written, errors="replace")
    check_books(export, spoilt(text, edits), folder, encoding=declared)


@every_kind
@QUICK
@given(edits=EDITS)
def test_a_spoilt_file(name, edits, folder):
    spoil_bytes(name, folder, edits)


@every_text
@settings(max_examples=3)
@given(written=st.sampled_from(ENCODINGS), declared=st.sampled_from(DECLARED))
def test_another_encoding(name, written, declared, folder):
    spoil_encoding(name, folder, written, declared, [])


def look(name, folder, edits):
    export = EXPORTS[name]
    export.put(folder, spoilt(export.content, edits))
    with suppress(JejakError):
        assert sniff(folder / export.name).rows_seen >= 0


@pytest.mark.parametrize("name", ["csv", "parquet", "surveys-csat"])
@QUICK
@given(edits=EDITS)
def test_a_spoilt_file_of_a_person_is_looked_at(name, edits, folder):
    look(name, folder, edits)


def repacked(edits: dict[str, list[tuple[str, float, bytes]]]) -> bytes:
    """The workbook with files in it that are spoilt before they are packed."""
    made = BytesIO()
    with ZipFile(BytesIO(EXPORTS["xlsx"].content)) as whole, ZipFile(made, "w") as parts:
        for part in whole.namelist():
            parts.writestr(part, spoilt(whole.read(part), edits.get(part, [])))
    return made.getvalue()


PARTS = st.sampled_from(
    ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"]
)


@QUICK
@given(edits=st.dictionaries(PARTS, EDITS, min_size=1, max_size=2))
def test_a_workbook_is_spoilt_within(edits, folder):
    check_books(EXPORTS["xlsx"], repacked(edits), folder)


@pytest.mark.slow
@settings(max_examples=150)
@given(edits=st.dictionaries(PARTS, EDITS, min_size=1, max_size=2))
def test_many_workbooks_are_spoilt_within(edits, folder):
    check_books(EXPORTS["xlsx"], repacked(edits), folder)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["csv", "parquet", "surveys-csat"])
@settings(max_examples=20)
@given(edits=EDITS)
def test_many_spoilt_files_of_a_person_are_looked_at(name, edits, folder):
    look(name, folder, edits)


@pytest.mark.slow
@every_kind
@pytest.mark.parametrize("piece", [b"x", b'"', b"a,", b"3/4/26 "])
def test_ten_megabytes_in_one_place(name, piece, folder):
    export = EXPORTS[name]
    at = int(0.6 * len(export.content))
    long = piece * (10_000_000 // len(piece))
    check_books(export, export.content[:at] + long + export.content[at:], folder)


@pytest.mark.slow
@every_kind
@LONG
@given(edits=EDITS)
def test_many_spoilt_files(name, edits, folder):
    spoil_bytes(name, folder, edits)


@pytest.mark.slow
@every_text
@LONG
@given(written=st.sampled_from(ENCODINGS), declared=st.sampled_from(DECLARED), edits=EDITS)
def test_many_encodings(name, written, declared, edits, folder):
    spoil_encoding(name, folder, written, declared, edits)


@pytest.mark.slow
@every_kind
@LONG
@given(content=st.one_of(st.binary(max_size=200), st.lists(st.sampled_from(BYTES)).map(b"".join)))
def test_arbitrary_bytes(name, content, folder):
    check_books(EXPORTS[name], content, folder)
