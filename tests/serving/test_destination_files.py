"""A folder of changes: whole files, true once the manifest names them, safe to send again."""

import csv
import errno
import io
import json
import os
from contextlib import nullcontext
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from tables import FIELDS, ROW, Unpaced, a_batch, a_spec, batches, tools

from features import durable
from serving.destinations.destination import Acknowledged, Notes, Tools
from serving.destinations.files import destination as files
from serving.destinations.files import formats
from serving.destinations.files.formats import FORMATS, without_formula
from serving.destinations.troubles import BatchRefused, Busy, Misconfigured, OutcomeUnknown
from serving.rehearsal.clock import Clock

STEPS = 6
SHAPE = {"op": "text", "customer_key": "text", "churn": "number", "band": "text", "days": "whole"}


def a_folder(**options):
    return a_spec(kind="files", secrets={}, options={"folder": "crm", **options})


def send(folder: Path, rows: dict, name: str = "b1", clock: Clock | None = None, **options):
    told = Tools(pacer=Unpaced(), timing=(clock or Clock()).timing, folder=folder)
    return files.opened(a_folder(**options), told).send(a_batch(rows, name), Notes())


def listed(folder: Path) -> list[dict]:
    return json.loads((folder / "crm" / "_manifest.json").read_bytes())["files"]


def trusted(folder: Path) -> dict[str, bytes]:
    """What a reader sees who believes the manifest alone; every hash must fit."""
    found = {}
    for one in listed(folder):
        content = (folder / "crm" / one["name"]).read_bytes()
        assert (len(content), sha256(content).hexdigest()) == (one["bytes"], one["sha256"])
        found[one["name"]] = content
    return found


def others(folder: Path) -> set[str]:
    """What lies beside the files that the manifest names."""
    named = {one["name"] for one in listed(folder)} | {"_manifest.json", ".lock"}
    return {path.name for path in (folder / "crm").iterdir()} - named


def written(rows: dict, kind: str) -> bytes:
    file = io.BytesIO()
    FORMATS[kind][1](a_batch(rows).rows, SHAPE, file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (
            "csv",
            "op,customer_key,churn,band,days\r\nset,'=1,0.5,'-x,28\r\nclear,b,,,\r\n",
        ),
        (
            "csv-machine",
            '"op","customer_key","churn","band","days"\n"set","=1",0.5,"-x",28\n"clear","b",,,\n',
        ),
        (
            "jsonl",
            """{"op":"set","customer_key":"=1","churn":0.5,"band":"-x","days":28}
{"op":"clear","customer_key":"b","churn":null,"band":null,"days":null}
""",
        ),
    ],
)
def test_each_format_reads_as_expected(kind, text):
    rows = {"=1": ROW | {"band": "-x"}, "b": dict.fromkeys(ROW)}
    assert written(rows, kind).decode() == text


@given(sent=batches)
def test_what_is_written_comes_back_in_every_format(sent):
    for rows in sent:
        expected = [
            {"op": row.op, "customer_key": row.key, **row.values} for row in a_batch(rows).rows
        ]
        table = pq.read_table(io.BytesIO(written(rows, "parquet"))).to_pylist()
        lines = [json.loads(line) for line in written(rows, "jsonl").decode().split("\n")[:-1]]
        assert table == lines == expected
        for kind, change in (("csv", without_formula), ("csv-machine", str)):
            text = io.StringIO(written(rows, kind).decode(), newline="")
            read = list(csv.DictReader(text))
            for got, meant in zip(read, expected, strict=True):
                for name in ("op", "customer_key", "band"):
                    assert got[name] == ("" if meant[name] is None else change(meant[name]))
                churn = meant["churn"]
                assert got["churn"] == "" if churn is None else float(got["churn"]) == churn


def test_parquet_has_types_of_time():
    file = io.BytesIO()
    row = {"at": "2026-11-20T17:00:00Z", "on": "2026-11-21"}
    shape = {"op": "text", "key": "text", "at": "instant", "on": "date"}
    formats.write_parquet(a_batch({"a": row, "b": dict.fromkeys(row)}).rows, shape, file)
    read = pq.read_table(file).to_pylist()
    assert read[0]["at"] == datetime(2026, 11, 20, 17, tzinfo=UTC)
    assert (str(read[0]["on"]), read[1]["at"]) == ("2026-11-21", None)


def test_sending_again_replaces_the_same_file(tmp_path):
    for _ in range(2):
        assert send(tmp_path, {"a": ROW}) == {"a": Acknowledged()}
    first = trusted(tmp_path)
    assert len(first) == 1
    send(tmp_path, {"b": ROW}, "b2")
    assert set(first) < set(trusted(tmp_path))
    told = listed(tmp_path)[1]
    assert (told["batch_id"], told["run_id"], told["rows"]) == ("b2", "r1", 1)
    assert (tmp_path / "crm" / told["name"]).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "crm").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("code", "trouble"),
    [(errno.ENOSPC, Busy), (errno.EIO, OutcomeUnknown), (errno.EACCES, Misconfigured)],
)
@pytest.mark.parametrize("nth", range(1, STEPS + 2))
def test_a_failure_at_any_step_leaves_what_the_manifest_says_true(
    tmp_path, monkeypatch, code, trouble, nth
):
    """Twice two steps of a file, each followed by the folder's own."""
    send(tmp_path, {"a": ROW})
    before, left = trusted(tmp_path), iter(range(nth, 0, -1))

    def failing(step):
        def fail(*said):
            if next(left, 0) == 1:
                raise OSError(code, os.strerror(code))
            return step(*said)

        return fail

    monkeypatch.setattr(os, "fsync", failing(os.fsync))
    monkeypatch.setattr(Path, "replace", failing(Path.replace))
    with pytest.raises(trouble) if nth <= STEPS else nullcontext():
        send(tmp_path, {"b": ROW}, "b2")
    if nth < STEPS:  # after the last the manifest is there, but might not have lasted
        assert trusted(tmp_path) == before
    monkeypatch.undo()
    send(tmp_path, {"b": ROW}, "b2")
    assert len(trusted(tmp_path)) == 2
    assert others(tmp_path) == set()


def test_what_a_killed_process_left_is_removed_and_nothing_of_others(tmp_path):
    send(tmp_path, {"a": ROW})
    for name in ("changes-r0-b0.csv", ".changes-r1-b1.csv.x1", "._manifest.json.x2", "mine.csv"):
        (tmp_path / "crm" / name).write_text("canary")
    send(tmp_path, {"b": ROW}, "b2")
    assert others(tmp_path) == {"mine.csv"}


def test_old_files_go_after_the_manifest_has_let_go_of_them(tmp_path):
    clock = Clock()
    for night in range(5):
        send(tmp_path, {"a": ROW}, f"b{night}", clock, keep_days=2)
        clock.advance(86_400)
    assert [one["batch_id"] for one in listed(tmp_path)] == ["b3", "b4"]
    assert len(trusted(tmp_path)) == 2
    assert others(tmp_path) == set()


def test_another_process_in_the_folder_is_waited_for(tmp_path):
    send(tmp_path, {"a": ROW})
    with durable.only_writer(tmp_path / "crm"), pytest.raises(Busy, match="another process"):
        send(tmp_path, {"b": ROW}, "b2")


@pytest.mark.parametrize("text", ["", "[]", '{"files": 1}', '{"files": [1]}'])
def test_a_manifest_that_is_none_is_never_overwritten(tmp_path, text):
    send(tmp_path, {"a": ROW})
    (tmp_path / "crm" / "_manifest.json").write_text(text)
    with pytest.raises(Misconfigured, match="cannot be read"):
        send(tmp_path, {"b": ROW}, "b2")
    assert (tmp_path / "crm" / "_manifest.json").read_text() == text


def test_a_value_of_another_type_is_refused_as_a_row_is(tmp_path):
    with pytest.raises(BatchRefused):
        send(tmp_path, {"a": ROW | {"days": "many"}}, format="parquet")
    assert [*(tmp_path / "crm").iterdir()] == [tmp_path / "crm" / ".lock"]


def test_names_of_files_are_plain_whatever_ids_are(tmp_path):
    opened = files.opened(a_folder(), tools(tmp_path))
    batch = a_batch({"a": ROW}, "../b/1", "r 1")
    told = opened.calls(batch)
    assert told == [
        f"write {tmp_path}/crm/changes-r_1-___b_1.csv (1 rows)",
        f"write {tmp_path}/crm/_manifest.json",
    ]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"options": {"foldr": "x"}}, "options.foldr: is not a known key; did you mean `folder`?"),
        ({"options": {"folder": 3}}, "options.folder: is no path"),
        ({"options": {"format": "cvs"}}, "options.format: 'cvs' is none; did you mean `csv`?"),
        ({"options": {"keep_days": -1}}, "options.keep_days: is -1; write 0 to 3650"),
        ({"options": {"rows_a_batch": True}}, "options.rows_a_batch: is True"),
        ({"options": {}, "fields": FIELDS | {"op": "tier"}}, "fields.op: 'op' is the column"),
    ],
)
def test_each_mistake_names_its_key(changed, told):
    (found,) = files.mistakes(a_spec(**({"secrets": {}} | changed)))
    assert str(found).startswith(told)
