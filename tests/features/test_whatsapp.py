"""WhatsApp chats: every message is read whole, and the other party is the customer."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from readings import read

from features.errors import DataRefused
from features.sources import SourceSpec
from features.sources.kinds import whatsapp
from features.sources.raw import ROW

ANDROID = """12/31/26, 9:05\u202fPM - Messages and calls are end-to-end encrypted.
12/31/26, 9:05\u202fPM - Sari Dewi: Good evening, how much is the\nyearly plan?

12/30/26 - is when I asked: no answer
12/31/26, 9:07\u202fPM - Jejak Sales: <Media omitted>
1/1/27, 12:10\u202fAM - Sari Dewi: Thanks: that is clear <This message was edited>
1/1/27, 12:11\u202fAM - Sari Dewi: This message was deleted
"""
IOS = """\u200e[31/12/26 21.05.33] Sari: \u200ePesan dan panggilan dienkripsi secara end-to-end.
[31/12/26 21.05.40] ~\u202fSari: Halo kak
\u200e[31/12/26 21.06.02] Tim Jejak: \u200egambar tidak disertakan
[01/01/27 08.00.00] Tim Jejak: Selamat tahun baru
[01/01/27 08.00.00] Tim Jejak: Selamat tahun baru
[01/01/27 08.01.00] ~\u202fSari: \u200ePesan ini telah dihapus.
"""
GROUP = """31/12/26 21.05 - Anda membuat grup "Proyek: Armada"
31/12/26 21.05 - Anda menambahkan Sari
31/12/26 21.06 - Tim Jejak: Selamat datang
31/12/26 21.07 - Sari: Halo
31/12/26 21.08 - Tim Jejak: Halo Sari
31/12/26 21.09 - Budi mengubah subjek dari "Armada: A" menjadi "Armada: B"
31/12/26 21.10 - Budi: <Media tidak disertakan>
31/12/26 21.11 - Tim Jejak: Terima kasih
31/12/26 21.12 - Sari keluar
"""


def local(*parts):
    return datetime(*parts)  # noqa: DTZ001 (a chat names no zone)


def spec(**said):
    given_options = {"ours": "Jejak Sales, Tim Jejak", **said}
    return SourceSpec(name="chat", kind="whatsapp", path="chat.txt", options=given_options)


def chat(content, tmp_path, **said):
    path = tmp_path / "chat.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return whatsapp.read(path, spec(**said))


def rows(raw, *names):
    return raw.rows.select(*names).collect().rows()


def test_android_in_english_on_a_clock_of_12_hours(tmp_path):
    raw = chat(ANDROID, tmp_path)
    assert raw.broken == ()
    assert rows(raw, ROW, "sent_at", "customer", "step", "form") == [
        (2, local(2026, 12, 31, 21, 5), "Sari Dewi", "message_in", "text"),
        (6, local(2026, 12, 31, 21, 7), "Sari Dewi", "message_out", "media"),
        (7, local(2027, 1, 1, 0, 10), "Sari Dewi", "message_in", "text"),
        (8, local(2027, 1, 1, 0, 11), "Sari Dewi", "message_in", "deleted"),
    ]
    assert rows(raw, "text") == [
        ("Good evening, how much is the\nyearly plan?\n\n12/30/26 - is when I asked: no answer",),
        (None,),
        ("Thanks: that is clear",),
        (None,),
    ]


def test_ios_in_indonesian_with_dots_and_marks(tmp_path):
    raw = chat(IOS.replace("\n", "\r\n"), tmp_path)
    assert rows(raw, ROW, "sent_at", "customer", "step", "form") == [
        (2, local(2026, 12, 31, 21, 5, 40), "Sari", "message_in", "text"),
        (3, local(2026, 12, 31, 21, 6, 2), "Sari", "message_out", "media"),
        (4, local(2027, 1, 1, 8), "Sari", "message_out", "text"),
        (5, local(2027, 1, 1, 8), "Sari", "message_out", "text"),
        (6, local(2027, 1, 1, 8, 1), "Sari", "message_in", "deleted"),
    ]


def test_in_a_group_we_answer_the_one_who_wrote_before(tmp_path):
    assert rows(chat(GROUP, tmp_path), "customer", "step") == [
        ("Sari", "message_out"),
        ("Sari", "message_in"),
        ("Sari", "message_out"),
        ("Budi", "message_in"),
        ("Budi", "message_out"),
    ]
    named = chat(GROUP, tmp_path, customer="PT Armada")
    assert {name for (name,) in rows(named, "customer")} == {"PT Armada"}


def test_keys_are_unique_and_stay_when_a_message_is_edited_or_deleted_or_the_chat_grows(tmp_path):
    before = rows(chat(IOS, tmp_path), "source_key")
    assert len({*before}) == 5
    grown = (
        IOS.replace("Halo kak", "\u200ePesan ini telah dihapus.") + "[02/01/27 08.00.00] Sari: a\n"
    )
    assert rows(chat(grown, tmp_path), "source_key")[:5] == before


@pytest.mark.parametrize(
    ("when", "order", "moment"),
    [
        ("31/12/26, 21:05", "", local(2026, 12, 31, 21, 5)),
        ("31/12/26 21.05", "", local(2026, 12, 31, 21, 5)),
        ("12/31/2026, 9:05 pm", "", local(2026, 12, 31, 21, 5)),
        ("2026-12-31, 9:05 p.m.", "", local(2026, 12, 31, 21, 5)),
        ("31.12.26, 21:05:33", "", local(2026, 12, 31, 21, 5, 33)),
        ("26/12/31 12.05", "ymd", local(2026, 12, 31, 12, 5)),
        ("3/4/26, 12:05\u202fAM", "dmy", local(2026, 4, 3, 0, 5)),
        ("3/4/26, 12:05\u00a0PM", "mdy", local(2026, 3, 4, 12, 5)),
        ("31/12/26 24.05", "", None),
        ("31/12/26, 13:05 PM", "", None),
        ("30/02/26, 13:05", "", None),
    ],
)
def test_clocks_and_orders(when, order, moment, tmp_path):
    said = {"date_order": order} if order else {}
    assert rows(chat(f"{when} - Sari: halo\n", tmp_path, **said), "sent_at") == [(moment,)]


@pytest.mark.parametrize(
    ("content", "said", "words"),
    [
        ("3/4/26 21.05 - Sari: halo", {}, "day cannot be told, for no day is above 12"),
        ("31/4/26 21.05 - S: a\n4/31/26 21.05 - S: a", {}, "its dates contradict each other"),
        (GROUP, {"date_order": "dmyy"}, "did you mean `dmy`?"),
        (GROUP, {"our": "Sari"}, "did you mean `ours`?"),
        (GROUP, {"ours": " , "}, "who of the chat is one of us is not said"),
        (GROUP, {"ours": "Nobody"}, "nobody of `options.ours` wrote in the chat"),
    ],
)
def test_what_cannot_be_told_is_refused_without_names(content, said, words, tmp_path):
    with pytest.raises(DataRefused) as refused:
        chat(content, tmp_path, **said)
    assert words in str(refused.value)
    assert "Sari" not in str(refused.value)


def test_lines_above_the_first_message_and_unreadable_messages_are_broken(tmp_path):
    lines = [
        b"from a phone",
        b"",
        b"31/12/26 21.05 - Sari: a\xff",
        b"31/12/26 21.06 - Sari: b",
        b"\0",
        b"31/12/26 21.07 - Sari: c",
    ]
    content = b"\n".join(lines)
    raw = chat(content, tmp_path)
    assert raw.broken == (1, 3, 4)
    assert rows(raw, ROW, "text") == [(6, "c")]


def test_a_message_of_nobody_is_broken(tmp_path):
    raw = chat("31/12/26 21.05 - ~ : halo\n31/12/26 21.06 - Sari: b", tmp_path)
    assert raw.broken == (1,)
    assert rows(raw, ROW, "text") == [(2, "b")]


PIECES = st.sampled_from(
    [
        "31/12/26 21.05 - Sari: a",
        "31/12/26 21.05 - Tim Jejak: b",
        "[31/12/26 21.05.33] Sari: c",
        "99/99/99 99.99 - Sari: d",
        "31/12/26 21.05 - notice",
        "31/12/26 21.05 - Sari: \udcff",
        "stray",
        "\u2028\u200f",
        "",
    ]
)


@given(lines=st.lists(PIECES, max_size=12))
def test_every_message_is_a_row_or_broken(lines, tmp_path_factory):
    content = "\n".join(lines).encode(errors="surrogateescape")
    raw = chat(content, tmp_path_factory.mktemp("chat"), date_order="dmy")
    starts = [number for number, line in enumerate(lines) if line[:1] in {"3", "[", "9"}]
    strays = [line for line in lines[: starts[0] if starts else len(lines)] if line.strip()]
    notices = [number for number in starts if lines[number].endswith("notice")]
    assert len(rows(raw, ROW)) + len(raw.broken) == len(starts) + len(strays) - len(notices)
    numbers = [row for (row,) in rows(raw, ROW)] + [*raw.broken]
    assert len({*numbers}) == len(numbers)


@given(content=st.binary(max_size=300), prefix=st.sampled_from([b"", b"31/12/26 21.05 - A: "]))
def test_garbage_is_broken_or_a_part_of_the_message_above(content, prefix, tmp_path_factory):
    raw = chat(b"stray\n" + prefix + content, tmp_path_factory.mktemp("chat"), date_order="dmy")
    there = [*(row for (row,) in rows(raw, ROW)), *raw.broken]
    assert min(there) == 1
    assert (2 in there) or not prefix
    assert len({*there}) == len(there)


def test_a_chat_becomes_events(tmp_path):
    (tmp_path / "chat.txt").write_text(GROUP)
    got = read(
        [spec()], tmp_path, as_of=datetime(2027, 1, 2, tzinfo=ZoneInfo("UTC")), zone=ZoneInfo("UTC")
    )
    assert {*got.events.select("customer_id", "channel", "step").rows()} == {
        (name, "whatsapp", step)
        for name in ("Sari", "Budi")
        for step in ("message_in", "message_out")
    }
    assert (got.events.height, got.quarantine.height) == (5, 0)


def test_head_and_schema_are_those_of_the_rows(tmp_path):
    rows = chat(GROUP, tmp_path).rows.drop(ROW).collect()
    path = tmp_path / "chat.txt"
    assert whatsapp.head(path, spec()).equals(rows)
    assert whatsapp.schema(path, spec()) == rows.schema
