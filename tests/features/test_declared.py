"""What a workspace says of a source is weighed before a row is read."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from features.errors import DataRefused
from features.lake import Intake
from features.sources import SourceSpec, check, read
from features.sources.declared import NEEDED, mistakes_in_source
from features.sources.kinds import complete
from features.sources.whose import whose

NOW = datetime(2026, 3, 10, tzinfo=UTC)


def spec(table):
    columns = {name: name for name in NEEDED[table]}
    return SourceSpec(name="one", kind="csv", path="one.csv", table=table, columns=columns)


def said_of(**changes):
    said = {"columns": {"customer_id": "who", "occurred_at": "at"}, **changes}
    said["columns"] = {**said["columns"], "channel": "'web'", "step": "'visit'"}
    told = SourceSpec(name="one", kind="csv", path="one.csv", **said)
    return [str(mistake) for mistake in mistakes_in_source(told)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"handles": {"email": "mail"}}, "handles: are said beside `columns.customer_id`"),
        ({"columns": {"occurred_at": "at"}}, "columns.customer_id: is not said"),
        ({"columns": {"occurred_at": "at"}, "handles": {"email": "mail"}}, None),
        ({"columns": {"occurred_at": "at"}, "handles": {"id:crm": "a", "account:x.y": "b"}}, None),
        (
            {"columns": {"occurred_at": "at"}, "handles": {"e-mail": "mail"}},
            "handles.e-mail: is no kind of handle; did you mean `email`?",
        ),
        (
            {"columns": {"occurred_at": "at"}, "handles": {"id": "mail"}},
            "handles.id: is no kind of handle; write email, phone, domain, id:NAME",
        ),
        (
            {"columns": {"occurred_at": "at"}, "handles": {"twitter": "mail"}},
            "handles.twitter: is no kind of handle; write email, phone",
        ),
        ({"columns": {"occurred_at": "at"}, "handles": {"email": ("mail", "home")}}, None),
        (
            {"columns": {"occurred_at": "at"}, "handles": {"email": ()}},
            "handles.email: names no column; name one, or leave it out",
        ),
        ({"attributes": ("plan",)}, None),
        ({"attributes": ("value",)}, "attributes: 'value' has the name of a contract column"),
        ({"currency": "IDR"}, "currency: is not used: no column holds money; map value"),
    ],
)
def test_what_is_said_is_weighed(changes, expected):
    told = said_of(**changes)
    assert (told == []) if expected is None else expected in "\n".join(told)


def test_spend_has_no_customer():
    known = spec("spend")
    assert list(mistakes_in_source(known)) == []
    [handles] = mistakes_in_source(replace(known, handles={"email": "mail"}))
    assert handles.reason == "are not of the table spend"
    [customer] = mistakes_in_source(replace(known, columns={**known.columns, "customer_id": "a"}))
    assert customer.key == "columns.customer_id"


@pytest.mark.parametrize(
    ("arm", "right"), [("'treatd'", False), ("'Treated'", True), ("lot", True)]
)
def test_an_arm_that_is_always_the_same_is_one_of_two(arm, right):
    told = spec("outreach")
    found = [*mistakes_in_source(replace(told, columns={**told.columns, "arm": arm}))]
    expected = ["columns.arm: is always 'treatd'; did you mean `treated`?"]
    assert [str(mistake) for mistake in found] == ([] if right else expected)


def test_only_open_tables_have_attributes():
    [told] = mistakes_in_source(replace(spec("stages"), attributes=("a",)))
    assert told.reason == "belong to the tables events and customers"


def test_handles_are_held_against_the_columns_of_the_file(tmp_path):
    (tmp_path / "one.csv").write_text("mail,at\na@b.co,2026-03-01\n")
    said = SourceSpec(
        name="one",
        kind="csv",
        path="one.csv",
        columns={"occurred_at": "at", "channel": "'web'", "step": "'visit'"},
        handles={"email": "mail"},
    )
    assert check.faults([said], tmp_path) == []
    [fault] = check.faults([replace(said, handles={"email": "mial"})], tmp_path)
    assert "`handles.email` uses column 'mial', which is missing" in str(fault)
    assert "did you mean `mail`?" in str(fault)


def test_a_kind_gives_way_to_handles():
    chat = SourceSpec(name="chat", kind="whatsapp", path="chat.txt", handles={"phone": "customer"})
    assert "customer_id" not in complete(chat).columns
    assert complete(replace(chat, handles={})).columns["customer_id"] == "customer"


def test_what_a_kind_cannot_fill_is_a_mistake_among_others():
    ads = SourceSpec(name="ads", kind="ads", path="ads.csv")
    [told] = mistakes_in_source(ads)
    assert str(told) == (
        "kind: 'ads': this kind does not know the table 'events';"
        ' write `table = "spend"`, or say the columns'
    )


def test_a_customers_name_is_told_of_as_it_was_said(tmp_path):
    (tmp_path / "one.csv").write_text("who,at\nana,2026-03-01\n")
    columns = {"occurred_at": "at", "channel": "'a'", "step": "'b'"}
    said = replace(spec("events"), columns=columns)
    named = replace(said, name="two", columns={**columns, "customer_id": "whoo"})
    [fault] = check.faults(whose([replace(said, handles={"email": "who"}), named]), tmp_path)
    assert "source 'two': `columns.customer_id` uses column 'whoo', which is missing" in str(fault)


def test_a_source_that_does_not_say_whose_its_rows_are_is_refused(tmp_path):
    (tmp_path / "one.csv").write_text("who,at\nana,2026-03-01\n")
    columns = {"occurred_at": "at", "channel": "'a'", "step": "'b'"}
    nobody = replace(spec("events"), columns=columns)
    known = replace(nobody, name="two", handles={"email": "who"})
    with pytest.raises(DataRefused, match=r"source 'one': `columns\.customer_id` is not said"):
        read([nobody, known], tmp_path, Intake(), as_of=NOW, zone=ZoneInfo("UTC"))
