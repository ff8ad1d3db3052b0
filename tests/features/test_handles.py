"""Handles: one way of writing, whatever a person or a system typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from people import KEY, day
from polars import DataFrame, Series

from features.errors import DataRefused
from features.identity import handles
from features.identity.accounts import work_domain
from features.identity.records import HandleParams, records
from features.identity.tables import RECORDS

PARAMS = HandleParams(key=KEY)


@given(raw=st.text(st.characters(exclude_categories=()), max_size=40))
def test_any_text_is_a_handle_or_none(raw):
    for read in (handles.email, handles.identifier, work_domain, lambda t: handles.phone(t, "ID")):
        handle = read(raw)
        assert handle is None or (handle == handle.strip() != "" and handle.encode())


@given(raw=st.text(max_size=30) | st.emails() | st.from_regex(r"\A[+0]?[0-9 ()-]{6,15}\Z"))
def test_what_is_written_one_way_stays_so(raw):
    for read in (handles.email, handles.identifier, lambda text: handles.phone(text, "ID")):
        handle = read(raw)
        assert handle is None or read(handle) == handle


@pytest.mark.parametrize(
    "raw",
    [
        "budi@contoh.co.id",
        "  BUDI@Contoh.CO.ID\t",
        "mailto:budi@contoh.co.id",
        '"Budi, Pak" <budi@contoh.co.id>',
        "\u202abudi@contoh.co.id\u202c",
        "\uff42udi@\uff43ontoh.co.id",
        "budi@contoh.co.id.",
    ],
)
def test_one_mailbox_written_in_many_ways(raw):
    assert handles.email(raw) == "budi@contoh.co.id"


@pytest.mark.parametrize(
    "raw",
    ["", "-", "budi", "@contoh.id", "budi@", "budi@localhost", "a b@contoh.id", "budi@1.2.3.4",
     "budi@contoh..id", "budi@-x.id", "budi@ex_ample.id", "+promo@gmail.com", "...@gmail.com",
     "a@b@contoh.id", "a@b.id, c@d.id", f"{'x' * 65}@contoh.id", f"x@{'y' * 64}.id", "x@\ud800.id"],
)  # fmt: skip
def test_what_is_no_mailbox(raw):
    assert handles.email(raw) is None


@pytest.mark.parametrize(
    ("raw", "mailbox"),
    [
        ("b.u.d.i+a+b@gmail.com", "budi@gmail.com"),
        ("b.udi@googlemail.com", "budi@gmail.com"),
        ("b.udi+a@outlook.com", "b.udi@outlook.com"),
        ("b.udi+a@yahoo.com", "b.udi+a@yahoo.com"),
        ("budi@BÜCHER.example", "budi@xn--bcher-kva.example"),
        ("budi@xn--bcher-kva.example", "budi@xn--bcher-kva.example"),
        ("budi@faß.de", "budi@xn--fa-hia.de"),
        ("budi@fass.de", "budi@fass.de"),
    ],
)
def test_dots_tags_and_domains_of_providers(raw, mailbox):
    assert handles.email(raw) == mailbox


@pytest.mark.parametrize(
    ("raw", "region", "number"),
    [
        ("0812345678", "ID", "+62812345678"),
        ("+62 812 345 678", "ID", "+62812345678"),
        ("62812345678", "ID", "+62812345678"),
        ("(0812) 345-678", "ID", "+62812345678"),
        ("812345678", "ID", "+62812345678"),
        ("812345678.0", "ID", "+62812345678"),
        ("+62 (0)812-345-678", "ID", "+62812345678"),
        ("\uff10\uff18\uff11\uff12345678", "ID", "+62812345678"),
        ("0062812345678", "ID", "+62812345678"),
        ("021 555 1234 ext. 12", "ID", "+62215551234;ext=12"),
        ("+1 650-253-0000", "ID", "+16502530000"),
        ("3921234567", "IT", "+393921234567"),
        ("9123456789", "IN", "+919123456789"),
        ("650 253 0000", "US", "+16502530000"),
    ],
)
def test_one_number_written_in_many_ways(raw, region, number):
    assert handles.phone(raw, region) == number


@pytest.mark.parametrize("raw", ["", "0", "0000000000", "12345", "6.28E+11", "n/a", "1" * 300])
def test_what_is_no_number(raw):
    assert handles.phone(raw, "ID") is None


@given(cells=st.lists(st.text(max_size=12) | st.none(), max_size=8))
def test_no_record_is_lost(cells):
    rows = DataFrame(
        {"key": [str(k) for k in range(len(cells))], "cell": Series(cells, dtype=str)},
        schema_overrides={"key": str},
    )
    rows = rows.with_columns(
        known_at=Series([day(1)] * len(cells), dtype=RECORDS.schema["known_at"])
    )
    kinds = [("cell", "email"), ("cell", "phone"), ("cell", "id:crm")]
    assert set(records("crm", rows, kinds, PARAMS)["key"]) == set(rows["key"])


def test_a_mark_tells_kind_and_key_apart_and_hides_the_handle():
    rows = DataFrame({"key": ["1"], "known_at": [day(1)], "id": [812345678]})
    kinds = [("id", "id:crm"), ("id", "id:shop"), ("id", "phone")]
    made = records("crm", rows, kinds, PARAMS)
    other = records("crm", rows, kinds, HandleParams(key=b"another key, of 16"))
    marks = [*made["handle"], *other["handle"]]
    assert len(set(marks)) == 6
    assert not any("812345678" in mark for mark in marks)


def test_the_key_is_not_shown():
    assert "key" not in repr(PARAMS)


def test_what_cannot_be_is_refused():
    rows = DataFrame({"key": ["1"], "known_at": [day(1)], "x": ["y"]})
    with pytest.raises(DataRefused, match="'mail'"):
        records("crm", rows, [("x", "mail")], PARAMS)
    with pytest.raises(DataRefused, match="'62'"):
        HandleParams(key=KEY, region="62")
    with pytest.raises(DataRefused, match="3 bytes"):
        HandleParams(key=b"abc")
