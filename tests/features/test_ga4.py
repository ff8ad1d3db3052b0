"""GA4's export: nested parameters, the session's channel, one reading for both formats."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from readings import read

from features.errors import DataRefused
from features.sources import SourceSpec
from features.sources.kinds import ga4
from features.sources.raw import ROW

FIRST_MICROSECOND = 1_798_722_333_000_000


def event(seconds, name, *, session=1, user=None, collected=None, first=None, **more):
    """An event as BigQuery writes it in JSON: whole numbers are text."""
    return {
        "event_timestamp": str(FIRST_MICROSECOND + seconds * 1_000_000),
        "event_name": name,
        "event_params": [
            {"key": "ga_session_id", "value": {"int_value": str(session)}},
            {"key": "page_location", "value": {"string_value": f"https://jejak.test/{name}"}},
        ],
        "user_id": user,
        "user_pseudo_id": "111.222",
        "platform": "WEB",
        "collected_traffic_source": collected or {"manual_source": None, "manual_medium": None},
        "traffic_source": first or {"source": None, "medium": None},
        **more,
    }


def spec(path):
    return SourceSpec(name="web", kind="ga4", path=path)


def from_lines(events, folder):
    path = folder / "events.jsonl"
    path.write_text("\n".join(map(json.dumps, events)))
    return ga4.read(path, spec("events.jsonl"))


def from_parquet(events, folder):
    path = folder / "events.parquet"
    pl.DataFrame(events).write_parquet(path)
    return ga4.read(path, spec("events.parquet"))


def collected(source, medium):
    return {"manual_source": source, "manual_medium": medium}


VISIT = [
    event(0, "session_start", first={"source": "google", "medium": "organic"}),
    event(1, "page_view", collected=collected("newsletter", "email")),
    event(2, "purchase", user="sari@armada.test", ecommerce={"purchase_revenue": 1250.5}),
    event(3, "page_view", session=2, first={"source": "google", "medium": "organic"}),
]
READ_AS = [
    ("111.222", "session_start", "organic_search", None),
    ("111.222", "page_view", "email", None),
    ("sari@armada.test", "purchase", "email", "1250.5"),
    ("111.222", "page_view", "organic_search", None),
]


@pytest.mark.parametrize("reader", [from_lines, from_parquet])
def test_a_visit(reader, tmp_path):
    padded = [{"ecommerce": {"purchase_revenue": None}, **one} for one in VISIT]
    got = reader(padded, tmp_path).rows.collect()
    made = ("customer", "event_name", "session_channel", "purchase_revenue")
    assert got.select(*made).rows() == READ_AS
    assert got["event_at"][1] == datetime(2026, 12, 31, 13, 5, 34, tzinfo=UTC)
    assert got["page"][1] == "https://jejak.test/page_view"
    assert got["session"].to_list() == ["1", "1", "1", "2"]
    assert got["source_key"].is_unique().all()


def test_both_formats_are_read_alike(tmp_path):
    padded = [{"ecommerce": {"purchase_revenue": None}, **one} for one in VISIT]
    lines, parquet = from_lines(padded, tmp_path), from_parquet(padded, tmp_path)
    assert lines.rows.collect().equals(parquet.rows.collect())


def test_head_and_schema_are_those_of_the_rows(tmp_path):
    rows = from_lines(VISIT, tmp_path).rows.drop(ROW).collect()
    path = tmp_path / "events.jsonl"
    assert ga4.head(path, spec("events.jsonl")).equals(rows)
    assert ga4.schema(path, spec("events.jsonl")) == rows.schema


def test_an_event_knows_nothing_of_a_later_one(tmp_path):
    for length in range(1, len(VISIT) + 1):
        got = from_lines(VISIT[:length], tmp_path).rows.collect()
        assert got["session_channel"].to_list() == [row[2] for row in READ_AS[:length]]


@pytest.mark.parametrize(
    ("source", "medium", "channel"),
    [
        (None, None, "direct"),
        ("(direct)", "(none)", "direct"),
        ("google", "cpc", "paid_search"),
        ("google", "organic", "organic_search"),
        ("facebook", "paid_social", "paid_social"),
        ("ig", "social", "organic_social"),
        ("l.instagram.com", "referral", "referral"),
        ("doubleclick", "cpm", "display"),
        ("jejak", "E-mail", "email"),
        ("partner", "affiliate", "affiliates"),
        ("partner.test", "referral", "referral"),
        ("newspaper", "cpc", "paid_other"),
        ("brochure", "qr", "unassigned"),
    ],
)
def test_channels(source, medium, channel, tmp_path):
    got = from_lines([event(0, "page_view", collected=collected(source, medium))], tmp_path)
    assert got.rows.collect()["session_channel"].to_list() == [channel]


def test_what_ga4_says_of_the_session_goes_first(tmp_path):
    said = {"cross_channel_campaign": {"default_channel_group": "Paid Search"}}
    one = event(
        0,
        "page_view",
        collected=collected("a", "email"),
        session_traffic_source_last_click=said,
    )
    assert from_lines([one], tmp_path).rows.collect()["session_channel"][0] == "paid_search"
    clicked = event(0, "page_view", collected={"gclid": "Cj0", "manual_source": None})
    assert from_lines([clicked], tmp_path).rows.collect()["session_channel"][0] == "paid_search"


def test_a_file_that_is_no_export_is_refused(tmp_path):
    with pytest.raises(DataRefused, match="no export of GA4: event_timestamp, user_pseudo_id"):
        from_lines([{"event_name": "a"}], tmp_path)


LINES = st.sampled_from(
    [
        json.dumps(event(5, "page_view")),
        '{"event_timestamp": "x", "event_name": 5, "event_params": "no list"}',
        '{"event_timestamp": "9223372036854775807", "event_params": [{"key": 1}, 2, null]}',
        '{"event_params": {"a": [1]}, "user_pseudo_id": "\\u0000"}',
        "[1]",
        "{{",
        "",
    ]
)


@given(lines=st.lists(LINES, max_size=8), junk=st.binary(max_size=60))
def test_every_line_is_a_row_or_broken(lines, junk, tmp_path_factory):
    path = tmp_path_factory.mktemp("ga4") / "events.jsonl"
    junk = junk.replace(b"\n", b" ")
    path.write_bytes("\n".join([json.dumps(VISIT[0]), *lines, ""]).encode() + junk)
    raw = ga4.read(path, spec("events.jsonl"))
    there = 1 + len([line for line in lines if line])
    there += bool(junk.decode(errors="surrogateescape").strip())
    assert raw.rows.collect().height + len(raw.broken) == there


def test_events_of_the_lake(tmp_path):
    from_lines(VISIT, tmp_path)
    as_of = datetime(2027, 1, 1, tzinfo=UTC)
    got = read([spec("events.jsonl")], tmp_path, as_of=as_of, zone=ZoneInfo("Asia/Jakarta"))
    assert (got.events.height, got.quarantine.height) == (4, 0)
    assert got.events.filter(pl.col("step") == "purchase")["value"].to_list() == [12_505_000]
    assert ROW not in got.events.columns
