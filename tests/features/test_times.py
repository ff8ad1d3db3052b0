"""Times of sources against `datetime` and `zoneinfo`: nothing is guessed, nothing crashes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from features.clock import midnight
from features.sources import hints, iso, times

JAKARTA = ZoneInfo("Asia/Jakarta")
ZONES = ["UTC", "Asia/Jakarta", "America/Sao_Paulo", "Africa/Cairo", "Australia/Lord_Howe"]


@given(
    naive=st.datetimes(datetime(1950, 1, 1), datetime(2037, 12, 31)),  # noqa: DTZ001 (local)
    zone=st.sampled_from(ZONES),
)
def test_local_times_are_those_of_zoneinfo(naive, zone):
    there = naive.replace(tzinfo=ZoneInfo(zone))
    exists = there.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == naive
    read = times.instants(pl.Series([naive]), zone=ZoneInfo(zone), time_format=None)
    text = times.instants(pl.Series([naive.isoformat()]), zone=ZoneInfo(zone), time_format=None)
    assert read.to_list() == text.to_list() == [there.astimezone(UTC) if exists else None]


@example(day=date(2017, 10, 15), zone="America/Sao_Paulo")  # midnight is skipped
@example(day=date(2026, 4, 24), zone="Africa/Cairo")
@given(day=st.dates(date(1950, 1, 1), date(2037, 12, 31)), zone=st.sampled_from(ZONES))
def test_a_day_begins_at_its_midnight(day, zone):
    expected = [midnight(day, ZoneInfo(zone))]
    for cells in ([day], [day.isoformat()]):
        assert times.instants(
            pl.Series(cells), zone=ZoneInfo(zone), time_format=None
        ).to_list() == (expected)
    written = pl.Series([f"{day:%d/%m/%Y}"])
    assert (
        times.instants(written, zone=ZoneInfo(zone), time_format="%d/%m/%Y").to_list() == expected
    )


@given(
    moment=st.datetimes(datetime(1900, 1, 2), datetime(2199, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001 (Hypothesis wants them so)
    hours=st.integers(-23, 23),
)
def test_offsets_are_those_of_isoformat(moment, hours):
    offset = timedelta(hours=hours, minutes=30 if hours >= 0 else -30)
    aware = moment + offset
    text = f"{aware.replace(tzinfo=None).isoformat()}{'+' if offset >= timedelta() else '-'}"
    hour, minute = divmod(abs(offset) // timedelta(minutes=1), 60)
    for suffix in (f"{hour:02}:{minute:02}", f"{hour:02}{minute:02}"):
        read = times.instants(pl.Series([text + suffix]), zone=JAKARTA, time_format=None)
        assert read.to_list() == [moment]


WRITTEN = st.builds(
    lambda *parts: "".join(parts),
    st.sampled_from(["", "", "", " ", "\t", "x"]),
    st.sampled_from(
        ["2026-03-29", "2018-11-04", "2026-02-30", "1899-12-31", "2026-13-01", "26-1-1"]
    ),
    st.sampled_from(["", "T", "T", " ", "  "]),
    st.sampled_from(["00:00", "02:30", "24:00", "23:59", "7:30", ""]),
    st.sampled_from(["", "", ":00", ":60", ":07.5", ":07.123", ":07.123456", ":07.1234567"]),
    st.sampled_from(["", "", "Z", "UTC", " UTC", "+07:00", "-0330", "+07", "+24:00", "z"]),
    st.sampled_from(["", "", "", " ", "x"]),
)


@example(
    zone="UTC",
    cells=["2026-03-29 02:30", "2026-03-29T02:30:07.123+07:00", None, " 2026-03-29T02:30Z"],
)
@given(cells=st.lists(WRITTEN | st.none(), max_size=8), zone=st.sampled_from(ZONES))
def test_times_read_by_their_shape_are_those_read_part_by_part(cells, zone):
    raw = pl.Series(cells, dtype=pl.String)
    for shapes in (1, 4):
        read = iso.instants(raw, ZoneInfo(zone), shapes)
        assert read.to_list() == iso.instants(raw, ZoneInfo(zone), shapes=0).to_list()


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_instants_beyond_every_calendar_are_bad_times(unit):
    far = pl.Series([2**62, -(2**62), 2**63 - 1, -(2**63)]).cast(pl.Datetime(unit))
    far = far.filter(pl.Series([unit != "ns"] * 2 + [True] * 2))
    assert times.instants(far, zone=JAKARTA, time_format=None).is_null().all()
    days = pl.Series([2**31 - 1, -(2**31)], dtype=pl.Int32).cast(pl.Date)
    assert times.instants(days, zone=JAKARTA, time_format=None).is_null().all()


@given(
    texts=st.lists(st.text(st.sampled_from("0123456789-+:/. TZAMP"), max_size=24)),
    time_format=st.sampled_from([None, *hints.TIME_FORMATS, "%Y", "%Y-%m-%d %H:%M:%S%.f %z"]),
    zone=st.sampled_from(ZONES),
)
def test_any_text_is_an_instant_or_none(texts, time_format, zone):
    read = times.instants(
        pl.Series(texts, dtype=pl.String), zone=ZoneInfo(zone), time_format=time_format
    )
    assert read.dtype == pl.Datetime("us", "UTC")
    assert read.len() == len(texts)
    assert read.drop_nulls().is_between(times.EARLIEST, times.LATEST, closed="left").all()


@pytest.mark.parametrize("time_format", hints.TIME_FORMATS)
def test_a_format_reads_what_it_writes(time_format):
    assert times.format_works(time_format)
    written = pl.Series([datetime(2026, 12, 31, 21, 43, tzinfo=UTC)]).dt.strftime(time_format)
    read = times.instants(written, zone=ZoneInfo("UTC"), time_format=time_format)
    assert read.dt.date().to_list() == [date(2026, 12, 31)]


@pytest.mark.parametrize("time_format", ["%Q", "dd/mm/yyyy", "%H:%M", "%d/%m", ""])
def test_a_format_that_reads_no_time_does_not_work(time_format):
    assert not times.format_works(time_format)
