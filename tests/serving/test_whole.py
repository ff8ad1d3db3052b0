"""The files for people and machines: whole, safe to open, and true to the table."""

import csv
import errno
import io
import json
import os
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nights import a_night, a_ruled_night, a_run

from features import durable
from features.errors import AnotherAtWork
from serving.destinations.files.formats import without_formula
from serving.destinations.files.whole import write_csv, write_scores
from serving.scores import SCORES


def test_a_csv_reads_as_expected(tmp_path):
    night = a_night(
        a_run(),
        2,
        customer_ids=["=cmd|' /C calc'!A0", "ayu"],
        probabilities=np.array([0.5, 0.1]),
    )
    csv_path, _ = write_scores(tmp_path, night)
    run = a_run().run_id
    asked, rest = (
        f"2026-11-20T17:00:00Z,{run},28",
        "quiet for 20 days,,,,,,,standard,A,1,2026-11-20T17:00:00Z,2026-12-18T17:00:00Z",
    )
    assert csv_path.read_text(encoding="utf-8").splitlines() == [
        ",".join(SCORES.schema),
        f"'=cmd|' /C calc'!A0,{asked},0.5,0.0,1.0,,high,17,red,365.0,182.5,,,,,,,,,,,{rest}",
        f"ayu,{asked},0.1,0.0,1.0,,medium,53,amber,365.0,36.5,,,,,,,,,,,{rest}",
    ]


def test_a_parquet_file_gives_the_table_back(tmp_path):
    night = a_night(a_run(), 5, customer_ids=["=1", "-2", "b", "c", "d"])
    _, parquet = write_scores(tmp_path, night)
    read = pd.read_parquet(parquet)
    for name in ("reasons", "further_horizons"):
        read[name] = [list(few) for few in read[name]]
    pd.testing.assert_frame_equal(read.astype(SCORES.schema), night)


def test_a_night_of_rules_has_empty_cells_and_one_of_several_horizons_says_them(tmp_path):
    ruled = write_scores(tmp_path / "a", a_ruled_night(["high", "low"]))
    assert ",28,,,,,high,15,red,365.0,," in ruled[0].read_text(encoding="utf-8")
    assert pd.read_parquet(ruled[1])["churn_probability"].isna().all()
    further = [[{"horizon_days": 60, "probability": 0.1, "low": 0.05, "high": 0.2}]] * 3
    several = write_scores(tmp_path / "b", a_night(a_run(), further=further))
    assert ",60 days: 0.100," in several[0].read_text(encoding="utf-8")
    assert list(pd.read_parquet(several[1])["further_horizons"][0]) == further[0]


def test_a_night_without_reasons_has_the_same_types(tmp_path):
    with_reasons = write_scores(tmp_path / "a", a_night(a_run()))[1]
    without = write_scores(tmp_path / "b", a_night(a_run(), reasons=[[]] * 3))[1]
    assert pq.read_schema(without).equals(pq.read_schema(with_reasons))


def test_equal_scores_give_equal_bytes(tmp_path):
    first = write_scores(tmp_path / "a", a_night(a_run()))
    second = write_scores(tmp_path / "b", a_night(a_run()))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


@given(names=st.lists(st.text(), min_size=1, max_size=5, unique=True))
def test_no_cell_of_text_begins_a_formula_and_all_come_back(names):
    named = sorted({name if name.strip() else f"{name}blank" for name in names})
    night = a_night(a_run(), len(named), customer_ids=named)
    written = io.BytesIO()
    write_csv(night, written)
    text = written.getvalue().decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    for row, customer in zip(rows, night["customer_id"], strict=True):
        assert row["customer_id"].lstrip(" ")[0] not in "=+-@\t\r\n\0"
        assert row["customer_id"].removeprefix("'") == customer.removeprefix("'")
        assert row["reasons"] == "quiet for 20 days"


@pytest.mark.parametrize(
    "start", ["=", "+", "-", "@", "\t", "\r", "\0", "  =", "\n", "\uff1d", "\uff20"]
)
def test_every_dangerous_start_is_led_by_an_apostrophe(start):
    assert without_formula(f"{start}1") == f"'{start}1"


def test_numbers_stay_numbers(tmp_path):
    csv_path, _ = write_scores(tmp_path, a_night(a_run()))
    read = pd.read_csv(csv_path)
    numbers = ["horizon_days", "churn_probability", "yearly_value", "value_at_risk"]
    assert read[numbers].dtypes.astype(str).tolist() == ["int64", "float64", "float64", "float64"]


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_failed_step_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch, failing):
    write_scores(tmp_path, a_night(a_run(0)))
    before = {one.name: one.read_bytes() for one in tmp_path.iterdir()}

    def fail(*_):
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(os if failing == "fsync" else Path, failing, fail)
    with pytest.raises(OSError, match="input/output"):
        write_scores(tmp_path, a_night(a_run(1)))
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == before


def test_a_second_night_replaces_the_first(tmp_path):
    write_scores(tmp_path, a_night(a_run(0)))
    paths = write_scores(tmp_path, a_night(a_run(1)))
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != ".lock") == [
        "_manifest.json",
        "scores.csv",
        "scores.parquet",
    ]
    assert pd.read_parquet(paths[1])["run_id"].unique().tolist() == [a_run(1).run_id]


def test_the_manifest_names_the_run_and_what_its_files_hold(tmp_path):
    paths = write_scores(tmp_path, a_night(a_run(1), 5))
    told = json.loads((tmp_path / "_manifest.json").read_bytes())
    assert (told["run_id"], told["rows"]) == (a_run(1).run_id, 5)
    assert [one["name"] for one in told["schema"]] == [*SCORES.schema]
    for path, one in zip(paths, told["files"], strict=True):
        content = path.read_bytes()
        assert one == {
            "name": path.name,
            "rows": 5,
            "bytes": len(content),
            "sha256": sha256(content).hexdigest(),
        }


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_manifest_that_fits_is_of_files_of_one_run(tmp_path, monkeypatch, nth):
    """Whichever of the three renames is the last: whoever checks the hashes sees no mixture."""
    write_scores(tmp_path, a_night(a_run(0)))
    left, rename = iter(range(nth, 0, -1)), Path.replace

    def fail(path, target):
        if next(left, 0) == 1:
            raise OSError(errno.EIO, "input/output error")
        return rename(path, target)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="input/output"):
        write_scores(tmp_path, a_night(a_run(1)))
    told = json.loads((tmp_path / "_manifest.json").read_bytes())
    fits = [
        sha256((tmp_path / one["name"]).read_bytes()).hexdigest() == one["sha256"]
        for one in told["files"]
    ]
    assert told["run_id"] == a_run(0).run_id
    assert all(fits) == (nth == 1)


def test_one_process_at_a_time_and_its_litter_goes(tmp_path):
    (tmp_path / ".scores.csv.abc").write_text("half")
    with durable.only_writer(tmp_path), pytest.raises(AnotherAtWork, match="another run"):
        write_scores(tmp_path, a_night(a_run(0)))
    write_scores(tmp_path, a_night(a_run(0)))
    assert not (tmp_path / ".scores.csv.abc").exists()
