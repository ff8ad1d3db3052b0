"""Whatever type a column of a Parquet file has: it is read, or refused before any row is."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from features import quarantine
from features.contracts import INPUTS
from features.errors import JejakError
from features.sources import SourceSpec, roles
from features.sources.money import Rates
from features.sources.reading import read
from features.sources.sniff import sniff

AS_OF = datetime(2027, 6, 1, tzinfo=UTC)
EARLY, LATE = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999_999)  # noqa: DTZ001
ODD = {
    "null": pl.Series([None, None, None], dtype=pl.Null),
    "flag": pl.Series([True, False, None]),
    "byte": pl.Series([0, 255, None], dtype=pl.UInt8),
    "large": pl.Series([0, 2**64 - 1, None], dtype=pl.UInt64),
    "huge": pl.Series([2**126, -(2**126), None], dtype=pl.Int128),
    "single": pl.Series([float("nan"), float("inf"), 1e38], dtype=pl.Float32),
    "double": pl.Series([float("nan"), 1e308, -0.0]),
    "exact": pl.Series([Decimal("0.1"), Decimal(10) ** 20, None], dtype=pl.Decimal(38, 10)),
    "day": pl.Series([date(1, 1, 1), date(9999, 12, 31), None]),
    "local": pl.Series([EARLY, LATE, datetime(2026, 3, 29, 2, 30)]),  # noqa: DTZ001
    "nanoseconds": pl.Series([0, 2**63 - 1, -(2**63) + 1]).cast(pl.Datetime("ns", "UTC")),
    "milliseconds": pl.Series([0, 2**62, -(2**62)]).cast(pl.Datetime("ms")),
    "microseconds": pl.Series([0, 2**63 - 1, -(2**63) + 1]).cast(pl.Datetime("us", "Asia/Jakarta")),
    "clock": pl.Series([time(0), time(23, 59, 59, 999_999), None]),
    "span": pl.Series([timedelta(0), timedelta(days=99_999), None]),
    "bytes": pl.Series([b"", b"\xff\x00", None]),
    "list": pl.Series([["a"], [], None]),
    "struct": pl.Series([{"a": 1}, {"a": None}, None]),
    "array": pl.Series([[1, 2], [3, 4], None], dtype=pl.Array(pl.Int8, 2)),
    "category": pl.Series(["a", "2026-03-01", None], dtype=pl.Categorical),
    "enum": pl.Series(["1.5", "", None], dtype=pl.Enum(["1.5", ""])),
}
GOOD = pl.Series(["a", "b", "c"])


class Sink:
    """Counts the rows that could be read."""

    def __init__(self):
        self.rows = 0

    def add(self, spec, rows):  # noqa: ARG002 (a Sink takes the spec)
        self.rows += rows.height
        return quarantine.empty()

    def held(self, source):  # noqa: ARG002 (a Sink takes the source)
        return None


def check_books(spec, folder):
    sink = Sink()
    with suppress(JejakError):
        got = read(
            [spec],
            folder,
            sink,
            as_of=AS_OF,
            zone=ZoneInfo("Europe/Berlin"),
            rates=Rates("EUR"),
            max_quarantine_share=1,
        )
        assert sink.rows + got.quarantine.height == ODD["flag"].len()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The file of which every column is odd."""
    folder = tmp_path_factory.mktemp("types")
    pl.DataFrame({**ODD, "good": GOOD}).write_parquet(folder / "odd.parquet")
    return folder


def as_said(table):
    constants = {"channel": "'web'", "value": "'1'", "cost": "'1'"}
    columns = {
        one.name: "'2026-03-01'" if roles.is_instant(one) else constants.get(one.name, "'1'")
        for one in roles.expected(INPUTS[table])
    }
    return SourceSpec(name="odd", kind="parquet", path="odd.parquet", table=table, columns=columns)


@pytest.mark.parametrize("odd", ODD)
def test_any_type_beside_the_columns_of_events(odd, folder):
    spec = as_said("events")
    check_books(replace(spec, attributes=(odd,)), folder)
    check_books(replace(spec, currency=odd), folder)
    for kind in ("email", "phone", "id:crm"):
        columns = {name: text for name, text in spec.columns.items() if name != "customer_id"}
        check_books(replace(spec, columns=columns, handles={kind: odd}), folder)


@pytest.mark.slow
@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("table", INPUTS)
@pytest.mark.parametrize("time_format", [None, "%s"])
def test_any_type_in_any_column(odd, table, time_format, folder):
    spec = replace(as_said(table), time_format=time_format)
    for name in spec.columns:
        check_books(replace(spec, columns={**spec.columns, name: odd}), folder)


def test_any_type_is_looked_at(folder):
    seen = sniff(folder / "odd.parquet")
    assert [column.name for column in seen.columns] == [*ODD, "good"]
