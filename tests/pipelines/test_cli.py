"""The command: what it prints, how it ends, and that a mistake never shows a traceback."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner
from shops import make_shop, orders, write_orders

from pipelines.cli import main
from pipelines.terminal.outcome import EXIT_CODES

HEAVY = ("mlflow", "lightgbm", "prefect", "polars", "sklearn", "pandas", "numpy", "rich")


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    return make_shop(tmp_path / "shop")


def jejak(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def refused(code, *words):
    """What a command that must fail with a code says on standard error."""
    done = jejak(*words)
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    return done.stderr


def told(*words):
    done = jejak(*words, "--json")
    assert len(done.stdout.splitlines()) == 1
    return json.loads(done.stdout)


def test_help_needs_no_heavy_library():
    look = (
        "import sys; from pipelines.cli import main\n"
        "try: main(['--help'])\n"
        f"except SystemExit: print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    path = "import sys; sys.path[:0] = " + repr([path for path in sys.path if path]) + "\n"
    done = subprocess.run(
        [sys.executable, "-c", path + look], capture_output=True, text=True, check=True
    )
    assert "jejak init demo --example" in done.stdout.replace("\n  ", " ")
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_tells_every_exit_code():
    text = jejak("--help").output
    for code, meaning in EXIT_CODES.items():
        assert f"{code:<4} {meaning}" in text


@pytest.mark.parametrize("verb", list(main.commands))
def test_every_verb_is_described_and_speaks_json(verb):
    text = jejak(verb, "--help").output
    assert "--json" in text
    assert main.commands[verb].get_short_help_str()


def test_ingest_tells_what_it_read(shop):
    done = jejak("ingest", "-w", shop)
    assert done.exit_code == 0, done.output
    assert f"orders: {len(orders()):,} rows" in done.stdout
    assert "Reading the sources" in done.stderr


def test_ingest_in_json_is_one_line(shop):
    facts = told("ingest", "-w", shop)
    assert facts["status"] == "done"
    assert facts["watermark"] == "2026-03-01T00:00:00+00:00"
    assert facts["sources"][0]["rows_read"] == len(orders())


def test_ingest_stands_where_as_of_says(shop):
    assert told("ingest", "-w", shop, "--as-of", "2026-02-28")["as_of"][:10] == "2026-02-28"


def test_no_workspace_is_a_usage_error(tmp_path, monkeypatch):
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    assert "there is no jejak.toml here" in refused(2, "ingest", "-w", tmp_path)


def test_a_broken_workspace_file_is_told_whole(shop):
    path = shop / "jejak.toml"
    path.write_text(path.read_text().replace("horizon_days", "horizon_day") + "[paneel]\n")
    text = refused(2, "ingest", "-w", shop)
    assert "churn.horizon_day: is not a known key; did you mean `horizon_days`?" in text
    assert "paneel: is not a known key; did you mean `panel`?" in text


def test_a_refusal_in_json_has_key_reason_and_mend(shop):
    path = shop / "jejak.toml"
    path.write_text(path.read_text().replace("horizon_days", "horizon_day"))
    facts = told("ingest", "-w", shop)
    assert facts["status"] == "refused"
    assert facts["exit_code"] == 2
    assert facts["mistakes"] == [
        {
            "key": "churn.horizon_day",
            "reason": "is not a known key",
            "mend": "did you mean `horizon_days`?",
        }
    ]


def test_a_missing_file_is_refused(shop):
    (shop / "sources" / "orders.csv").unlink()
    text = refused(3, "ingest", "-w", shop)
    assert "'orders'" in text
    assert "sources/orders.csv" in text


def test_a_missing_column_is_refused_with_its_neighbour(shop):
    path = shop / "jejak.toml"
    path.write_text(path.read_text().replace('"ordered_at"', '"orderd_at"'))
    assert "`ordered_at`" in refused(3, "ingest", "-w", shop)


def test_an_empty_source_is_refused(shop):
    write_orders(shop / "sources" / "orders.csv", [])
    assert "no rows" in refused(3, "ingest", "-w", shop)


def test_a_stale_source_is_refused(shop):
    assert "newest" in refused(3, "ingest", "-w", shop, "--as-of", "2026-03-09")


def test_unreadable_rows_are_counted_and_above_the_share_refused(shop):
    rows = orders()
    for row in rows[:10]:
        row["ordered_at"] = "yesterday"
    write_orders(shop / "sources" / "orders.csv", rows)
    done = jejak("ingest", "-w", shop)
    assert done.exit_code == 0
    assert "10 set aside (bad_time 10)" in done.stdout
    for row in rows[: len(rows) // 10]:
        row["total"] = "NaN"
    write_orders(shop / "sources" / "orders.csv", rows)
    assert "were set aside" in refused(3, "ingest", "-w", shop)


def test_scoring_before_ingesting_says_so(shop):
    assert "jejak ingest" in refused(3, "score", "-w", shop)


def test_scoring_a_day_that_was_not_ingested_is_refused(shop):
    jejak("ingest", "-w", shop)
    text = refused(3, "score", "-w", shop, "--as-of", "2026-03-02")
    assert "complete only until 2026-03-01 00:00 UTC" in text


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_outside_of_time_is_refused(shop, day):
    assert f"{day} is no day to stand at" in refused(2, "ingest", "-w", shop, "--as-of", day)


def test_features_keeps_names_whole_on_a_narrow_terminal(shop):
    jejak("ingest", "-w", shop)
    names = [feature["name"] for feature in told("features", "-w", shop)["features"]]
    lines = jejak("features", "-w", shop).stdout.split()
    assert {*names} <= {*lines}


def test_features_lists_the_catalog(shop):
    jejak("ingest", "-w", shop)
    facts = told("features", "-w", shop)
    names = [feature["name"] for feature in facts["features"]]
    assert len(names) == len(set(names)) > 10
    assert {"unit", "meaning", "hash", "family"} < set(facts["features"][0])
    assert names[0] in jejak("features", "-w", shop).stdout


def test_something_unexpected_is_told_without_its_text(shop, monkeypatch):
    def fall(*_arguments, **_named):
        raise RuntimeError("customer Siti-Rahayu")

    monkeypatch.setattr("pipelines.data.ingest.read", fall)
    text = refused(1, "ingest", "-w", shop)
    assert "RuntimeError" in text
    assert "Siti-Rahayu" not in text
    assert "Siti-Rahayu" in jejak("ingest", "-w", shop, "--debug").stderr


def test_an_interrupt_is_one_line(shop, monkeypatch):
    def interrupt(*_arguments, **_named):
        raise KeyboardInterrupt

    monkeypatch.setattr("pipelines.data.ingest.read", interrupt)
    assert refused(130, "ingest", "-w", shop).splitlines() == ["jejak: interrupted"]
