"""Several handles of a kind in one row: all of them join, wherever they stand."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features import lake
from features.errors import DataRefused
from features.identity.recognition import Recognition
from features.identity.records import HandleParams
from features.sources import SourceSpec, read

NOW = datetime(2026, 3, 10, tzinfo=UTC)
HANDLES = HandleParams(key=b"sixteen bytes ok", region="ID")
MAILS = ("ana@one.example", "ANA@one.example", "budi@two.example", "n/a", "", None)
PHONES = ("0812 3456 7890", "+62 812-3456-7890", "0813 4567 8901", "", None)
CONTACTS = SourceSpec(
    name="contacts",
    kind="csv",
    path="contacts.csv",
    table="customers",
    handles={"email": ("Email", "LOWER(other)"), "phone": "hp"},
    columns={"valid_from": "'2026-01-01'"},
)
TICKETS = SourceSpec(
    name="tickets",
    kind="csv",
    path="tickets.csv",
    handles={"email": "mail"},
    columns={"occurred_at": "'2026-03-01'", "channel": "'email'", "step": "'ticket'"},
)


def recognised(rows, columns):
    """The record of each row, and what the records are made of."""
    handles = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    days = [NOW - timedelta(days=day) for day in range(len(rows))]
    known = pl.Series(days, dtype=pl.Datetime("us", "UTC"))
    recognition = Recognition(HANDLES)
    records = recognition.records_of("crm", handles, known).to_list()
    return records, recognition.records().rows()


@given(
    rows=st.lists(
        st.tuples(*[st.sampled_from(MAILS)] * 3, *[st.sampled_from(PHONES)] * 2), max_size=5
    ),
    data=st.data(),
)
def test_a_record_does_not_depend_on_the_column_of_a_handle(rows, data):
    columns = ["email[0]", "email[1]", "email[2]", "phone[0]", "phone[1]"]
    moved = [
        (*data.draw(st.permutations(row[:3])), *data.draw(st.permutations(row[3:]))) for row in rows
    ]
    assert recognised(moved, columns) == recognised(rows, columns)


@given(mail=st.sampled_from(MAILS), phone=st.sampled_from(PHONES))
def test_one_handle_in_many_columns_is_as_good_as_in_one(mail, phone):
    alone = recognised([(mail, phone)], ["email", "phone"])
    assert recognised([(mail, phone, mail)], ["email[0]", "phone", "email[1]"]) == alone
    assert recognised([("", phone, mail)], ["email[0]", "phone", "email[1]"]) == alone


def test_a_record_has_every_handle_of_its_row():
    columns = ["email[0]", "email[1]", "phone"]
    (record,), made = recognised([(MAILS[0], MAILS[2], PHONES[0])], columns)
    assert [(key, kind) for _, key, _, kind, _ in made] == [
        (record, "email"),
        (record, "email"),
        (record, "phone"),
    ]
    assert len({mark for *_, mark in made}) == 3


def ingested(folder, contacts, tickets):
    """Whose each ticket is, and how many rows of contacts were set aside."""
    (folder / "contacts.csv").write_text("\n".join(["Email,other,hp", *contacts]))
    (folder / "tickets.csv").write_text("\n".join(["mail", *tickets]))
    intake = lake.Intake(handles=HANDLES, partitions=2)
    options = {"as_of": NOW, "zone": ZoneInfo("UTC"), "max_quarantine_share": 1}
    written = lake.write(
        folder / "lake", intake, read([CONTACTS, TICKETS], folder, intake, **options)
    )
    return written.snapshot.events()["customer_id"], written.reading.quarantine.height


def test_both_addresses_of_a_contact_are_one_customer(tmp_path):
    tickets = ["ana@one.example", "ana@home.example"]
    customers, _ = ingested(tmp_path, ["ana@one.example,Ana@Home.example,"], tickets)
    assert (customers.len(), customers.n_unique()) == (2, 1)
    (tmp_path / "apart").mkdir()
    customers, _ = ingested(tmp_path / "apart", ["ana@one.example,,"], tickets)
    assert (customers.len(), customers.n_unique()) == (2, 2)


def test_a_row_is_set_aside_only_if_every_place_is_blank(tmp_path):
    contacts = [",ana@home.example,", " ,n/a,", ",,0812 3456 7890"]
    assert ingested(tmp_path, contacts, ["ana@home.example"])[1] == 1


def test_a_place_that_is_missing_is_told_with_what_may_be_meant(tmp_path):
    (tmp_path / "contacts.csv").write_text("Email,othr,hp\n")
    (tmp_path / "tickets.csv").write_text("mail\n")
    with pytest.raises(DataRefused, match=r"`handles\.email\[1\]` uses column 'other'") as refused:
        read([CONTACTS, TICKETS], tmp_path, lake.Intake(), as_of=NOW, zone=ZoneInfo("UTC"))
    assert "did you mean `othr`?" in str(refused.value)
