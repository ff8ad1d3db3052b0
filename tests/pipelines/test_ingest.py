"""Ingest of a database, night after night, as a person sees it."""

import sqlite3
from contextlib import closing
from datetime import date

import pytest

from features.errors import WorkspaceInvalid
from pipelines.data.ingest import ingest_sources

WORKSPACE = """
[workspace]
name = "Warung"

[[sources]]
name = "calls"
kind = "sql"

[sources.options]
url = "sqlite:///crm.db"
table = "calls"
changed = "updated_at"

[sources.columns]
customer_id = "who"
occurred_at = "updated_at"
channel = "'call'"
step = "'call'"
source_key = "id"

[churn]
steps = ["call"]
"""


@pytest.fixture
def call(tmp_path):
    """Writes a call of a day of March into the database of a workspace."""
    (tmp_path / "jejak.toml").write_text(WORKSPACE)
    with closing(sqlite3.connect(tmp_path / "crm.db")) as database:
        database.execute("CREATE TABLE calls (id INTEGER PRIMARY KEY, who, updated_at)")

        def write(day):
            with database:
                told = ("ana", f"2026-03-{day:02}T09:00:00Z")
                database.execute("INSERT INTO calls (who, updated_at) VALUES (?, ?)", told)

        yield write


def told(root, day, capsys, **options):
    """What is said of the source, in words and in JSON, after a night."""
    done = ingest_sources(root, date(2026, 3, day), **options)
    done.text(1)
    [source] = done.facts()["sources"]
    line = capsys.readouterr().out.split("\n")[0]
    return line, source["rows_read"], source["only_changed"], done.snapshot.events().height


def test_a_second_night_says_that_it_read_what_changed(tmp_path, call, capsys):
    for day in range(1, 10):
        call(day)
    assert told(tmp_path, 10, capsys) == ("calls: 9 rows", 9, False, 9)
    call(10)
    assert told(tmp_path, 11, capsys) == ("calls: 3 rows of what changed", 3, True, 10)
    assert told(tmp_path, 15, capsys) == ("calls: 2 rows of what changed", 2, True, 10)
    assert told(tmp_path, 20, capsys) == ("calls: 0 rows of what changed", 0, True, 10)
    assert told(tmp_path, 20, capsys, anew=True) == ("calls: 10 rows", 10, False, 10)


def test_the_lake_is_cut_as_the_workspace_says_and_not_otherwise_later(tmp_path, call):
    call(2)
    file = tmp_path / "jejak.toml"
    file.write_text(f"{WORKSPACE}\n[compute]\npartitions = 3\n")
    ingest_sources(tmp_path, date(2026, 3, 10))
    file.write_text(f"{WORKSPACE}\n[compute]\npartitions = 5\n")
    with pytest.raises(WorkspaceInvalid, match=r"has 3 partitions.*write partitions = 3"):
        ingest_sources(tmp_path, date(2026, 3, 10))
    anew = ingest_sources(tmp_path, date(2026, 3, 10), anew=True)
    assert len(anew.snapshot.told()) == 5
    assert sum(told.events.height for told in anew.snapshot.told()) == 1
