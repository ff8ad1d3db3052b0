"""Zendesk's tickets and audits, in JSON of every shape and in CSV: none is lost."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from readings import read

from features.errors import DataRefused
from features.sources import SourceSpec
from features.sources.kinds import zendesk
from features.sources.mapping import clean
from features.sources.raw import ROW

JAKARTA = ZoneInfo("Asia/Jakarta")
SPEC = SourceSpec(name="help", kind="zendesk", path="tickets.json")
TICKETS = [
    {
        "id": 35436,
        "requester_id": 701,
        "status": "closed",
        "priority": "high",
        "via": {"channel": "email"},
        "created_at": "2026-01-05T09:00:00Z",
        "updated_at": "2026-01-10T09:00:00Z",
        "satisfaction_rating": {"score": "bad", "updated_at": "2026-01-07T10:00:00Z"},
        "metric_set": {
            "solved_at": "2026-01-06T09:00:00Z",
            "reply_time_in_minutes": {"calendar": 90, "business": 30},
        },
    },
    {
        "id": 35437,
        "requester": {"id": 702, "name": "Budi"},
        "status": "open",
        "created_at": "2026-01-06T09:00:00Z",
        "comments": [
            {"id": 1, "author_id": 702, "public": True, "created_at": "2026-01-06T09:00:00Z"},
            {"id": 2, "author_id": 9, "public": False, "created_at": "2026-01-06T09:10:00Z"},
            {"id": 3, "author_id": 9, "public": True, "created_at": "2026-01-06T10:00:00Z"},
            {"id": 4, "author_id": 702, "public": True, "created_at": "2026-01-06T11:00:00Z"},
        ],
    },
]
TOLD = [
    ("701", "2026-01-05T09:00:00Z", "ticket_opened", None),
    ("701", "2026-01-05T10:30:00+00:00", "ticket_replied_agent", None),
    ("701", "2026-01-06T09:00:00Z", "ticket_solved", None),
    ("701", "2026-01-07T10:00:00Z", "ticket_rated", "-1"),
    ("702", "2026-01-06T09:00:00Z", "ticket_opened", None),
    ("702", "2026-01-06T10:00:00Z", "ticket_replied_agent", None),
    ("702", "2026-01-06T11:00:00Z", "ticket_replied_customer", None),
]
CSV = """Id,Requester id,Requester,Status,Created at,Updated at,Solved at,\
First reply time in minutes,Satisfaction Score
1,701,Ana,Solved,2026-01-05 09:00,2026-01-06 09:00,2026-01-06 08:00,90,Good
2,702,Budi,Open,2026-01-05 10:00,2026-01-06 09:00,,,Not Offered
"""


def audit(number, day, *changes, ticket=7, **more):
    at = f"2026-01-{day:02d}T09:00:00Z"
    return {"id": number, "ticket_id": ticket, "created_at": at, "child_events": changes, **more}


AUDITS = [
    audit(1, 1, {"event_type": "Create", "requester_id": 701, "status": "new"}),
    audit(2, 2, {"event_type": "Comment", "comment_public": True}, updater_id=9),
    audit(3, 3, {"event_type": "Comment", "public": False}, updater_id=9),
    audit(4, 4, {"event_type": "Comment", "public": True, "author_id": 701}),
    audit(5, 5, {"event_type": "Change", "status": "solved", "previous_value": "open"}),
    audit(6, 6, {"event_type": "Change", "status": "open", "previous_value": "solved"}),
    audit(7, 7, {"event_type": "Change", "priority": "low", "previous_value": "high"}),
    audit(8, 8, {"event_type": "Change", "satisfaction_score": "good_with_comment"}),
    audit(9, 9, {"event_type": "Comment", "public": True, "author_id": 5}, ticket=8),
]
STEPS = [
    ("701", 1, "ticket_opened", None),
    ("701", 2, "ticket_replied_agent", None),
    ("701", 3, "ticket_updated", None),
    ("701", 4, "ticket_replied_customer", None),
    ("701", 5, "ticket_solved", None),
    ("701", 6, "ticket_reopened", None),
    ("701", 7, "ticket_updated", None),
    ("701", 8, "ticket_rated", "1"),
    (None, 9, "ticket_replied", None),
]


def raw(content, folder, **said):
    spec = SourceSpec(name="help", kind="zendesk", path="tickets.json", options=said)
    path = folder / "tickets.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert set(zendesk.schema(path, spec)) == {*zendesk.head(path, spec).columns}
    return zendesk.read(path, spec)


def touches(content, folder, **said):
    found = raw(content, folder, **said)
    assert found.broken == ()
    frame = found.rows.collect()
    return frame.select("customer_id", "occurred_at", "step", "sentiment").rows()


def refusal(content, folder, *, table="events", **said) -> str:
    spec = SourceSpec(name="help", kind="zendesk", path="tickets", table=table, options=said)
    path = folder / "tickets"
    path.write_text(content)
    with pytest.raises(DataRefused) as refused:
        _ = zendesk.columns(spec), zendesk.schema(path, spec)
    return str(refused.value)


def pages(name, records):
    return [{name: records[:1], "next_page": "https://x.example/2"}, {name: records[1:]}]


def shapes(name, records):
    """The same records as lines, as a list, as one page over many lines, as a page a line."""
    return {
        "lines": "\n".join(map(json.dumps, records)),
        "list": json.dumps(records),
        "one page": json.dumps({name: records, "count": 2}, indent=2),
        "pages": "\n\n".join(map(json.dumps, pages(name, records))),
    }


@pytest.mark.parametrize("shape", ["lines", "list", "one page", "pages"])
def test_tickets_tell_the_same_in_every_shape(shape, tmp_path):
    assert touches(shapes("tickets", TICKETS)[shape], tmp_path) == TOLD


@pytest.mark.parametrize("shape", ["lines", "list", "one page", "pages"])
def test_audits_tell_every_reply_and_reopening(shape, tmp_path):
    content = shapes("ticket_events", AUDITS)[shape]
    expected = [(who, f"2026-01-{day:02d}T09:00:00Z", *rest) for who, day, *rest in STEPS]
    assert touches(content, tmp_path, object="events") == expected


def test_audits_may_name_their_fields_and_carry_a_stamp(tmp_path):
    told = {
        "id": 1,
        "ticket_id": 7,
        "timestamp": 1767258000,
        "events": [
            {"type": "Create", "field_name": "requester_id", "value": "701"},
            {"type": "Create", "field_name": "status", "value": "solved"},
            {"type": "SatisfactionRating", "score": "bad"},
        ],
    }
    at = "2026-01-01T09:00:00+00:00"
    assert touches(json.dumps({"audits": [told]}), tmp_path, object="events") == [
        ("701", at, "ticket_opened", None),
        ("701", at, "ticket_solved", None),
        ("701", at, "ticket_rated", "-1"),
    ]


def test_the_one_who_asks_is_the_last_one_named_whatever_the_order(tmp_path):
    moved = audit(2, 2, {"event_type": "Change", "requester_id": 702, "previous_value": "701"})
    for records in ([AUDITS[0], moved], [moved, AUDITS[0]]):
        got = touches(json.dumps(records), tmp_path, object="events")
        assert {who for who, *_ in got} == {"702"}


def test_csv_tells_what_json_does(tmp_path):
    assert touches(CSV, tmp_path) == [
        ("701", "2026-01-05 09:00", "ticket_opened", None),
        ("701", "2026-01-05T10:30:00", "ticket_replied_agent", None),
        ("701", "2026-01-06 08:00", "ticket_solved", None),
        ("701", "2026-01-06 09:00", "ticket_rated", "1"),
        ("702", "2026-01-05 10:00", "ticket_opened", None),
    ]


def test_hours_to_reply_and_to_solve_follow_from_the_events(tmp_path):
    spec = replace(SPEC, columns=zendesk.columns(SPEC))
    events = clean(raw(json.dumps(TICKETS[:1]), tmp_path).rows, spec, JAKARTA).rows
    at = dict(events.select("step", "occurred_at").rows())
    hours = [
        (at[step] - at["ticket_opened"]).total_seconds() / 3600
        for step in ("ticket_replied_agent", "ticket_solved")
    ]
    assert hours == [1.5, 24.0]


def test_a_workspace_needs_to_say_no_column(tmp_path):
    (tmp_path / "tickets.json").write_text(json.dumps(TICKETS))
    got = read([SPEC], tmp_path, as_of=datetime(2026, 2, 1, tzinfo=UTC), zone=JAKARTA)
    assert (got.sources[0].rows_read, got.events.height) == (7, 7)
    assert got.events["channel"].unique().to_list() == ["ticket"]
    assert got.events.filter(step="ticket_rated")["sentiment"].to_list() == [-10_000]


def test_a_solved_ticket_without_a_time_was_solved_at_its_last_change(tmp_path):
    ticket = {"id": 1, "requester_id": 7, "status": "solved", "updated_at": "2026-01-02T00:00:00Z"}
    assert touches(json.dumps(ticket), tmp_path) == [
        ("7", None, "ticket_opened", None),
        ("7", "2026-01-02T00:00:00Z", "ticket_solved", None),
    ]


@pytest.mark.parametrize(
    "broken",
    [
        b'{"id": 1',
        b'"text"',
        b"7",
        b'{"id": "\\ud800"}',
        b'{"id": "\\u0000"}',
        b'{"id": "\xff"}',
        b"[" * 100_000,
        b'{"id": ' + b"9" * 5_000 + b"}",
    ],
    ids=["cut", "text", "number", "half a character", "NUL", "no UTF-8", "deep", "huge"],
)
def test_a_broken_line_takes_no_other_with_it(broken, tmp_path):
    lines = [json.dumps(TICKETS[0]).encode(), broken, json.dumps(TICKETS[1]).encode()]
    found = raw(b"\n".join(lines), tmp_path)
    assert found.broken == (2,)
    assert {*found.rows.collect()[ROW]} == {1, 3}


@pytest.mark.parametrize(
    ("content", "said", "message"),
    [
        ("[]", {"object": "ticket"}, "did you mean `tickets`?"),
        ("[]", {"objekt": "tickets"}, "did you mean `object`?"),
        ("[]", {"table": "customers"}, "does not know the table 'customers'"),
        ("Id,Subject\n", {}, "no column 'Requester id'"),
        ("Id,Requester\n", {}, "no column 'Created at'"),
        (CSV, {"object": "events"}, "ticket events are read from JSON"),
        ("", {}, "empty file"),
    ],
)
def test_what_cannot_be_meant_is_refused(content, said, message, tmp_path):
    assert message in refusal(content, tmp_path, **said)


FIELDS = st.sampled_from(
    [
        *("id", "ticket_id", "requester_id", "created_at", "timestamp", "status", "via", "score"),
        *("comments", "metric_set", "events", "child_events", "public"),
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=4),
    max_leaves=12,
)


@given(
    records=st.lists(JSON, max_size=5),
    kind=st.sampled_from(["tickets", "events"]),
    as_lines=st.booleans(),
)
def test_every_record_of_any_json_is_told_or_broken(records, kind, as_lines, tmp_path_factory):
    records = [{"id": 1}, *([one] if isinstance(one, list) else one for one in records)]
    if as_lines:
        content = "\n".join(json.dumps(one) for one in records)
        expected = sum(len(one) if isinstance(one, list) else 1 for one in records)
    else:
        content, expected = json.dumps(records), len(records)
    found = raw(content, tmp_path_factory.mktemp("zendesk"), object=kind)
    told = {*found.rows.collect()[ROW]}
    assert told.isdisjoint(found.broken)
    assert sorted({*told, *found.broken}) == list(range(1, expected + 1))
    mapped = clean(found.rows, replace(SPEC, columns=zendesk.columns(SPEC)), JAKARTA)
    assert mapped.rows.height + mapped.quarantine.height == found.rows.collect().height


@given(start=st.sampled_from([b"", b"{", b"[", b'{"tickets": [']), junk=st.binary(max_size=200))
def test_arbitrary_bytes_are_read_or_refused(start, junk, tmp_path_factory):
    path = tmp_path_factory.mktemp("zendesk") / "tickets"
    path.write_bytes(start + junk)
    try:
        zendesk.schema(path, SPEC)
    except DataRefused:
        return
    found = zendesk.read(path, SPEC)
    assert found.rows.collect().height or found.broken or not junk.strip()


@given(cut=st.integers(1, 2_000))
def test_lines_before_a_cut_are_kept(cut, tmp_path_factory):
    first, second = (json.dumps(ticket).encode() for ticket in TICKETS)
    content = (first + b"\n" + second)[:cut]
    found = raw(b'{"id": 0}\n' + content, tmp_path_factory.mktemp("zendesk"))
    told = {*found.rows.collect()[ROW]}
    whole = (
        {1} | ({2} if cut >= len(first) else set()) | ({3} if content.endswith(second) else set())
    )
    assert told == whole
    assert found.broken == tuple({*range(1, 2 + len(content.splitlines()))} - whole)
