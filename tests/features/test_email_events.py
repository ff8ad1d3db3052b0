"""E-mail events: every line is a step of the recipient, or known to be broken."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from readings import read

from features.errors import DataRefused
from features.sources import SourceSpec
from features.sources.kinds import email_events
from features.sources.raw import ROW

SENDGRID = [
    {
        "email": "sari@armada.test",
        "timestamp": 1798722333,
        "event": "processed",
        "sg_event_id": "a",
    },
    {"email": "sari@armada.test", "timestamp": 1798722335, "event": "open", "sg_event_id": "b"},
    {"email": "budi@armada.test", "timestamp": 1798722336, "event": "spamreport"},
    {"email": "budi@armada.test", "timestamp": 1798722337, "event": "Deferred", "sg_event_id": "d"},
]
MANDRILL = [
    {"event": "hard_bounce", "ts": 1798722333, "msg": {"email": "ana@b.test", "subject": "Promo"}}
]
MAILGUN = [
    {"event": "unsubscribed", "timestamp": 1798722333.25, "recipient": "ana@b.test", "id": "x"}
]
MAILCHIMP_HOOK = [
    {
        "type": "cleaned",
        "fired_at": "2026-12-31 13:05:33",
        "data": {"email": "ana@b.test", "id": "m"},
    }
]
BREVO = [
    {
        "event": "hardBounce",
        "date": "2026-12-31T13:05:33Z",
        "email": "ana@b.test",
        "subject": "Promo",
    }
]
MAILCHIMP = """Email Address,Timestamp,Action,Campaign Title,URL
sari@armada.test,2026-12-31T13:05:33+00:00,click,Promo Akhir Tahun,https://jejak.test/harga
,2026-12-31T13:05:34+00:00,open,Promo Akhir Tahun,
"""


def spec(path, **said):
    return SourceSpec(name="mails", kind="email_events", path=path, **said)


def events(content, folder, name="mails.jsonl", **said):
    path = folder / name
    lines = content if isinstance(content, str) else "\n".join(map(json.dumps, content))
    path.write_bytes(lines.encode() if isinstance(lines, str) else lines)
    return email_events.read(path, spec(name, **said))


def rows(raw, *names):
    return raw.rows.select(*names).collect().rows()


def test_sendgrid(tmp_path):
    assert rows(events(SENDGRID, tmp_path), "recipient", "event_at", "step", "source_key") == [
        ("sari@armada.test", "2026-12-31T13:05:33.000000Z", "email_sent", "a"),
        ("sari@armada.test", "2026-12-31T13:05:35.000000Z", "email_open", "b"),
        ("budi@armada.test", "2026-12-31T13:05:36.000000Z", "email_spam", None),
        ("budi@armada.test", "2026-12-31T13:05:37.000000Z", "email_deferred", "d"),
    ]


@pytest.mark.parametrize(
    ("content", "row"),
    [
        (MANDRILL, ("ana@b.test", "2026-12-31T13:05:33.000000Z", "email_bounce", "Promo")),
        (MAILGUN, ("ana@b.test", "2026-12-31T13:05:33.250000Z", "email_unsubscribe", None)),
        (MAILCHIMP_HOOK, ("ana@b.test", "2026-12-31 13:05:33", "email_bounce", None)),
        (BREVO, ("ana@b.test", "2026-12-31T13:05:33Z", "email_bounce", "Promo")),
    ],
)
def test_other_platforms(content, row, tmp_path):
    assert rows(events(content, tmp_path), "recipient", "event_at", "step", "campaign") == [row]


def test_csv(tmp_path):
    raw = events(MAILCHIMP, tmp_path, "mails.csv")
    assert rows(raw, ROW, "recipient", "event_at", "step", "url") == [
        (
            1,
            "sari@armada.test",
            "2026-12-31T13:05:33+00:00",
            "email_click",
            "https://jejak.test/harga",
        ),
        (2, None, "2026-12-31T13:05:34+00:00", "email_open", None),
    ]


def test_milliseconds_are_seen_and_a_declared_format_is_left_alone(tmp_path):
    content = [{"email": "a@b.test", "timestamp": 1798722333250, "event": "open"}]
    assert rows(events(content, tmp_path), "event_at") == [("2026-12-31T13:05:33.250000Z",)]
    raw = events(content, tmp_path, time_format="%s")
    assert rows(raw, "event_at") == [("1798722333250",)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([{"mail": "a@b.test", "timestamp": 1, "event": "open"}], "no column for the recipient"),
        ([{"email": "a@b.test", "event": "open"}], "no column for the event at"),
        ([{"email": "a@b.test", "timestamp": 1}], "no column for the event"),
        ("{", "no JSON object"),
    ],
)
def test_a_file_of_another_kind_is_refused(content, said, tmp_path):
    with pytest.raises(DataRefused, match=said):
        events(content, tmp_path)


def test_options_are_unknown(tmp_path):
    with pytest.raises(DataRefused, match="is not known to kind"):
        events(SENDGRID, tmp_path, options={"ours": "a"})


LINES = st.sampled_from(
    [
        '{"email": "a@b.test", "timestamp": 1798722333, "event": "open"}',
        '{"email": "a@b.test", "timestamp": 1e400, "event": 7}',
        '{"email": ["x"], "timestamp": {"a": 1}, "event": null}',
        '{"email": "\\ud800", "timestamp": -1, "event": ""}',
        "[]",
        "{",
        "",
    ]
)


@given(lines=st.lists(LINES, max_size=9), junk=st.binary(max_size=80))
def test_every_line_is_a_row_or_broken(lines, junk, tmp_path_factory):
    junk = junk.replace(b"\n", b" ")
    path = tmp_path_factory.mktemp("mails") / "mails.jsonl"
    first = json.dumps(SENDGRID[0])
    path.write_bytes("\n".join([first, *lines, ""]).encode() + junk)
    raw = email_events.read(path, spec("mails.jsonl"))
    there = 1 + len([line for line in lines if line])
    got = len(rows(raw, ROW)) + len(raw.broken)
    assert got == there + bool(junk.decode(errors="surrogateescape").strip())


def test_head_and_schema_are_those_of_the_rows(tmp_path):
    rows = events(SENDGRID, tmp_path).rows.drop(ROW).collect()
    path = tmp_path / "mails.jsonl"
    assert email_events.head(path, spec("mails.jsonl")).equals(rows)
    assert email_events.schema(path, spec("mails.jsonl")) == rows.schema


def test_lines_become_events(tmp_path):
    events(SENDGRID, tmp_path)
    as_of = datetime(2027, 1, 1, tzinfo=UTC)
    got = read([spec("mails.jsonl")], tmp_path, as_of=as_of, zone=ZoneInfo("Asia/Jakarta"))
    assert (got.events.height, got.quarantine.height) == (4, 0)
    assert got.events["occurred_at"].min() == datetime(2026, 12, 31, 13, 5, 33, tzinfo=UTC)
    assert {*got.events["channel"]} == {"email"}
