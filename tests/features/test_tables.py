"""Any source may fill any input table: each column by its role, each row kept or set aside."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features import quarantine
from features.contracts import INPUTS
from features.sources import SourceSpec, check, roles, times
from features.sources.declared import NEEDED
from features.sources.expressions import HANDLE, by_row
from features.sources.kinds import KINDS, complete
from features.sources.mapping import clean
from features.sources.money import Rates
from features.sources.raw import ROW
from features.sources.spec import Input

JAKARTA = ZoneInfo("Asia/Jakarta")
FAR = "2026-03-01T10:00:00Z"
GARBAGE = st.one_of(
    st.none(),
    st.text(max_size=5),
    st.sampled_from(
        ["", " ", "ana", FAR, "2026-03-01", "1", "0.5", "-1", "ya", "no", "NaN", "1e300"]
    ),
)
TERM = {
    "customer_id": "ana",
    "contract": "C-1",
    "starts_at": "2026-01-01",
    "ends_at": "2027-01-01",
    "cancelled_at": "",
    "amount": "1200.5",
    "voluntary": "Ya",
}
ARM = {"customer_id": "ana", "assigned_at": FAR, "arm": "control", "probability": "0.25"}
DAY = {"spent_at": "2026-03-01", "channel": "paid_search", "cost": "12", "clicks": "3.0"}


def filled(table):
    return [column.name for column in roles.expected(INPUTS[table])]


def spec(table, names, **said):
    return SourceSpec(
        name="one", kind="csv", path="one.csv", table=table, columns={n: n for n in names}, **said
    )


def mapped(table, *rows, **said):
    names = [*rows[0]]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String))
    told = spec(table, [name for name in names if name in filled(table)], **said)
    return clean(frame.with_row_index(ROW, offset=1).lazy(), told, JAKARTA)


def one(table, row, **changes):
    """The row that one becomes, or why it does not and for which column."""
    rows, faulty = mapped(table, {**row, **changes})
    return rows.row(0, named=True) if rows.height else faulty.select("reason", "column").row(0)


def test_every_input_may_be_filled():
    assert get_args(Input) == tuple(INPUTS)
    for name, table in INPUTS.items():
        assert {*NEEDED[name]} <= {column.name for column in roles.expected(table)}
        assert table.clock in NEEDED[name]


@given(table=st.sampled_from([*INPUTS]), data=st.data())
def test_rows_read_are_rows_kept_and_quarantined(table, data):
    names = filled(table)
    rows = data.draw(st.lists(st.tuples(*[GARBAGE] * len(names)), max_size=6))
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    said = spec(table, names)
    kept, faulty = clean(frame.with_row_index(ROW, offset=1).lazy(), said, JAKARTA)
    assert sorted([*kept[ROW], *faulty["row"]]) == [*range(1, len(rows) + 1)]
    assert kept.columns == [ROW, *names]
    assert {*faulty["reason"]} <= {*quarantine.REASONS}
    for column in roles.expected(INPUTS[table]):
        assert kept.schema[column.name] == column.dtype
        if not column.nullable and column.name != "source_key":
            assert kept[column.name].null_count() == 0


@pytest.mark.parametrize("table", INPUTS)
def test_a_blank_cell_is_a_fault_only_where_it_is_needed(table):
    usual = {
        column.name: FAR if roles.is_instant(column) else "1"
        for column in roles.expected(INPUTS[table])
    } | {"arm": "control"}
    for column in roles.expected(INPUTS[table]):
        rows, faulty = mapped(table, {**usual, column.name: " "})
        needed = not column.nullable and column.name != "source_key"
        assert faulty["column"].to_list() == [column.name] * needed
        assert rows[column.name].to_list() == [None] * (not needed)


def test_a_term_of_a_contract():
    assert one("contracts", TERM) == {
        ROW: 1,
        "customer_id": "ana",
        "contract": "C-1",
        "starts_at": datetime(2025, 12, 31, 17, tzinfo=UTC),
        "ends_at": datetime(2026, 12, 31, 17, tzinfo=UTC),
        "cancelled_at": None,
        "amount": 12_005_000,
        "voluntary": True,
        "known_at": datetime(2025, 12, 31, 17, tzinfo=UTC),
        "source_key": None,
    }


@pytest.mark.parametrize(
    ("table", "row", "changes", "fault"),
    [
        ("contracts", TERM, {"ends_at": "for good"}, ("bad_time", "ends_at")),
        ("contracts", TERM, {"amount": "much"}, ("not_a_number", "amount")),
        ("contracts", TERM, {"voluntary": "perhaps"}, ("bad_flag", "voluntary")),
        ("outreach", ARM, {"arm": ""}, ("no_arm", "arm")),
        ("outreach", ARM, {"arm": "controll"}, ("bad_arm", "arm")),
        ("outreach", ARM, {"probability": "1.5"}, ("bad_share", "probability")),
        ("outreach", ARM, {"probability": "half"}, ("bad_share", "probability")),
        ("spend", DAY, {"cost": ""}, ("no_cost", "cost")),
        ("spend", DAY, {"cost": "x"}, ("not_a_number", "cost")),
        ("spend", DAY, {"clicks": "2.5"}, ("bad_count", "clicks")),
        ("spend", DAY, {"clicks": "-1"}, ("bad_count", "clicks")),
        ("spend", DAY, {"clicks": "many"}, ("bad_count", "clicks")),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(table, row, changes, fault):
    assert isinstance(one(table, row), dict)
    assert one(table, row, **changes) == fault


@pytest.mark.parametrize(
    ("text", "expected"),
    [("TRUE", True), ("ya", True), (" 1 ", True), ("1.0", True), ("Tidak", False), ("0", False)],
)
def test_flags_are_written_in_many_ways(text, expected):
    assert one("contracts", TERM, voluntary=text)["voluntary"] is expected


@pytest.mark.parametrize("text", ["control", "Control", " CONTROL "])
def test_an_arm_is_written_in_any_case(text):
    assert one("outreach", ARM, arm=text)["arm"] == "control"


@pytest.mark.parametrize(
    ("written", "begins"),
    [
        ("2026-03-01", datetime(2026, 2, 28, 17, tzinfo=UTC)),
        ("2026-03-01 23:59", datetime(2026, 2, 28, 17, tzinfo=UTC)),
        ("2026-03-01T16:59:59Z", datetime(2026, 2, 28, 17, tzinfo=UTC)),
        ("2026-03-01T17:00:00Z", datetime(2026, 3, 1, 17, tzinfo=UTC)),
    ],
)
def test_cost_is_of_a_business_day_and_known_no_earlier_for_that(written, begins):
    told = one("spend", DAY, spent_at=written)
    assert told["spent_at"] == begins
    [exact] = times.instants(pl.Series([written]), zone=JAKARTA, time_format=None)
    assert told["known_at"] == exact


def test_typed_columns_need_no_words():
    frame = pl.DataFrame(
        {
            "who": [1],
            "at": [datetime(2026, 3, 1, tzinfo=UTC)],
            "wanted": [False],
            "until": pl.Series([None], dtype=pl.Datetime("us")),
        }
    )
    columns = {"customer_id": "who", "starts_at": "at", "voluntary": "wanted", "ends_at": "until"}
    said = replace(spec("contracts", []), columns=columns)
    rows, faulty = clean(frame.lazy(), said, JAKARTA)
    assert faulty.is_empty()
    assert rows.select("customer_id", "voluntary", "ends_at").rows() == [("1", False, None)]


def test_handles_stand_for_the_customer():
    frame = pl.DataFrame(
        {"mail": [" a@b.co ", ""], "hp": [62812.0, None], "at": [FAR, FAR], "plan": ["gold", ""]}
    )
    said = replace(
        spec("events", []),
        columns={"occurred_at": "at", "channel": "'web'", "step": "'visit'"},
        handles={"email": "LOWER(mail)", "phone": "hp"},
        attributes=("plan",),
    )
    rows, faulty = clean(frame.lazy(), said, JAKARTA)
    assert faulty.is_empty()
    assert "customer_id" not in rows.columns
    assert rows[f"{HANDLE}email"].to_list() == ["a@b.co", None]
    assert rows[f"{HANDLE}phone"].to_list() == ["62812", None]
    assert rows["plan"].to_list() == ["gold", None]


def test_a_handle_that_looks_at_all_rows_is_not_mapped_in_batches():
    by_cell = replace(spec("events", []), handles={"email": "mail"})
    assert by_row(by_cell)
    assert not by_row(replace(by_cell, handles={"email": "MAX(mail)"}))
    assert not by_row(replace(by_cell, currency="MAX(money)"))


def test_knowing_follows_the_clock_of_every_table():
    row = dict.fromkeys(filled("stages"), "x") | {"entered_at": FAR, "customer_id": "ana"}
    del row["known_at"]
    rows, _ = mapped("stages", row, latency_hours=5)
    assert (rows["known_at"] - rows["entered_at"]).to_list() == [timedelta(hours=5)]


def test_who_unsubscribes_is_suppressed(tmp_path):
    lines = ["email,timestamp,event", "a@b.co,2026-03-01T10:00:00Z,open"]
    lines += ["a@b.co,2026-03-02T10:00:00Z,unsubscribe", "c@b.co,2026-03-03T10:00:00Z,spamreport"]
    (tmp_path / "mails.csv").write_text("\n".join(lines))
    said = complete(
        SourceSpec(name="mails", kind="email_events", path="mails.csv", table="suppressions")
    )
    assert check.faults([said], tmp_path) == []
    rows, faulty = clean(KINDS[said.kind].read(tmp_path / "mails.csv", said).rows, said, JAKARTA)
    assert rows.select("customer_id", "channel", "starts_at", "ends_at").rows() == [
        ("a@b.co", "email", datetime(2026, 3, 2, 10, tzinfo=UTC), None),
        ("c@b.co", "email", datetime(2026, 3, 3, 10, tzinfo=UTC), None),
    ]
    assert faulty.is_empty()


def test_amounts_of_a_crm_in_several_currencies_are_converted_where_the_column_is_said(tmp_path):
    header = ["Record ID", "Create Date", "Close Date", "Deal Stage", "Amount", "Currency"]
    header += ["Amount in company currency", "Associated Contact IDs"]
    deals = [
        ",".join(header),
        "1,2026-01-01,2026-03-01,Closed Won,5,USD,79999,7",
        "2,2026-01-01,2026-03-01,Closed Won,5,IDR,5,7",
    ]
    (tmp_path / "deals.csv").write_text("\n".join(deals))
    deal = SourceSpec(name="deals", kind="hubspot", path="deals.csv", options={"object": "deals"})
    rates = Rates("IDR", pl.DataFrame({"currency": "USD", "day": [date(2026, 1, 1)], "rate": 16e3}))

    def values(spec):
        said = complete(spec)
        assert check.faults([said], tmp_path, rates) == []
        raw = KINDS[said.kind].read(tmp_path / "deals.csv", said)
        return clean(raw.rows, said, JAKARTA, rates).rows["value"].drop_nulls().to_list()

    assert values(replace(deal, currency="Currency")) == [800_000_000, 50_000]
    assert values(deal) == [799_990_000, 50_000]
