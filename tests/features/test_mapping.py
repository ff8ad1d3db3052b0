"""From raw cells to rows of the contracts: what is kept, what is quarantined, and why."""

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from features.errors import DataRefused
from features.measures import LARGEST
from features.sources import SourceSpec, mapping
from features.sources.raw import ROW

JAKARTA = ZoneInfo("Asia/Jakarta")
COLUMNS = {
    "customer_id": "who",
    "occurred_at": "at",
    "channel": "'web'",
    "step": "what",
    "value": "worth",
}
ROW_OF_TEXT = {"who": "ana", "at": "2026-03-01T10:00:00Z", "what": "visit", "worth": "1"}
GARBAGE = st.one_of(
    st.none(),
    st.text(max_size=8),
    st.sampled_from(
        ["", " ", "ana", "2026-03-01", "2026-03-01 10:00", "1", "NaN", "-inf", "1e300"]
    ),
)


def spec(**changes):
    said = {"name": "visits", "kind": "csv", "path": "visits.csv", "columns": COLUMNS, **changes}
    return SourceSpec(**said)


def mapped(rows, columns=None, zone=JAKARTA, **changes):
    frame = pl.DataFrame(rows).with_row_index(ROW, offset=1)
    said = spec(columns={**COLUMNS, **(columns or {})}, **changes)
    return mapping.clean(frame.lazy(), said, zone)


def one(zone=JAKARTA, columns=None, **cells):
    """The one row that a row of text with these cells becomes, or the reason why it does not."""
    rows, faulty = mapped([{**ROW_OF_TEXT, **cells}], columns=columns, zone=zone)
    return rows.row(0, named=True) if rows.height else faulty["reason"].item()


garbage_rows = st.lists(
    st.fixed_dictionaries(dict.fromkeys(["who", "at", "what", "worth", "mood"], GARBAGE)),
    max_size=8,
)


@given(rows=garbage_rows)
def test_rows_read_are_rows_kept_and_quarantined(rows):
    schema = dict.fromkeys(["who", "at", "what", "worth", "mood"], pl.String)
    frame = pl.DataFrame(rows, schema=schema).with_row_index(ROW, offset=1)
    said = spec(columns={**COLUMNS, "sentiment": "mood"})
    kept, quarantined = mapping.clean(frame.lazy(), said, JAKARTA)
    assert kept.height + quarantined.height == len(rows)
    assert quarantined["row"].is_unique().all()


@given(rows=garbage_rows, shuffled=st.randoms())
def test_order_of_rows_and_columns_is_free(rows, shuffled):
    names = ["who", "at", "what", "worth", "mood"]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String))
    said = spec(columns={**COLUMNS, "sentiment": "mood", "source_key": "mood"})
    other = frame.select(shuffled.sample(names, 5))[shuffled.sample(range(len(rows)), len(rows))]
    kept, _ = mapping.clean(frame.with_row_index(ROW).lazy(), said, JAKARTA)
    again, _ = mapping.clean(other.with_row_index(ROW).lazy(), said, JAKARTA)
    assert_frame_equal(kept.drop(ROW), again.drop(ROW), check_row_order=False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        None,
        "yesterday",
        "03/04/2026",
        "2026-02-30",
        "2026-3-1",
        "2026-03-01 24:00",
        "1899-12-31",
        "2200-01-01T00:00Z",
        "2026-03-01 10",
        "2026-03-01T10:00+24:00",
        "20260301",
    ],
)
def test_times_that_need_guessing_are_quarantined(text):
    assert one(at=text) == "bad_time"


@pytest.mark.parametrize(
    ("text", "time_format", "expected"),
    [
        ("03/04/2026 08:30", "%d/%m/%Y %H:%M", datetime(2026, 4, 3, 1, 30, tzinfo=UTC)),
        ("04/03/2026 8:30 PM", "%m/%d/%Y %I:%M %p", datetime(2026, 4, 3, 13, 30, tzinfo=UTC)),
        ("1775205000", "%s", datetime(2026, 4, 3, 8, 30, tzinfo=UTC)),
        ("3 Apr 2026", "%d %b %Y", datetime(2026, 4, 2, 17, tzinfo=UTC)),
        ("2026-04-03 08:30 +0900", "%Y-%m-%d %H:%M %z", datetime(2026, 4, 2, 23, 30, tzinfo=UTC)),
    ],
)
def test_a_declared_format_is_the_only_one_read(text, time_format, expected):
    rows, faulty = mapped(
        [{**ROW_OF_TEXT, "at": text}, {**ROW_OF_TEXT, "at": "2026-04-03T08:30:00+07:00"}],
        time_format=time_format,
    )
    assert rows["occurred_at"].to_list() == [expected]
    assert faulty.select("row", "reason", "column").rows() == [(2, "bad_time", "occurred_at")]


def test_a_time_skipped_by_the_clocks_is_bad_and_a_double_one_the_earlier():
    berlin = ZoneInfo("Europe/Berlin")
    assert one(zone=berlin, at="2026-03-29 02:30") == "bad_time"
    twice = one(zone=berlin, at="2026-10-25 02:30")
    assert twice["occurred_at"] == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_knowing_follows_happening_by_the_latency():
    rows, _ = mapped([ROW_OF_TEXT], latency_hours=36.5)
    assert rows["known_at"].item() - rows["occurred_at"].item() == timedelta(hours=36.5)


def test_a_source_may_say_when_it_knew():
    row = one(columns={"known_at": "worth"}, worth="2026-03-05T00:00:00Z")
    assert row == "not_a_number"
    columns = {"known_at": "worth", "value": "'2'"}
    row = one(columns=columns, worth="2026-03-05T00:00:00Z")
    assert row["known_at"] == datetime(2026, 3, 5, tzinfo=UTC)
    assert one(columns=columns, worth="") == "bad_time"


@given(number=st.floats())
def test_a_value_is_the_nearest_unit(number):
    row = one(worth=repr(number))
    if not math.isfinite(number):
        assert row == "not_a_number"
    elif abs(number * 10_000) > LARGEST + 0.5:
        assert row == "too_large"
    else:
        assert row["value"] == round(number * 10_000)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        (None, None),
        (" 12.5 ", 125_000),
        ("-0", 0),
        ("0.00005", 0),
        ("1,5", "not_a_number"),
        ("Rp 5", "not_a_number"),
        ("1_000", "not_a_number"),
        ("100000000000", LARGEST),
        ("100000000000.0001", "too_large"),
        ("1e999", "not_a_number"),
    ],
)
def test_values(text, expected):
    row = one(worth=text)
    assert (row if isinstance(row, str) else row["value"]) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-1", -10_000),
        ("0.5", 5_000),
        ("", None),
        ("1.01", "bad_sentiment"),
        ("NaN", "bad_sentiment"),
        ("good", "bad_sentiment"),
    ],
)
def test_sentiments(text, expected):
    row = one(columns={"sentiment": "worth", "value": "'1'"}, worth=text)
    assert (row if isinstance(row, str) else row["sentiment"]) == expected


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        (pl.Series([12.0, 1.5, None, float("nan")]), ["12", "1.5", None, None]),
        (pl.Series([12, -3], dtype=pl.Int32), ["12", "-3"]),
        (
            pl.Series([" ana ", "12.0", "\u3000", "a\0b", "1.0.0"]),
            ["ana", "12", None, None, "1.0.0"],
        ),
        (pl.Series(["ana", None], dtype=pl.Categorical), ["ana", None]),
    ],
)
def test_one_customer_has_one_name(series, expected):
    cells = pl.DataFrame({"who": series}).with_columns(
        *(pl.lit(cell).alias(name) for name, cell in ROW_OF_TEXT.items() if name != "who"),
        pl.int_range(pl.len()).alias("place"),
    )
    rows, faulty = mapped(cells, columns={"source_key": "place"})
    assert sorted(rows["customer_id"]) == sorted(name for name in expected if name)
    assert faulty["reason"].to_list() == ["no_customer"] * expected.count(None)


def test_the_first_fault_of_a_row_is_named():
    rows, faulty = mapped(
        [
            {"who": " ", "at": "?", "what": "", "worth": "x"},
            {"who": "ana", "at": "?", "what": "", "worth": "x"},
            {"who": "ana", "at": "2026-03-01", "what": "", "worth": "x"},
            {"who": "ana", "at": "2026-03-01", "what": "visit", "worth": "x"},
        ]
    )
    assert rows.height == 0
    assert faulty.select("row", "reason", "column").rows() == [
        (1, "no_customer", "customer_id"),
        (2, "bad_time", "occurred_at"),
        (3, "no_step", "step"),
        (4, "not_a_number", "value"),
    ]


def test_customers_keep_their_attributes():
    frame = pl.DataFrame(
        {
            "id": [7.0, 7.0, 8.0],
            "since": ["2026-01-01", "2026-02-01", "2026-02-01"],
            "plan": pl.Series(["gold ", "", "basic"], dtype=pl.Categorical),
            "seats": pl.Series([3, None, 5], dtype=pl.Int16),
            "score": [0.5, float("nan"), None],
        }
    )
    said = SourceSpec(
        name="crm",
        kind="parquet",
        path="crm.parquet",
        table="customers",
        columns={"customer_id": "id", "valid_from": "since"},
        attributes=("plan", "seats", "score"),
    )
    rows, faulty = mapping.clean(frame.with_row_index(ROW, offset=1).lazy(), said, JAKARTA)
    assert faulty.height == 0
    assert rows.drop("known_at").rows() == [
        (1, "7", at(2025, 12, 31), "gold", 3, 0.5),
        (2, "7", at(2026, 1, 31), None, None, None),
        (3, "8", at(2026, 1, 31), "basic", 5, None),
    ]
    assert_frame_equal(rows.select(valid_from="known_at"), rows.select("valid_from"))


def at(year, month, day):
    return datetime(year, month, day, 17, tzinfo=UTC)


def test_a_query_that_fails_on_rows_does_not_quote_them():
    with pytest.raises(DataRefused) as refusal:
        mapped([{**ROW_OF_TEXT, "worth": "secret"}], columns={"value": "CAST(worth AS DOUBLE)"})
    assert "secret" not in str(refusal.value)
    assert "TRY_CAST" in refusal.value.mend
    assert refusal.value.__suppress_context__
