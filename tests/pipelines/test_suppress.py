"""Who must not be contacted, read again before anything is sent; what cannot be told stops all."""

import json
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest
from click.testing import CliRunner

from features.errors import DataRefused, SuppressionsUntrusted, WorkspaceInvalid
from pipelines.cli import main
from pipelines.data.ingest import ingest_sources
from pipelines.rights import suppress as suppressing
from pipelines.workspace import open_workspace
from serving.store import Store
from serving.suppression import suppressed

pytestmark = pytest.mark.slow

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
BY_NAME = """
[workspace]
name = "Warung"

[[sources]]
name = "visits"
kind = "csv"
path = "visits.csv"
columns = { customer_id = "who", occurred_at = "at", channel = "'web'", step = "'visit'" }

[[sources]]
name = "optouts"
kind = "csv"
path = "optouts.csv"
table = "suppressions"
columns = { customer_id = "who", channel = "channel", starts_at = "at" }

[churn]
steps = ["visit"]
"""
BY_HANDLE = BY_NAME.replace('customer_id = "who", ', "").replace(
    "[[sources]]", '[[sources]]\nhandles = { email = "who", phone = "phone" }'
)
VISITS = ["ana@a.id,0812345678,2026-03-01", "budi@b.id,,2026-03-02", "citra@c.id,,2026-03-03"]


def lay(root, *optouts, workspace=BY_NAME):
    (root / "jejak.toml").write_text(workspace)
    (root / "visits.csv").write_text("\n".join(["who,phone,at", *VISITS]) + "\n")
    told(root, *optouts)


def told(root, *optouts):
    (root / "optouts.csv").write_text("\n".join(["who,phone,channel,at", *optouts]) + "\n")


def night(root):
    ingest_sources(root, date(2026, 3, 10))


def refreshed(root, *, at=NOON, **options):
    """Who must not be contacted after the lists were read again."""
    workspace = open_workspace(root)
    with closing(Store(workspace.store_url)) as store:
        suppressing.refresh(workspace, store, at, **options)
        return store.read(lambda connection: suppressed(connection, at))


def customers(root):
    """Each customer's id by the day of their visit."""
    from features.lake import open_lake  # noqa: PLC0415  (named here alone)

    rows = open_lake(root / "lake").events().sort("occurred_at")
    return dict(zip((1, 2, 3), rows["customer_id"].to_list(), strict=True))


def test_an_objection_of_the_afternoon_counts_at_once(tmp_path):
    lay(tmp_path, "ana@a.id,,,2026-03-01")
    night(tmp_path)
    assert refreshed(tmp_path) == {"ana@a.id"}
    told(tmp_path, "ana@a.id,,,2026-03-01", "budi@b.id,,,2026-03-10", "citra@c.id,,sms,2026-03-10")
    assert refreshed(tmp_path) == {"ana@a.id", "budi@b.id"}


def test_by_handles_whoever_has_one_of_them_is_meant(tmp_path):
    lay(tmp_path, "nobody@x.id,,,2026-03-01", workspace=BY_HANDLE)
    night(tmp_path)
    told(tmp_path, ",+62 812 345 678,,2026-03-10", "budi@b.id,,,2026-03-10")
    known = customers(tmp_path)
    assert refreshed(tmp_path) & {*known.values()} == {known[1], known[2]}


@pytest.mark.parametrize("written", ["email:Ana@A.id", "phone:+62 812-345-678"])
def test_who_is_on_the_telephone_is_known_by_a_handle(tmp_path, written):
    lay(tmp_path, "nobody@x.id,,,2026-03-01", workspace=BY_HANDLE)
    night(tmp_path)
    said = {"channel": "", "purpose": ""}
    done = suppressing.suppress_customer(tmp_path, written, **said, until=None)
    assert done.known
    ana = customers(tmp_path)[1]
    later = NOON.replace(year=2030)
    assert ana in refreshed(tmp_path, at=later)
    suppressing.lift(tmp_path, written, **said)
    assert ana not in refreshed(tmp_path, at=later)


@pytest.mark.parametrize("written", ["email:nobody@z.id", "phone:none", "id:customer:ana"])
def test_a_handle_that_nobody_has_is_not_repeated(tmp_path, written):
    lay(tmp_path, "nobody@x.id,,,2026-03-01", workspace=BY_HANDLE)
    night(tmp_path)
    with pytest.raises(DataRefused, match="no customer has this handle") as refused:
        suppressing.suppress_customer(tmp_path, written, channel="", purpose="", until=None)
    assert written.split(":")[-1] not in str(refused.value)


def test_a_handle_that_joins_nobody_names_nobody(tmp_path):
    lay(tmp_path, "nobody@x.id,,,2026-03-01", workspace=BY_HANDLE)
    shared = [f"p{number}@shop.id,0211234567,2026-03-01" for number in range(6)]
    (tmp_path / "visits.csv").write_text("\n".join(["who,phone,at", *shared]) + "\n")
    night(tmp_path)
    with pytest.raises(DataRefused, match="6 customers have this handle"):
        suppressing.lift(tmp_path, "phone:0211234567", channel="", purpose="")


def test_what_a_file_says_no_more_stays_as_in_the_lake(tmp_path):
    lay(tmp_path, "ana@a.id,,,2026-03-01")
    night(tmp_path)
    told(tmp_path, "budi@b.id,,,2026-03-10")
    assert refreshed(tmp_path) == {"ana@a.id", "budi@b.id"}


@pytest.mark.parametrize("fault", ["missing", "empty", "no column"])
def test_a_list_that_cannot_be_read_stops_everything(tmp_path, fault):
    lay(tmp_path, "ana@a.id,,,2026-03-01")
    night(tmp_path)
    refreshed(tmp_path)
    if fault == "missing":
        (tmp_path / "optouts.csv").unlink()
    else:
        (tmp_path / "optouts.csv").write_text(
            "who\nx\n" if fault != "empty" else "who,channel,at\n"
        )
    with pytest.raises(SuppressionsUntrusted):
        refreshed(tmp_path)


def test_an_optional_list_that_is_away_stops_everything_too(tmp_path):
    optional = BY_NAME.replace('table = "supp', 'required = false\ntable = "supp')
    lay(tmp_path, "ana@a.id,,,2026-03-01", workspace=optional)
    refreshed(tmp_path)
    (tmp_path / "optouts.csv").unlink()
    with pytest.raises(SuppressionsUntrusted, match="optouts"):
        refreshed(tmp_path, at=NOON + timedelta(hours=1))


def test_a_list_that_lost_most_of_its_rows_is_believed_once_somebody_says_so(tmp_path):
    lay(tmp_path, *(f"c{at},,,2026-03-01" for at in range(20)))
    refreshed(tmp_path)
    told(tmp_path, "c1,,,2026-03-01")
    with pytest.raises(SuppressionsUntrusted, match="--accept optouts"):
        refreshed(tmp_path)
    suppressing.accept(tmp_path, "optouts")
    assert refreshed(tmp_path) == {"c1"}
    with pytest.raises(WorkspaceInvalid, match="opt"):
        suppressing.accept(tmp_path, "optout")


def test_who_is_told_on_the_command_line_is_suppressed_until_it_is_lifted(tmp_path, capsys):
    lay(tmp_path, "budi@b.id,,,2026-03-01")
    said = {"channel": "", "purpose": ""}
    done = suppressing.suppress_customer(tmp_path, "ana@a.id", **said, until=None)
    done.text(1)
    assert "ana" not in capsys.readouterr().out + str(done.facts())
    assert refreshed(tmp_path) == {"ana@a.id", "budi@b.id"}
    assert suppressing.lift(tmp_path, "ana@a.id", **said).still == ()
    assert refreshed(tmp_path, at=datetime.now(UTC)) == {"budi@b.id"}
    assert suppressing.lift(tmp_path, "budi@b.id", **said).still == ("optouts",)


def test_a_slip_of_the_pen_is_told(tmp_path, capsys):
    lay(tmp_path, "budi@b.id,,,2026-03-01")
    night(tmp_path)
    for name, known in (("ana@a.id", True), ("an@a.id", False)):
        done = suppressing.suppress_customer(tmp_path, name, channel="", purpose="", until=None)
        done.text(1)
        assert done.facts()["known"] is known
        assert ("knows nobody" in capsys.readouterr().out) is not known


def asked(root, *words):
    return CliRunner().invoke(main, ["suppress", *words, "-w", str(root), "--json"])


@pytest.mark.parametrize(
    "words", [[], ["c1", "--accept", "optouts"], ["c1", "--lift", "--until", "2027-01-01"]]
)
def test_a_command_that_means_nothing_is_refused(tmp_path, words):
    lay(tmp_path, "budi@b.id,,,2026-03-01")
    assert asked(tmp_path, *words).exit_code == 2


def test_the_command_suppresses_lifts_and_accepts(tmp_path):
    lay(tmp_path, "budi@b.id,,,2026-03-01")
    held = json.loads(asked(tmp_path, "c1", "--until", "2999-01-01").stdout)
    assert (held["exit_code"], held["known"]) == (0, True)
    assert refreshed(tmp_path) == {"c1", "budi@b.id"}
    assert json.loads(asked(tmp_path, "c1", "--lift").stdout)["still_said_by"] == []
    assert json.loads(asked(tmp_path, "--accept", "optouts").stdout)["accepted"] == "optouts"
