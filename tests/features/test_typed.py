"""Typed cells as text: what the mapping reads back is what the cell said."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.sources import SourceSpec, cells, times
from features.sources.formats import typed

ZONE = ZoneInfo("Asia/Jakarta")
PAST = datetime(1901, 1, 1)  # noqa: DTZ001  (without a zone on purpose)
FUTURE = datetime(2199, 1, 1)  # noqa: DTZ001


@given(moment=st.datetimes(PAST, FUTURE, timezones=st.just(UTC)))
def test_an_instant_is_read_back(moment):
    assert instants(typed.text(moment)) == [moment]


@given(moment=st.datetimes(PAST, FUTURE), time_format=st.sampled_from([None, "%d/%m/%Y %H:%M:%S"]))
def test_a_local_time_is_read_back_in_the_format_that_texts_have(moment, time_format):
    moment = moment.replace(microsecond=0)
    columns = {"occurred_at": "at"}
    spec = SourceSpec(
        name="a", kind="xlsx", path="a.xlsx", columns=columns, time_format=time_format
    )
    write, other = typed.writers(["at", "birthday"], spec)
    assert instants(write(moment), time_format) == instants(typed.text(moment))
    assert other(date(2026, 3, 1)) == "2026-03-01"
    assert write("01/03/2026") == "01/03/2026"


def instants(text, time_format=None):
    column = pl.Series([text], dtype=pl.String)
    return times.instants(column, zone=ZONE, time_format=time_format).to_list()


@given(number=st.integers(-(10**15), 10**15))
def test_a_whole_number_is_a_name_without_a_fraction(number):
    assert typed.text(float(number)) == typed.text(number) == typed.text(Decimal(number))
    assert typed.text(number) == str(number)


@given(number=st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_back(number):
    frame = pl.DataFrame({"a": [typed.text(number)]})
    exact = frame.select(pl.col("a").cast(pl.Float64)).item()
    assert exact == pytest.approx(number, rel=1e-15)
    kept = frame.select(cells.measure(pl.col("a"), pl.String()).value).item()
    direct = pl.DataFrame({"a": [number]}).select(cells.measure(pl.col("a"), pl.Float64()).value)
    assert kept == direct.item()


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, None),
        ("", None),
        (" x ", " x "),
        (False, "false"),
        (1e300, "1e+300"),
        (Decimal("1E+3"), "1000"),
        (date(2026, 3, 1), "2026-03-01"),
        (time(9, 5), "09:05:00"),
        (timedelta(days=-1, hours=1), "-23:00:00"),
        (b"\x00\xff", "00ff"),
        (memoryview(b"\x01"), "01"),
        ({"a": [1, None]}, '{"a": [1, null]}'),
    ],
)
def test_cells_of_each_type(cell, text):
    assert typed.text(cell) == text


@pytest.mark.parametrize("bad", ["\0", "\ud800", "a\udfffb"])
def test_what_cannot_be_printed_is_told(bad):
    assert not typed.printable(["a", None, bad])
    assert typed.printable(["a", None, "é", "\U0001f600"])


def test_seconds_since_1970_are_not_made_of_a_date():
    spec = SourceSpec(name="a", kind="sql", columns={"occurred_at": "at"}, time_format="%s")
    (write,) = typed.writers(["at"], spec)
    assert write(date(2026, 3, 1)) == "2026-03-01T00:00:00"
