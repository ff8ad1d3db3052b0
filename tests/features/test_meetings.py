"""Meetings: who attended in Zoom, Teams and Google Meet, calendars of Outlook; none of our own."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from readings import read

from features.errors import DataRefused
from features.sources import SourceSpec
from features.sources.kinds import meetings
from features.sources.raw import ROW

ZOOM = """Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants
123 456,Demo,12/31/2026 09:00:00 AM,12/31/2026 10:00:00 AM,tim@jejak.test,60,3

Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest
"Tim, Jejak",tim@jejak.test,12/31/2026 08:58:00 AM,12/31/2026 10:00:00 AM,62,No
Sari Dewi,sari@armada.test,12/31/2026 09:01:10 AM,12/31/2026 09:59:00 AM,58,Yes
Budi,,12/31/2026 01:05:00 PM,12/31/2026 01:06:00 PM,1,Yes
"""
TEAMS = """1. Summary
Meeting title\tDemo
Start time\t12/31/26, 9:00:00 AM

2. Participants
Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole
Tim Jejak\t12/31/26, 8:58:00 AM\t12/31/26, 10:00:00 AM\t1h 2m\ttim@jejak.test\t\tOrganizer
Sari Dewi\t12/31/26, 9:01:10 AM\t12/31/26, 9:59:00 AM\t57m\tsari@armada.test\t\tAttendee

3. In-Meeting Activities
Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole
Sari Dewi\t12/31/26, 9:01:10 AM\t12/31/26, 9:59:00 AM\t57m\tsari@armada.test\tAttendee
"""
MEET = """First name,Last name,Email,Duration,Time joined,Time exited
Tim,Jejak,tim@jejak.test,1 hr 2 min,10:58 PM,12:10 AM
Sari,Dewi,sari@armada.test,58 min,11:01 PM,11:59 PM
Budi,,,5 min,12:05 AM,12:10 AM
,,,1 min,25:05,25:06
"""
OUTLOOK = """Subject,Start Date,Start Time,End Date,End Time,Meeting Organizer,Required Attendees
Demo,31/12/2026,09.00.00,31/12/2026,10.00.00,Tim Jejak,Tim Jejak; sari@armada.test; budi@armada.test
Rapat tim,31/12/2026,11.00.00,31/12/2026,12.00.00,Tim Jejak,Tim Jejak;rini@jejak.test
Makan siang,31/12/2026,12.00.00,31/12/2026,13.00.00,Tim Jejak,
"""


def spec(**options):
    said = {"ours": "Tim Jejak, jejak.test", **options}
    return SourceSpec(name="meetings", kind="meetings", path="meetings.csv", options=said)


def attended(content, folder, **options):
    path = folder / "meetings.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return meetings.read(path, spec(**options))


def rows(raw, *names):
    return raw.rows.select(*names).collect().rows()


def test_zoom_with_the_meeting_above(tmp_path):
    raw = attended(ZOOM, tmp_path)
    assert rows(raw, ROW, "attendee", "started_at", "step", "duration") == [
        (2, "sari@armada.test", "2026-12-31T09:01:10", "meeting_attended", "58"),
        (3, "Budi", "2026-12-31T13:05:00", "meeting_attended", "1"),
    ]
    assert raw.broken == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_teams_has_sections(encoding, tmp_path):
    raw = attended(TEAMS.encode(encoding), tmp_path)
    assert rows(raw, "attendee", "started_at", "duration") == [
        ("sari@armada.test", "2026-12-31T09:01:10", "57m")
    ]
    assert raw.broken == ()


@pytest.mark.parametrize(
    "name",
    ["2026-12-31 23:00 Demo - Attendance Report.csv", "2026-12-31 23_00 Demo (1).csv"],
)
def test_google_meet_has_the_day_in_the_name_of_the_file(name, tmp_path):
    path = tmp_path / name
    path.write_text(MEET)
    raw = meetings.read(path, spec())
    assert rows(raw, ROW, "attendee", "started_at", "subject", "duration") == [
        (2, "sari@armada.test", "2026-12-31T23:01:00", "Demo", "58 min"),
        (3, "Budi", "2027-01-01T00:05:00", "Demo", "5 min"),
        (4, None, "25:05", "Demo", "1 min"),
    ]


def test_times_with_a_day_of_their_own_keep_it(tmp_path):
    path = tmp_path / "2026-12-31 23_00 Demo - Attendance Report.csv"
    path.write_text("Name,Email,Time joined\nSari,s@b.test,2026-12-30 09:01:10\n")
    assert rows(meetings.read(path, spec()), "started_at") == [("2026-12-30T09:01:10",)]


def test_a_calendar_names_the_first_guest_who_is_not_of_us(tmp_path):
    raw = attended(OUTLOOK, tmp_path)
    assert rows(raw, ROW, "attendee", "started_at", "step", "subject") == [
        (1, "sari@armada.test", "2026-12-31T09:00:00", "meeting_planned", "Demo"),
        (3, None, "2026-12-31T12:00:00", "meeting_planned", "Makan siang"),
    ]


def test_without_ours_all_are_customers(tmp_path):
    assert len(rows(attended(ZOOM, tmp_path, ours=""), "attendee")) == 3


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        ("a,b\n1,2\n", {}, "no header that this kind knows"),
        ("", {}, "no header that this kind knows"),
        (ZOOM.replace("/31/", "/1/"), {}, "which number of a date is the day cannot be told"),
        (ZOOM, {"our": "a"}, "did you mean `ours`"),
        (MEET, {}, "no day, nor has the file's name"),
    ],
)
def test_what_cannot_be_told_is_refused(content, options, said, tmp_path):
    with pytest.raises(DataRefused, match=said):
        attended(content, tmp_path, **options)


LINES = st.sampled_from(
    [
        "Sari,s@b.test,12/31/2026 09:01:10 AM",
        "Sari,,",
        "Sari",
        '"Sari,s@b.test,x',
        "a,b,c,d",
        "\udcff,b,c",
        "\0,b,c",
        "",
        "  ",
    ]
)


@given(lines=st.lists(LINES, max_size=9), junk=st.binary(max_size=40))
def test_every_line_is_a_row_or_broken(lines, junk, tmp_path_factory):
    junk = junk.replace(b"\n", b"").replace(b"\r", b"")
    text = "\n".join(["Name,Email,Join Time", *lines, ""]).encode(errors="surrogateescape")
    raw = attended(text + junk, tmp_path_factory.mktemp("m"), ours="", date_order="mdy")
    there = [line for line in lines if line.strip()]
    there += [junk] if junk.decode(errors="surrogateescape").strip() else []
    got = [row for (row,) in rows(raw, ROW)]
    assert sorted([*got, *raw.broken]) == list(range(1, len(there) + 1))


def test_attendance_becomes_events(tmp_path):
    attended(ZOOM, tmp_path)
    as_of = datetime(2027, 1, 1, tzinfo=UTC)
    got = read([spec()], tmp_path, as_of=as_of, zone=ZoneInfo("Asia/Jakarta"))
    assert got.events.select("customer_id", "channel", "occurred_at").row(0) == (
        "sari@armada.test",
        "meeting",
        datetime(2026, 12, 31, 2, 1, 10, tzinfo=UTC),
    )
    assert (got.events.height, got.quarantine.height) == (2, 0)


def test_head_and_schema_are_those_of_the_rows(tmp_path):
    rows = attended(ZOOM, tmp_path).rows.drop(ROW).collect()
    path = tmp_path / "meetings.csv"
    assert meetings.head(path, spec()).equals(rows)
    assert meetings.schema(path, spec()) == rows.schema
