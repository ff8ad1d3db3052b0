"""Whatever is in a cell: every row is kept or set aside, and every plain kind reads it alike."""

import csv
import json
import sqlite3
from io import StringIO
from zoneinfo import ZoneInfo

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from spoiling import CELLS

from features.sources import SourceSpec, check
from features.sources import table as tables
from features.sources.mapping import clean
from features.sources.raw import ROW

BERLIN = ZoneInfo("Europe/Berlin")
NAMES = ("who", "at", "channel", "step", "value", "mood", "known", "id")
COLUMNS = {
    "customer_id": "who",
    "occurred_at": "at",
    "channel": "channel",
    "step": "step",
    "value": "value",
    "sentiment": "mood",
    "known_at": "known",
    "source_key": "id",
}
GOOD = ("ana", "2026-03-29 01:59", "web", "visit", "12.5", "0.5", "2026-03-29T04:00:00Z", "k")
ODD = st.sampled_from(CELLS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
ROWS = st.lists(st.tuples(*(st.just(cell) | ODD for cell in GOOD)), max_size=6).map(
    lambda odd: [GOOD, *odd]
)
FORMATS = st.sampled_from([None, "%d/%m/%Y", "%d/%m/%y %H.%M", "%s", "%Y-%m-%d %H:%M"])
NUMBERS = st.sampled_from([None, "1.234,56", "Rp 1.234,56", "1,234.56"])


def put_csv(path, rows):
    text = StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([NAMES, *rows])
    path.write_bytes(text.getvalue().encode())


def put_jsonl(path, rows):
    lines = [json.dumps(dict(zip(NAMES, row, strict=True)), ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines), newline="")


def put_escaped_jsonl(path, rows):
    path.write_text("\n".join(json.dumps(dict(zip(NAMES, row, strict=True))) for row in rows))


def put_parquet(path, rows):
    pl.DataFrame(rows, dict.fromkeys(NAMES, pl.String), orient="row").write_parquet(path)


def put_sql(path, rows):
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as database:
        database.execute(f"CREATE TABLE t ({', '.join(NAMES)})")
        database.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    database.close()


def put_xlsx(path, rows):
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate([NAMES, *rows]):
            for place, cell in enumerate(row):
                sheet.write_string(at, place, cell)


PUT = {
    "csv": put_csv,
    "jsonl": put_jsonl,
    "escaped": put_escaped_jsonl,
    "parquet": put_parquet,
    "sql": put_sql,
}


def spec(kind, path, **said):
    options = {"url": f"sqlite:///{path}", "table": "t"} if kind == "sql" else {}
    kind = "jsonl" if kind == "escaped" else kind
    at = "" if kind == "sql" else path
    return SourceSpec(name="cells", kind=kind, path=at, columns=COLUMNS, options=options, **said)


def mapped(kind, folder, rows, put, **said):
    put(folder / f"t.{kind}", rows)
    source = spec(kind, f"t.{kind}", **said)
    assert check.faults([source], folder) == []
    raw = tables.read(source, folder)
    got = clean(raw.rows, source, BERLIN)
    kept, aside = got.rows[ROW].to_list(), [*got.quarantine["row"].to_list(), *raw.broken]
    return got.rows.sort(ROW), kept, aside


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One folder for all files, each of which takes the place of the one before."""
    return tmp_path_factory.mktemp("cells")


def every_kind_reads_alike(rows, time_format, number_format, folder):
    said = {"time_format": time_format, "number_format": number_format}
    numbers = list(range(1, len(rows) + 1))
    seen = {}
    for kind, put in PUT.items():
        seen[kind], kept, aside = mapped(kind, folder, rows, put, **said)
        assert sorted([*kept, *aside]) == numbers
    if not any("\0" in cell for row in rows for cell in row):
        for kind in ("csv", "escaped", "parquet", "sql"):
            assert_frame_equal(seen[kind], seen["jsonl"])


@settings(max_examples=10)
@given(rows=ROWS, time_format=FORMATS, number_format=NUMBERS)
def test_odd_cells(rows, time_format, number_format, folder):
    every_kind_reads_alike(rows, time_format, number_format, folder)


@pytest.mark.slow
@settings(max_examples=60)
@given(rows=ROWS, time_format=FORMATS, number_format=NUMBERS)
def test_many_odd_cells(rows, time_format, number_format, folder):
    every_kind_reads_alike(rows, time_format, number_format, folder)


@pytest.mark.slow
@settings(max_examples=30)
@given(rows=ROWS)
def test_odd_cells_of_a_workbook(rows, folder):
    _, kept, aside = mapped("xlsx", folder, rows, put_xlsx)
    filled = [at for at, row in enumerate(rows, start=1) if any(row)]
    assert sorted([*kept, *aside]) == filled
