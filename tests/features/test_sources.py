"""Sources of a workspace: what is refused before or after reading, and what a reading tells."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from readings import read

from features.contracts import CUSTOMERS, EVENTS, QUARANTINE, check
from features.errors import DataRefused
from features.sources import SourceSpec, watermark

JAKARTA = ZoneInfo("Asia/Jakarta")
AS_OF = datetime(2026, 3, 9, 17, tzinfo=UTC)
CALLS = SourceSpec(
    name="calls",
    kind="csv",
    path="calls.csv",
    columns={
        "customer_id": "Customer ID",
        "occurred_at": "called_at",
        "channel": "'call'",
        "step": "LOWER(topic)",
        "value": "cost",
    },
)
CALLS_TEXT = """Customer ID,called_at,topic,cost
ana,2026-03-01 09:00,Billing,1.5
budi,2026-03-02 10:30,Renewal,
"""
PEOPLE = SourceSpec(
    name="people",
    kind="parquet",
    path="people.parquet",
    table="customers",
    columns={"customer_id": "id", "valid_from": "'2026-01-01'"},
    attributes=("plan",),
)


@pytest.fixture
def root(tmp_path):
    (tmp_path / "calls.csv").write_text(CALLS_TEXT)
    pl.DataFrame({"id": [1, 2], "plan": ["gold", None]}).write_parquet(tmp_path / "people.parquet")
    return tmp_path


def reading(root, *specs, **options):
    return read(specs, root, **{"as_of": AS_OF, "zone": JAKARTA, **options})


def refusal(root, *specs, **options) -> str:
    with pytest.raises(DataRefused) as refused:
        reading(root, *specs, **options)
    return str(refused.value)


def mapped(**columns):
    return replace(CALLS, columns={**CALLS.columns, **columns})


def test_a_reading_holds_the_contracts_and_counts_each_source(root):
    got = reading(root, CALLS, PEOPLE)
    for table, frame in (
        (EVENTS, got.events),
        (CUSTOMERS, got.customers),
        (QUARANTINE, got.quarantine),
    ):
        check(table, frame)
    told = got.events.sort("occurred_at").select("customer_id", "channel", "step", "value")
    assert told.rows() == [
        ("ana", "call", "billing", 15_000),
        ("budi", "call", "renewal", None),
    ]
    assert got.customers.select("customer_id", "plan").rows() == [("1", "gold"), ("2", None)]
    calls, people = got.sources
    assert (calls.rows_read, calls.rows_kept, calls.rows_quarantined) == (2, 2, 0)
    assert calls.newest == datetime(2026, 3, 2, 3, 30, tzinfo=UTC)
    assert (people.name, people.table, people.rows_kept) == ("people", "customers", 2)


@given(
    lines=st.lists(
        st.sampled_from(["ana,2026-03-01,a,1", ",2026-03-01,a,1", "ana,x,a,1", "ana", 'ana,"x', ""])
    )
)
def test_every_row_of_a_file_is_accounted_for(lines, tmp_path_factory):
    folder = tmp_path_factory.mktemp("calls")
    lines = ["ana,2026-03-01,a,1", *lines]
    (folder / "calls.csv").write_text("\n".join(["Customer ID,called_at,topic,cost", *lines]))
    got = reading(folder, CALLS, max_quarantine_share=1)
    count = got.sources[0]
    assert count.rows_read == len([line for line in lines if line])
    assert count.rows_read == count.rows_kept + count.rows_quarantined
    assert (count.rows_kept, count.rows_quarantined) == (got.events.height, got.quarantine.height)
    assert sum(count.reasons.values()) == count.rows_quarantined
    assert got.quarantine["row"].is_unique().all()


def test_all_faults_of_all_sources_are_told_at_once(root):
    said = refusal(
        root,
        mapped(occurred_at="caled_at", step="topic ||", channel="call"),
        replace(PEOPLE, attributes=("plann", "seats")),
        replace(CALLS, name="chats", path="chats.csv"),
        replace(CALLS, name="mails", path="mails.csv", required=False),
    )
    assert said.startswith("6 things are wrong with the sources")
    for fault in [
        "source 'calls': `columns.occurred_at` uses column 'caled_at', which is missing",
        "(calls.csv); did you mean `called_at`?",
        "source 'calls': `columns.step` cannot be read",
        "source 'calls': `columns.channel` uses column 'call', which is missing",
        "a constant is written in single quotes: \"'call'\"",
        "source 'people': attribute 'plann' is missing (people.parquet); did you mean `plan`?",
        "source 'people': attribute 'seats' is missing (people.parquet); there are: id, plan",
        "source 'chats': the file is missing (chats.csv)",
    ]:
        assert fault in said
    assert "mails" not in said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"columns": {"customer_id": "topic"}}, "`columns.occurred_at` is not said"),
        ({"columns": {**CALLS.columns, "steps": "topic"}}, "did you mean `step`?"),
        ({"columns": {**CALLS.columns, "source": "topic"}}, "`columns.source` is not a known key"),
        ({"attributes": ("topic",), "table": "spend"}, "`attributes` belong to the tables"),
        ({"time_zone": "Asia/Jakart"}, "did you mean `Asia/Jakarta`?"),
        ({"time_format": "dd/mm/yyyy"}, "`time_format` 'dd/mm/yyyy' reads no time"),
        ({"latency_hours": -1}, "`latency_hours` is no latency"),
        ({"latency_hours": float("nan")}, "`latency_hours` is no latency"),
        ({"stale_after_days": -1}, "`stale_after_days` is -1"),
        ({"separator": ";;"}, "`separator` is ';;' (calls.csv); write one character"),
        ({"separator": ""}, "`separator` is ''"),
        ({"lookups": {"topics": "calls.csv"}}, "`lookups` are not used"),
        ({"lookups": {"source": "calls.csv"}}, "`lookups` name a table `source`"),
        ({"lookups": {"topics": "topics.csv"}}, "the file is missing (topics.csv)"),
        (
            {"sql": "SELECT topik FROM source"},
            "`sql` uses column 'topik' (calls.csv); did you mean",
        ),
        ({"sql": "SELECT * FROM calls"}, "relation 'calls' was not found"),
        ({"sql": "SELEC"}, "`sql` cannot be run: sql parser error"),
        ({"kind": "parquet"}, "is no Parquet file that can be read"),
        ({"separator": ";"}, "is one column, with ',' in its name"),
    ],
)
def test_what_is_said_wrongly_is_refused(changes, said, root):
    assert said in refusal(root, replace(CALLS, **changes))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"occurred_at": "when"}, "column occurred_at cannot be made of Int64"),
        ({"value": "day"}, "column value cannot be made of Date"),
        ({"customer_id": "tags"}, "column customer_id cannot be made of List(String)"),
        ({"value": "who || when + 1"}, "an expression in `columns` cannot be run"),
    ],
)
def test_a_column_of_another_type_is_refused(columns, said, root):
    frame = pl.DataFrame({"who": ["ana"], "when": [5], "day": [date(2026, 3, 1)], "tags": [["x"]]})
    frame.write_parquet(root / "typed.parquet")
    fits = {"customer_id": "who", "occurred_at": "day", "channel": "'a'", "step": "'b'"}
    spec = SourceSpec(name="typed", kind="parquet", path="typed.parquet", columns=fits)
    assert reading(root, spec).events.height == 1
    assert said in refusal(root, replace(spec, columns={**fits, **columns}))


def test_names_are_used_once(root):
    assert "2 sources are called 'calls'" in refusal(root, CALLS, CALLS)


def test_attributes_have_one_type_everywhere(root):
    pl.DataFrame({"id": [3], "plan": [True]}).write_parquet(root / "more.parquet")
    said = refusal(root, PEOPLE, replace(PEOPLE, name="more", path="more.parquet"))
    assert "attribute 'plan' is Boolean and String in different sources" in said


def test_a_folder_in_the_place_of_a_file_is_told_so(root):
    (root / "calls.csv").unlink()
    (root / "calls.csv").mkdir()
    assert "a folder is there, not a file" in refusal(root, CALLS)


def test_a_header_that_is_a_whole_file_is_told_in_part(root):
    (root / "calls.csv").write_text("z" * 5000 + "\n1\n")
    assert len(refusal(root, CALLS)) < 2000


@pytest.mark.parametrize("text", ["", CALLS_TEXT.splitlines()[0] + "\n"])
def test_an_empty_source_is_refused_unless_it_is_optional(text, root):
    (root / "calls.csv").write_text(text)
    assert "calls.csv" in refusal(root, CALLS)
    if text:
        got = reading(root, replace(CALLS, required=False))
        assert got.sources[0].rows_read == 0


def test_a_stale_source_is_refused_unless_it_is_optional(root):
    spec = replace(CALLS, stale_after_days=8)
    assert reading(root, spec).events.height == 2
    late = AS_OF + timedelta(days=1)
    said = refusal(root, spec, as_of=late)
    assert "newest row before 2026-03-10 17:00 UTC is of 2026-03-02 03:30 UTC" in said
    assert "there should be one of 2026-03-02 17:00 UTC or later" in said
    assert reading(root, replace(spec, required=False), as_of=late).events.height == 2


def test_rows_of_the_future_are_kept_but_prove_no_freshness(root):
    text = CALLS_TEXT + "citra,2099-01-01,Billing,1\n"
    (root / "calls.csv").write_text(text)
    got = reading(root, CALLS)
    assert got.events.height == 3
    assert got.sources[0].newest == datetime(2026, 3, 2, 3, 30, tzinfo=UTC)
    late = AS_OF + timedelta(days=30)
    assert "UTC is of 2026-03-02" in refusal(root, replace(CALLS, stale_after_days=7), as_of=late)


def test_a_source_with_too_many_unreadable_rows_is_refused(root):
    (root / "calls.csv").write_text(CALLS_TEXT + "secret,tomorrow,Billing,1\n,2026-03-01,x,1\n")
    said = refusal(root, CALLS, max_quarantine_share=0.49)
    assert "2 of 4 rows were set aside (no_customer 1, bad_time 1), more than the 49.0%" in said
    assert "raise `quarantine.max_share`" in said
    assert "secret" not in said
    assert reading(root, CALLS, max_quarantine_share=0.5).quarantine.rows() == [
        ("calls", "calls.csv", 3, "bad_time", "occurred_at"),
        ("calls", "calls.csv", 4, "no_customer", "customer_id"),
    ]


def test_a_query_joins_and_groups_files(root):
    (root / "lines.csv").write_text(
        "who;basket;at;sum;shop\nana;7;2026-03-01;1.25;s1\nana;7;2026-03-01;2;s1\nbudi;8;2026-03-02;x;s2\n"
    )
    (root / "shops.csv").write_text("shop;kind\ns1;store\ns2;web\n")
    spec = SourceSpec(
        name="baskets",
        kind="csv",
        path="lines.csv",
        separator=";",
        lookups={"shops": "shops.csv"},
        sql="""
            SELECT who, basket, MIN(at) AS at, SUM(TRY_CAST(sum AS DOUBLE)) AS total, kind
            FROM source JOIN shops ON source.shop = shops.shop
            GROUP BY who, basket, kind
        """,
        columns={
            "customer_id": "who",
            "occurred_at": "at",
            "channel": "kind",
            "step": "'basket'",
            "value": "total",
            "source_key": "basket",
        },
    )
    got = reading(root, spec)
    assert got.events.sort("source_key").select("customer_id", "channel", "value").rows() == [
        ("ana", "store", 32_500),
        ("budi", "web", None),
    ]
    (root / "shops.csv").write_text("shop;kind\ns1;store\ns2\n")
    assert "a lookup of source 'baskets' has 1 rows that cannot be read" in refusal(root, spec)


def test_a_source_without_a_time_zone_has_the_workspaces(root):
    here = reading(root, CALLS).events["occurred_at"]
    there = reading(root, replace(CALLS, time_zone="UTC")).events["occurred_at"]
    assert (there - here).to_list() == [timedelta(hours=7)] * 2


def test_the_watermark_is_where_the_first_required_source_ends():
    until = replace(CALLS, complete_until=date(2026, 3, 5))
    beyond = replace(CALLS, complete_until=date(2026, 4, 1))
    optional = replace(until, required=False)

    def of(*specs):
        return watermark(specs, as_of=AS_OF, zone=JAKARTA)

    assert of(CALLS, until, beyond) == datetime(2026, 3, 4, 17, tzinfo=UTC)
    assert of(CALLS, beyond, optional) == AS_OF
    assert of() == AS_OF
