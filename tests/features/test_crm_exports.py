"""HubSpot's and Salesforce's exports: what each record tells, and that none is lost."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from crm import (
    CONTACTS,
    DEALS,
    ENGAGEMENTS,
    FIELDS,
    HISTORY,
    OPPORTUNITIES,
    events,
    refusal,
    rows,
    source,
    stages,
)
from hypothesis import given
from hypothesis import strategies as st
from readings import read

from features.errors import DataRefused
from features.sources import SourceSpec
from features.sources.kinds import csv as csv_kind
from features.sources.kinds import hubspot, salesforce
from features.sources.mapping import clean
from features.sources.raw import ROW

JAKARTA = ZoneInfo("Asia/Jakarta")


def test_hubspot_contacts_are_created_and_pass_through_the_lifecycle(tmp_path):
    assert events("hubspot", CONTACTS, tmp_path) == [
        ("101", "2026-01-05 09:00", "contact_created", None),
        ("101", "2026-01-05 09:00", "lifecycle_lead", None),
        ("101", "2026-02-01 10:00", "lifecycle_customer", None),
        ("102", "2026-01-06 09:00", "contact_created", None),
        ("102", "2026-01-06 09:01", "lifecycle_lead", None),
    ]


def test_attributes_of_a_contact_hold_since_they_were_last_changed(tmp_path):
    names = ("customer_id", "valid_from", "Lifecycle Stage")
    assert rows("hubspot", CONTACTS, tmp_path, *names, table="customers") == [
        ("101", "2026-02-10 08:00", "Customer"),
        ("102", "2026-01-06 09:00", "Lead"),
    ]


def test_a_hubspot_deal_counts_for_each_contact_and_its_amount_once(tmp_path):
    assert events("hubspot", DEALS, tmp_path, object="deals") == [
        ("101", "2026-01-02 10:00", "deal_created", None),
        ("102", "2026-01-02 10:00", "deal_created", None),
        ("101", "2026-01-03 11:00", "deal_appointment_scheduled", None),
        ("102", "2026-01-03 11:00", "deal_appointment_scheduled", None),
        ("101", "2026-02-01 09:00", "deal_closed_won", "1500.5"),
        ("102", "2026-02-01 09:00", "deal_closed_won", None),
        (None, "2026-01-04 10:00", "deal_created", None),
    ]


def test_a_hubspot_deal_may_count_for_the_company(tmp_path):
    assert stages("hubspot", DEALS, tmp_path, object="deals", customer="company") == [
        ("900", "Appointment Scheduled", "2026-01-03 11:00"),
        ("900", "Closed won", "2026-02-01 09:00"),
    ]


def test_a_deal_without_dates_of_stages_is_won_on_its_close_date(tmp_path):
    text = """Record ID,Deal Stage,Create Date,Close Date,Amount,Associated Contact IDs
1,Closed Won (Sales Pipeline),2026-01-01,2026-02-01,5,101
2,Appointment Scheduled,2026-01-01,2026-12-31,6,101
"""
    assert events("hubspot", text, tmp_path, object="deals") == [
        ("101", "2026-01-01", "deal_created", None),
        ("101", "2026-02-01", "deal_closed_won", "5"),
        ("101", "2026-01-01", "deal_created", None),
    ]


def test_hubspot_engagements_have_channels_and_are_known_when_logged(tmp_path):
    names = ("customer_id", "occurred_at", "known_at", "channel", "step", "source_key")
    assert rows("hubspot", ENGAGEMENTS, tmp_path, *names, object="engagements") == [
        ("101", "2026-01-03 09:00", "2026-01-03 12:00", "call", "call", "51:101"),
        ("102", "2026-01-04 09:00", "2026-01-04 09:00", "email", "email_received", "52:102"),
        ("101", "2026-01-05 09:00", "2026-01-04 09:00", "crm", "site_visit", "53:101"),
    ]


@pytest.mark.parametrize(
    ("short", "full"),
    [("001D000000IqhSL", "001D000000IqhSLIAZ"), ("0000000000000AA", "0000000000000AAAAY")],
)
def test_ids_of_15_and_18_characters_are_one(short, full):
    made = pl.DataFrame({"id": [short, full, "900", None]}).select(salesforce.long_id(pl.col("id")))
    assert made.to_series().to_list() == [full, full, "900", None]


def test_salesforce_history_enters_a_stage_only_where_it_changes(tmp_path):
    account = "001D000000IqhSLIAZ"
    history = HISTORY.replace("006D000000IqhSLIA4", salesforce_id("006D000000IqhSL"))
    assert events("salesforce", history, tmp_path, object="opportunity_history") == [
        (account, "2026-03-01T00:00:00.000+0000", "opportunity_closed_won", "700"),
        (account, "2026-01-01T00:00:00.000Z", "opportunity_prospecting", None),
        (account, "2026-02-01T00:00:00.000Z", "opportunity_updated", None),
    ]
    assert [
        stage
        for _, stage, *_ in stages("salesforce", history, tmp_path, object="opportunity_history")
    ] == ["Closed Won", "Prospecting"]


def salesforce_id(short: str) -> str:
    """The vendor's recipe, step by step: an oracle for `long_id`."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    for chunk in (short[:5], short[5:10], short[10:15]):
        bits = "".join("1" if "A" <= letter <= "Z" else "0" for letter in reversed(chunk))
        short += letters[int(bits, 2)]
    return short


@given(st.from_regex(r"[A-Za-z0-9]{15}", fullmatch=True))
def test_long_ids_follow_the_recipe(short):
    made = pl.select(salesforce.long_id(pl.lit(short))).item()
    assert made == salesforce_id(short)


def test_salesforce_field_history_is_read_by_the_labels_of_a_report(tmp_path):
    steps = events("salesforce", FIELDS, tmp_path, object="opportunity_history")
    assert [step for _, _, step, _ in steps] == [
        "opportunity_created",
        "opportunity_negotiation",
        "opportunity_updated",
    ]


def test_an_opportunity_tells_its_creation_and_its_present_stage(tmp_path):
    got = events("salesforce", OPPORTUNITIES, tmp_path, object="opportunities")
    assert [(at, step, value) for _, at, step, value in got] == [
        ("2026-01-01T01:00:00.000Z", "opportunity_created", None),
        ("2026-02-02", "opportunity_closed_won", "900"),
        ("2026-01-02T01:00:00.000Z", "opportunity_created", None),
        ("2026-01-05T01:00:00.000Z", "opportunity_proposal", None),
        ("2026-01-02T01:00:00.000Z", "opportunity_created", None),
    ]


def test_salesforce_contacts_are_events_and_customers(tmp_path):
    text = "ID,EMAIL,CREATEDDATE,LASTMODIFIEDDATE\n003D000000IqhSL,a@b.id,2026-01-01,2026-02-01\n"
    named = salesforce_id("003D000000IqhSL")
    assert events("salesforce", text, tmp_path) == [(named, "2026-01-01", "contact_created", None)]
    names = ("customer_id", "valid_from", "EMAIL")
    assert rows("salesforce", text, tmp_path, *names, table="customers") == [
        (named, "2026-02-01", "a@b.id")
    ]


@pytest.mark.parametrize(
    ("kind", "text", "said", "message"),
    [
        ("hubspot", DEALS, {"object": "deal"}, "did you mean `deals`?"),
        (
            "hubspot",
            DEALS,
            {"object": "deals", "customer": "person"},
            "there are: contact, company",
        ),
        ("hubspot", DEALS, {"object": "deals", "table": "customers"}, "only HubSpot's contacts"),
        ("hubspot", ENGAGEMENTS, {"object": "engagements", "table": "stages"}, "enter no stage"),
        ("hubspot", "Record ID,Email\n", {"table": "stages"}, "when a stage was entered"),
        ("hubspot", "Email\n", {}, "no column 'Record ID'"),
        ("hubspot", "Record ID\n", {"table": "customers"}, "no column 'Last Modified Date'"),
        (
            "hubspot",
            "Record ID,Amount,Currency,Associated Contact IDs\n1,5,IDR,7\n2,5,USD,7\n",
            {"object": "deals"},
            "several currencies: IDR, USD",
        ),
        (
            "salesforce",
            "Opportunity ID,Account ID,Amount,Amount Currency\n1,a,5,IDR\n2,a,5,USD\n",
            {"object": "opportunities"},
            "several currencies: IDR, USD",
        ),
        ("salesforce", FIELDS, {"object": "opportunity_histry"}, "mean `opportunity_history`?"),
        ("salesforce", "Id,StageName\n", {"object": "opportunities"}, "no column 'Account ID'"),
        (
            "salesforce",
            "Account ID,Stage\n",
            {"object": "opportunity_history"},
            "no column 'Opportunity ID'",
        ),
        ("salesforce", FIELDS, {"table": "stages"}, "contacts enter no stage"),
    ],
)
def test_what_cannot_be_meant_is_refused(kind, text, said, message, tmp_path):
    assert message in refusal(kind, text, tmp_path, **said)


def test_an_unknown_option_is_refused(tmp_path):
    spec = SourceSpec(name="crm", kind="hubspot", path="x", options={"objekt": "deals"})
    with pytest.raises(DataRefused, match="did you mean `object`"):
        hubspot.columns(spec)


def test_a_column_with_a_name_that_is_made_is_refused(tmp_path):
    module, path, spec = source("hubspot", "Record ID,step\n", tmp_path)
    with pytest.raises(DataRefused, match="names that jejak makes: step"):
        module.schema(path, spec)


def test_a_person_may_map_the_customer_otherwise(tmp_path):
    text = "Record ID,Email,Create Date\n1,ana@example.com,2026-01-01\n"
    module, path, spec = source("hubspot", text, tmp_path, columns={"customer_id": "Email"})
    assert module.read(path, spec).rows.collect()["Email"].to_list() == ["ana@example.com"]


def test_a_workspace_needs_to_say_no_column(tmp_path):
    _, _, contacts = source("hubspot", CONTACTS, tmp_path, table="customers")
    deals = SourceSpec(name="deals", kind="hubspot", path="deals.csv", options={"object": "deals"})
    (tmp_path / "deals.csv").write_text(DEALS)
    contacts = replace(contacts, attributes=("Lifecycle Stage",))
    options = {"as_of": datetime(2026, 3, 1, tzinfo=UTC), "zone": JAKARTA}
    got = read([contacts, deals], tmp_path, max_quarantine_share=0.2, **options)
    assert sorted(got.customers["Lifecycle Stage"]) == ["Customer", "Lead"]
    won = got.events.filter(step="deal_closed_won").sort("customer_id")
    assert won.select("customer_id", "value").rows() == [("101", 15_005_000), ("102", None)]
    assert won["occurred_at"][0] == datetime(2026, 2, 1, 2, tzinfo=UTC)
    assert got.quarantine.select("row", "reason").rows() == [(2, "no_customer")]


EXPORTS = [
    ("hubspot", CONTACTS, {"object": "contacts"}),
    ("hubspot", CONTACTS, {"object": "contacts", "table": "customers"}),
    ("hubspot", DEALS, {"object": "deals"}),
    ("hubspot", ENGAGEMENTS, {"object": "engagements"}),
    ("salesforce", HISTORY, {"object": "opportunity_history"}),
    ("salesforce", FIELDS, {"object": "opportunity_history"}),
    ("salesforce", OPPORTUNITIES, {"object": "opportunities"}),
]


@given(export=st.sampled_from(EXPORTS), junk=st.binary(max_size=120), data=st.data())
def test_no_record_is_lost_whatever_follows(export, junk, data, tmp_path_factory):
    kind, text, said = export
    cut = data.draw(st.integers(text.index("\n") + 1, len(text)))
    folder = tmp_path_factory.mktemp("crm")
    module, path, spec = source(kind, text[:cut].encode() + junk, folder, **said)
    plain, made = csv_kind.read(path, spec), module.read(path, spec)
    frame = made.rows.collect()
    assert made.broken == plain.broken
    assert {*frame[ROW]} == {*plain.rows.collect()[ROW]}
    mapped = clean(made.rows, replace(spec, columns=module.columns(spec)), JAKARTA)
    assert mapped.rows.height + mapped.quarantine.height == frame.height


TIMES = st.sampled_from(["2026-01-05 09:00", "", " ", "yesterday"])


@given(
    deals=st.lists(
        st.tuples(TIMES, TIMES, TIMES, st.lists(st.sampled_from(["7", "8", " 7", ""]), max_size=3))
    )
)
def test_every_time_of_a_deal_is_one_touch_a_contact(deals, tmp_path_factory):
    header = ["Record ID", "Associated Contact IDs", "Create Date"]
    header += [f'Date entered "{stage} (Sales)"' for stage in ("Talk", "Closed Won")]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    expected = []
    for number, (*moments, contacts) in enumerate(deals, start=1):
        writer.writerow([number, ";".join(contacts), *moments])
        people = sorted({contact.strip() for contact in contacts if contact.strip()}) or [None]
        steps = zip(("created", "talk", "closed_won"), moments, strict=True)
        told = [f"deal_{step}" for step, moment in steps if moment.strip()] or ["deal_created"]
        expected += [(number, person, step) for person in people for step in told]
    folder = tmp_path_factory.mktemp("deals")
    module, path, spec = source("hubspot", text.getvalue(), folder, object="deals")
    got = module.read(path, spec).rows.select(ROW, "customer_id", "step").collect().rows()
    assert sorted(got, key=str) == sorted(expected, key=str)
