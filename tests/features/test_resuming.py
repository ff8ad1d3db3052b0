"""Of a database only what changed is read, and the lake is as if all of it had been."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from postgres import server

from features import lake
from features.errors import DataRefused
from features.identity.records import HandleParams
from features.lake import Intake, last_read
from features.sources import SourceSpec, check, read
from features.sources.declared import mistakes_in_source

FIRST = datetime(2026, 3, 10, tzinfo=UTC)
DAY = timedelta(days=1)
CALLS = SourceSpec(
    name="calls",
    kind="sql",
    columns={
        "customer_id": "who",
        "occurred_at": "at",
        "channel": "'call'",
        "step": "topic",
        "source_key": "id",
    },
    options={"url": "sqlite:///crm.db", "table": "calls", "changed": "changed"},
)
WHOLE = replace(CALLS, options={"url": "sqlite:///crm.db", "table": "calls"})


def written(moment, how):
    """How a program may say when a row changed."""
    match how:
        case "T":
            return moment.isoformat()
        case " ":
            return f"{moment:%Y-%m-%d %H:%M:%S}"
        case "day":
            return f"{moment:%Y-%m-%d}"
        case "dmy":
            return f"{moment:%d/%m/%Y}"
        case "epoch":
            return int(moment.timestamp())
    return None


def put(folder, *rows):
    """Rows of a table of calls, each in the place of the one with its id."""
    with closing(sqlite3.connect(folder / "crm.db")) as database, database:
        database.execute(
            "CREATE TABLE IF NOT EXISTS calls (id INTEGER PRIMARY KEY, who, at, topic, changed)"
        )
        database.executemany("INSERT OR REPLACE INTO calls VALUES (?, ?, ?, ?, ?)", rows)


def call(number, topic="billing", changed="2026-03-09 12:00:00"):
    return (number, f"c{number % 3}", "2026-03-01T09:00:00Z", topic, changed)


def night(folder, spec=CALLS, number=0, name="lake", *, anew=False):
    """One night: what changed, merged into the lake."""
    root = folder / name
    handles = HandleParams(key=b"sixteen bytes ok") if spec.handles else None
    intake = Intake(handles=handles, partitions=2, last=None if anew else last_read(root))
    told = {"as_of": FIRST + number * DAY, "zone": ZoneInfo("UTC"), "max_quarantine_share": 1}
    return lake.write(root, intake, read([spec], folder, intake, **told), anew=anew)


def count(done):
    """How many rows the database answered with, and whether it was asked for changes only."""
    [source] = done.reading.sources
    return source.rows_read, source.only_changed


changes = st.tuples(
    st.integers(1, 4),
    st.sampled_from(["billing", "delivery"]),
    st.sampled_from(["T", " ", "day", "dmy", "epoch", "never"]),
    st.floats(0, 2),
)


@settings(max_examples=5)
@given(nights=st.lists(st.lists(changes, max_size=3), min_size=2, max_size=4))
def test_a_lake_that_is_read_on_is_the_lake_that_is_read_whole(nights, tmp_path_factory):
    folder = tmp_path_factory.mktemp("nights")
    put(folder, call(0))
    for number, tonight in enumerate(nights):
        until = FIRST + number * DAY
        for key, topic, how, days_ago in tonight:
            put(folder, call(key, topic, written(until - days_ago * DAY, how)))
        whole = night(folder, WHOLE, number, "whole")
        part = night(folder, CALLS, number, "part")
        assert part.snapshot.manifest.tables == whole.snapshot.manifest.tables
        assert count(whole) == (whole.snapshot.events()["source_key"].n_unique(), False)
        assert count(part)[1] == (number > 0)


def test_the_second_night_reads_what_changed_since_the_first_and_a_little_before(tmp_path):
    put(tmp_path, *(call(number, changed="2026-03-01 12:00:00") for number in range(50)))
    put(tmp_path, call(50, changed="2026-03-07 23:59:59"), call(51, changed="2026-03-08 00:00:00"))
    assert count(night(tmp_path)) == (52, False)
    put(tmp_path, call(7, "delivery", "2026-03-10 12:00:00"), call(52))
    second = night(tmp_path, number=1)
    assert count(second) == (3, True)
    assert (second.new, second.corrected) == (1, 1)
    events = second.snapshot.events()
    assert (events.height, events["superseded_at"].drop_nulls().to_list()) == (54, [FIRST])
    assert count(night(tmp_path, number=1)) == (2, True)


def test_who_is_joined_by_what_changed_is_joined_with_what_was_read_before(tmp_path):
    columns = {**CALLS.columns, "step": "'call'"}
    del columns["customer_id"]
    part = replace(CALLS, columns=columns, handles={"id:line": "who", "id:name": "topic"})
    whole = replace(part, options=WHOLE.options)
    put(tmp_path, *(call(number, "", "2026-03-01") for number in range(3)), call(3, "ana"))
    night(tmp_path, whole, 0, "whole")
    first = night(tmp_path, part).snapshot.events()
    put(tmp_path, call(4, "ana", "2026-03-10 09:00:00"))
    entire = night(tmp_path, whole, 1, "whole").snapshot
    second = night(tmp_path, part, 1)
    assert (first["customer_id"].n_unique(), count(second)) == (3, (2, True))
    assert second.snapshot.events()["customer_id"].n_unique() == 2
    assert second.snapshot.manifest.tables == entire.manifest.tables


@pytest.mark.parametrize(("overlap_days", "rows"), [("1", 0), ("2", 1), ("300", 2)])
def test_the_overlap_may_be_said(overlap_days, rows, tmp_path):
    put(tmp_path, call(1, changed="2026-03-08"), call(2, changed="2026-01-01"))
    night(tmp_path)
    wider = replace(CALLS, options={**CALLS.options, "overlap_days": overlap_days})
    assert count(night(tmp_path, wider, 1)) == (rows, True)


def test_what_the_lake_does_not_hold_as_it_is_told_now_is_read_whole(tmp_path):
    put(tmp_path, call(1, changed="2026-01-01"))
    assert count(night(tmp_path)) == (1, False)
    assert count(night(tmp_path, number=1)) == (0, True)
    louder = replace(CALLS, columns={**CALLS.columns, "step": "UPPER(topic)"})
    assert count(night(tmp_path, louder, 2)) == (1, False)
    assert count(night(tmp_path, louder, 3)) == (0, True)
    assert count(night(tmp_path, louder, 2)) == (1, False)
    assert count(night(tmp_path, louder, 3, anew=True)) == (1, False)
    assert count(night(tmp_path, replace(louder, options=WHOLE.options), 4)) == (1, False)
    moved = {**CALLS.options, "url": "sqlite:///./crm.db", "overlap_days": "1"}
    assert count(night(tmp_path, replace(louder, options=moved), 5)) == (0, True)


def test_an_empty_answer_is_no_fault_and_staleness_is_that_of_the_lake(tmp_path):
    put(tmp_path)
    with pytest.raises(DataRefused, match="it has no rows"):
        night(tmp_path)
    watched = replace(CALLS, stale_after_days=11)
    put(tmp_path, call(1, changed="2026-01-01"))
    night(tmp_path, watched)
    quiet = night(tmp_path, watched, 1)
    assert count(quiet) == (0, True)
    assert quiet.reading.sources[0].newest == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert count(night(tmp_path, watched, 2)) == (0, True)
    with pytest.raises(DataRefused, match="its newest row before 2026-03-13 00:00 UTC is of"):
        night(tmp_path, watched, 3)


def test_a_part_is_not_written_where_the_rest_is_not(tmp_path):
    put(tmp_path, call(1))
    night(tmp_path)
    intake = Intake(last=last_read(tmp_path / "lake"))
    part = read([CALLS], tmp_path, intake, as_of=FIRST + DAY, zone=ZoneInfo("UTC"))
    for place, anew in (("other", False), ("lake", True)):
        with pytest.raises(DataRefused, match="'calls' was read in part"):
            lake.write(tmp_path / place, intake, part, anew=anew)
    assert lake.open_lake(tmp_path / "lake").as_of == FIRST


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"changed": "chnged"}, "names column 'chnged', which is missing.*`changed`"),
        ({"overlap_days": "0"}, "overlap_days` is '0'"),
        ({"overlap_days": "two"}, "overlap_days` is 'two'"),
        ({"chaged": "changed"}, "did you mean `changed`"),
    ],
)
def test_what_cannot_be_meant_is_told_before_a_row_is_read(options, told, tmp_path):
    put(tmp_path, call(1))
    [fault] = check.faults([replace(CALLS, options={**CALLS.options, **options})], tmp_path)
    with pytest.raises(DataRefused, match=told):
        raise fault


def test_an_overlap_needs_a_column(tmp_path):
    put(tmp_path, call(1))
    alone = replace(CALLS, options={**WHOLE.options, "overlap_days": "3"})
    [fault] = check.faults([alone], tmp_path)
    assert "`options.overlap_days` is not used" in fault.what


def test_what_looks_at_all_rows_cannot_be_read_on(tmp_path):
    put(tmp_path, call(1))
    ranked = replace(CALLS, columns={**CALLS.columns, "value": "MAX(id)"})
    [fault] = check.faults([ranked], tmp_path)
    assert "looks at all rows" in fault.what
    joined = replace(CALLS, sql="SELECT * FROM source")
    assert [mistake.key for mistake in mistakes_in_source(joined)] == ["sql"]


def test_no_workspace_says_when_it_was_read():
    assert [one.key for one in mistakes_in_source(replace(CALLS, since=FIRST))] == ["since"]


@pytest.fixture(scope="module")
def address():
    with server() as url:
        yield url


def asked(url, query, **options):
    said = {"url": url.render_as_string(hide_password=False), "query": query, **options}
    return replace(CALLS, options=said)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["timestamptz", "timestamp", "date"])
def test_the_nights_of_postgresql(kind, address, tmp_path):
    engine = sa.create_engine(address)
    table = f'"Calls of {kind}"'

    def put_in(*rows):
        with engine.begin() as connection:
            for row in rows:
                connection.exec_driver_sql(
                    f"INSERT INTO {table} VALUES (%s, %s, %s, %s, %s) ON CONFLICT (id)"
                    ' DO UPDATE SET topic = excluded.topic, "Changed" = excluded."Changed"',
                    row,
                )

    with engine.begin() as connection:
        connection.exec_driver_sql(
            f"CREATE TABLE {table} (id int PRIMARY KEY, who text, at text, topic text,"
            f' "Changed" {kind})'
        )
    query = f"SELECT *, '100%s :x' AS odd FROM {table} ORDER BY id -- calls\n;\n"
    whole, part = asked(address, query), asked(address, query, changed="Changed")
    put_in(*(call(number, changed="2026-03-01 12:00") for number in range(40)), call(40))
    put_in(call(41, changed=None))
    night(tmp_path, whole, 0, "whole")
    assert count(night(tmp_path, part)) == (42, False)
    put_in(call(3, "delivery", "2026-03-10 18:00"), call(42, changed="2026-03-10 19:00"))
    entire = night(tmp_path, whole, 1, "whole")
    second = night(tmp_path, part, 1)
    assert (count(entire), count(second)) == ((43, False), (4, True))
    assert (second.new, second.corrected) == (entire.new, entire.corrected) == (1, 1)
    assert second.snapshot.manifest.tables == entire.snapshot.manifest.tables
    engine.dispose()


@pytest.mark.slow
def test_postgresql_refuses_what_is_no_time(address, tmp_path):
    spec = asked(address, "SELECT 1 AS id, 'a' AS who, '2026-03-01' AS at, 'b' AS topic")
    spec = replace(spec, options={**spec.options, "changed": "topic"})
    night(tmp_path, spec)
    with pytest.raises(DataRefused, match="query cannot be run"):
        night(tmp_path, spec, 1)
