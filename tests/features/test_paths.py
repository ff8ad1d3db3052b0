"""A source that is several files: one chat a file, a file a day, a folder a contact."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from features import quarantine
from features.errors import DataRefused
from features.sources import SourceSpec, paths, table
from features.sources.raw import ROW
from features.sources.reading import read

AS_OF = datetime(2026, 12, 31, tzinfo=UTC)
HEADER = "who,at,topic,cost\n"
CALLS = SourceSpec(
    name="calls",
    kind="csv",
    path="calls/*.csv",
    columns={
        "customer_id": "who",
        "occurred_at": "at",
        "channel": "'call'",
        "step": "topic",
        "value": "cost",
    },
)
CHATS = SourceSpec(
    name="chats", kind="whatsapp", path="chats/*.txt", options={"ours": "Tim", "date_order": "dmy"}
)


class Kept:
    """Rows that could be read, kept as they come."""

    def __init__(self):
        self.parts = []

    def add(self, spec, rows):  # noqa: ARG002 (a Sink takes the spec)
        self.parts.append(rows)
        return quarantine.empty()

    def held(self, source):  # noqa: ARG002 (a Sink takes the source)
        return None


class Got(NamedTuple):
    events: pl.DataFrame
    quarantine: pl.DataFrame
    rows_read: int


def reading(root, *specs):
    kept = Kept()
    got = read(specs, root, kept, as_of=AS_OF, zone=ZoneInfo("UTC"), max_quarantine_share=1)
    rows_read = sum(one.rows_read for one in got.sources)
    return Got(pl.concat(kept.parts) if kept.parts else pl.DataFrame(), got.quarantine, rows_read)


def refusal(root, *specs):
    with pytest.raises(DataRefused) as refused:
        reading(root, *specs)
    return str(refused.value)


def put(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_files_are_found_by_name_and_in_its_order(tmp_path):
    there = ("b.txt", "a.txt", ".hidden.txt", "c.csv", "deep/er/d.txt", "[x].txt", "x.txt")
    put(tmp_path, dict.fromkeys(there, ""))
    (tmp_path / "folder.txt").mkdir()
    assert paths.found("*.txt", tmp_path) == ["[x].txt", "a.txt", "b.txt", "x.txt"]
    assert paths.found("**/*.txt", tmp_path)[-2:] == ["deep/er/d.txt", "x.txt"]
    assert paths.found("deep/*/d.txt", tmp_path) == ["deep/er/d.txt"]
    assert paths.found("[x].txt", tmp_path) == ["[x].txt"]
    assert paths.found("[ab].txt", tmp_path) == ["a.txt", "b.txt"]
    assert paths.found("none*", tmp_path) == paths.found("none", tmp_path) == []
    absolute = str(tmp_path / "a.txt")
    assert paths.found(absolute, Path("/elsewhere")) == [absolute]


def test_what_lies_outside_the_workspace_is_found_as_by_a_plain_path(tmp_path):
    put(tmp_path, {"outside/a.csv": "", "workspace/b.csv": ""})
    (tmp_path / "workspace" / "link.csv").symlink_to(tmp_path / "outside" / "a.csv")
    assert paths.found("../outside/*.csv", tmp_path / "workspace") == ["../outside/a.csv"]
    assert paths.found("*.csv", tmp_path / "workspace") == ["b.csv", "link.csv"]


LINES = st.lists(
    st.sampled_from(
        ["ana,2026-03-01,a,1", ",2026-03-01,a,1", "ana,x,a,1", "ana,2026-03-01,a,x", "ana", 'a,"x']
    ),
    max_size=4,
)


@settings(max_examples=10)
@given(days=st.lists(LINES, min_size=2, max_size=4))
def test_many_files_are_read_as_each_of_them_and_no_row_is_lost(days, tmp_path_factory):
    root = tmp_path_factory.mktemp("days")
    lines = [
        [f"{line},{day}-{place}" for place, line in enumerate(one)] for day, one in enumerate(days)
    ]
    texts = {
        f"calls/{day}.csv": "\n".join(["who,at,topic,cost,key", *one])
        for day, one in enumerate(lines)
    }
    put(root, texts)
    keyed = replace(CALLS, columns={**CALLS.columns, "source_key": "key"})
    if not any(days):
        assert "has no rows" in refusal(root, keyed)
        return
    got = reading(root, keyed)
    alone = [
        reading(root, replace(keyed, path=name))
        for name, one in zip(texts, days, strict=True)
        if one
    ]
    assert got.rows_read == sum(map(len, days))
    assert_frame_equal(
        got.quarantine, pl.concat(one.quarantine for one in alone), check_row_order=False
    )
    events = pl.concat(one.events for one in alone).drop(ROW)
    assert_frame_equal(got.events.drop(ROW), events, check_row_order=False)
    assert got.events[ROW].is_unique().all()


def test_a_faulty_row_is_told_with_its_file_and_its_number_there(tmp_path):
    put(
        tmp_path,
        {
            "calls/2026-03-01.csv": HEADER + "ana,2026-03-01,billing,1\nana\n",
            "calls/2026-03-02.csv": HEADER + "ana,2026-03-02,billing,1\n,2026-03-02,a,1\n",
        },
    )
    assert reading(tmp_path, CALLS).quarantine.rows() == [
        ("calls", "calls/2026-03-01.csv", 2, "broken_row", None),
        ("calls", "calls/2026-03-02.csv", 2, "no_customer", "customer_id"),
    ]
    one = replace(CALLS, path="calls/2026-03-02.csv")
    assert reading(tmp_path, one).quarantine["file"].to_list() == ["calls/2026-03-02.csv"]


def test_a_query_sees_the_rows_of_all_files(tmp_path):
    put(
        tmp_path,
        {
            "calls/a.csv": HEADER + "ana,2026-03-01,a,1\nana\n",
            "calls/b.csv": HEADER + "ana,2026-03-02,a,2\n,2026-03-02,a,2\n",
        },
    )
    query = "SELECT who, MIN(at) AS at, topic, SUM(CAST(cost AS INT)) AS cost FROM source"
    got = reading(tmp_path, replace(CALLS, sql=query + " GROUP BY who, topic"))
    assert got.events.select("customer_id", "value").rows() == [("ana", 30_000)]
    assert set(got.quarantine.rows()) == {
        ("calls", "calls/a.csv", 2, "broken_row", None),
        ("calls", None, 0, "no_customer", "customer_id"),
    }


def test_no_file_that_fits_is_a_missing_file(tmp_path):
    said = "source 'calls': the file is missing (calls/*.csv)"
    assert said in refusal(tmp_path, CALLS)
    assert reading(tmp_path, replace(CALLS, required=False)).rows_read == 0


def test_files_with_different_columns_are_refused_and_their_order_is_free(tmp_path):
    put(tmp_path, {"calls/a.csv": HEADER + "ana,2026-03-01,a,1\n"})
    put(tmp_path, {"calls/b.csv": "cost,topic,at,who\n2,b,2026-03-02,budi\n"})
    assert set(reading(tmp_path, CALLS).events["customer_id"]) == {"ana", "budi"}
    put(tmp_path, {"calls/b.csv": "who,at,topic,price\n"})
    said = refusal(tmp_path, CALLS)
    assert "source 'calls' has files with different columns: cost, price" in said
    assert "(calls/a.csv and calls/b.csv)" in said


def test_parquet_files_of_different_types_are_refused(tmp_path):
    (tmp_path / "calls").mkdir()
    rows = pl.DataFrame({"who": ["a"], "at": ["2026-03-01"], "topic": ["a"], "cost": [1]})
    rows.write_parquet(tmp_path / "calls" / "a.parquet")
    spec = replace(CALLS, kind="parquet", path="calls/*.parquet")
    rows.with_columns(who=pl.lit("b")).write_parquet(tmp_path / "calls" / "b.parquet")
    assert reading(tmp_path, spec).events["value"].to_list() == [10_000, 10_000]
    rows.with_columns(cost=pl.lit("1")).write_parquet(tmp_path / "calls" / "b.parquet")
    assert "different columns: cost" in refusal(tmp_path, spec)


def test_a_name_may_stand_in_some_files_of_json_lines_and_a_day_may_be_empty(tmp_path):
    put(
        tmp_path,
        {
            "calls/0.jsonl": "",
            "calls/1.jsonl": '{"who": "ana", "at": "2026-03-01", "topic": "a"}\n',
            "calls/2.jsonl": 'x\n{"who": "ana", "at": "2026-03-02", "topic": "a", "cost": 2}\n',
        },
    )
    got = reading(tmp_path, replace(CALLS, kind="jsonl", path="calls/*.jsonl"))
    assert set(got.events["value"]) == {None, 20_000}
    assert got.quarantine.rows() == [("calls", "calls/2.jsonl", 1, "broken_row", None)]


def test_a_faulty_file_is_named(tmp_path):
    put(tmp_path, {"calls/a.csv": HEADER + "ana,2026-03-01,a,1\n", "calls/b.csv": ""})
    assert "is an empty file (calls/b.csv)" in refusal(tmp_path, CALLS)


def test_a_lookup_is_one_file(tmp_path):
    put(tmp_path, {"calls/a.csv": HEADER, "who.csv": "who\n"})
    spec = replace(CALLS, sql="SELECT * FROM source", lookups={"people": "wh?.csv"})
    assert "`lookups.people` is a pattern, 'wh?.csv' (calls/*.csv); name one file" in refusal(
        tmp_path, spec
    )


SARI = "31/12/26 21.05 - Sari: halo\n31/12/26 21.06 - Tim: halo\n"
PHONE = "30/12/26 21.05 - +62 812-5550-1234: halo\n31/12/26 21.06 - Tim: halo\n"


def test_chats_lie_in_one_folder_and_no_message_of_ours_is_taken_for_another(tmp_path):
    named = ("WhatsApp Chat with +62 812-5550-1234.txt", "Chat WhatsApp dengan Sari Dewi (2).txt")
    put(tmp_path, dict(zip((f"chats/{name}" for name in named), (PHONE, SARI), strict=True)))
    got = reading(tmp_path, CHATS)
    assert (got.events.height, got.quarantine.height) == (4, 0)
    raw = table.read(CHATS, tmp_path).rows.select("customer", "chat").unique().collect()
    assert set(raw.rows()) == {("+62 812-5550-1234",) * 2, ("Sari", "Sari Dewi")}


@pytest.mark.parametrize(
    ("name", "chat"),
    [
        ("WhatsApp Chat - Sari Dewi/_chat.txt", "Sari Dewi"),
        ("Sari Dewi/_chat.txt", "Sari Dewi"),
        ("WhatsApp Chat with \u200eSari (PT Maju).txt", "Sari (PT Maju)"),
        ("whatsapp chat with Sari (1).txt", "Sari"),
        ("WhatsApp Chat.txt", "WhatsApp Chat"),
        ("armada.txt", "armada"),
    ],
)
def test_a_chat_is_called_as_its_file_or_its_folder(name, chat, tmp_path):
    put(tmp_path, {name: SARI})
    raw = table.read(replace(CHATS, path=name), tmp_path)
    assert set(raw.rows.collect()["chat"]) == {chat}


def test_a_faulty_chat_is_told_by_its_place_for_its_name_is_a_persons(tmp_path):
    chat = "3/4/26 21.05 - S: a\n"
    put(tmp_path, {"chats/Ana.txt": "31/12/26 21.05 - Ana: a\n", "chats/Sari.txt": chat})
    said = refusal(tmp_path, replace(CHATS, options={"ours": "Tim"}))
    assert "(chats/*.txt, file 2 of 2)" in said
    assert "Sari" not in said
