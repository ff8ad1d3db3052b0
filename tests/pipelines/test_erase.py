"""A canary goes through everything that jejak keeps; erased, no byte of it is left anywhere."""

import json
import shutil
from contextlib import closing
from datetime import date

import pandas as pd
import pytest
from click.testing import CliRunner
from nights import FIRST, a_night, a_run
from recipients import Clock

from features.errors import AnotherAtWork, DataRefused
from features.lake import open_lake
from pipelines.cli import main
from pipelines.data.ingest import ingest_sources
from pipelines.delivery import deliver as delivering
from pipelines.delivery import rehearse
from pipelines.night import one_night
from pipelines.rights import erase as erasing
from pipelines.rights.erase import PROOFS, erase_customer
from pipelines.workspace import open_workspace
from serving.destinations.files.whole import write_scores
from serving.store import Store
from serving.store.leases import holding
from serving.suppression import suppressed

MAIL, PHONE, PLAN, CHAT = "canary@cage.id", "+6281234567890", "platinum-canary", "Kanari Emas"
NEEDLES = (MAIL, PHONE, "81234567890", PLAN, CHAT)
WORKSPACE = """
[workspace]
name = "Aviary"

[quarantine]
max_share = 0.9

[[sources]]
name = "visits"
kind = "csv"
path = "sources/visits/*.csv"
columns = { occurred_at = "at", channel = "'web'", step = "'visit'" }
handles = { email = "mail", phone = "phone" }

[[sources]]
name = "people"
kind = "csv"
path = "sources/people.csv"
table = "customers"
columns = { valid_from = "'2026-01-01'" }
handles = { email = "mail" }
attributes = ["plan"]

[[sources]]
name = "optouts"
kind = "csv"
path = "sources/optouts.csv"
table = "suppressions"
columns = { channel = "'email'", starts_at = "'2026-01-01'" }
handles = { email = "mail" }

[[destinations]]
name = "shared"
kind = "files"
fields = { churn = "churn_probability" }
options = { format = "parquet" }

[churn]
steps = ["visit"]
"""
VISITS = [f"{MAIL},{PHONE},2026-11-01", "robin@nest.id,,2026-11-02", f"{MAIL},,never"]


@pytest.fixture
def clock(monkeypatch):
    made = Clock(instant=FIRST.replace(hour=23))
    for module in (delivering, erasing, one_night):
        monkeypatch.setattr(module, "timing_in", lambda _workspace: made.timing)
    return made


@pytest.fixture
def root(tmp_path):
    (tmp_path / "jejak.toml").write_text(WORKSPACE)
    (tmp_path / "sources" / "visits").mkdir(parents=True)
    files = {
        "visits/web.csv": ["mail,phone,at", *VISITS],
        f"visits/Chat with {CHAT}.csv": ["mail,phone,at", ",,2026-11-03"],
        "people.csv": ["mail,plan", f"{MAIL},{PLAN}", "robin@nest.id,basic"],
        "optouts.csv": ["mail", MAIL],
    }
    for name, lines in files.items():
        (tmp_path / "sources" / name).write_text("\n".join(lines) + "\n")
    return tmp_path


def night(root):
    """Ingest, publish and deliver; the canary's id."""
    ingest_sources(root, date(2026, 11, 20))
    events = open_lake(root / "lake").events().sort("occurred_at")
    ids = events["customer_id"].unique(maintain_order=True).to_list()
    workspace = open_workspace(root)
    run = a_run()
    scores = a_night(run, len(ids), customer_ids=ids)
    with closing(Store(workspace.store_url)) as store:
        store.publish(run, scores, published_at=run.as_of)
        write_scores(workspace.out, store.published().scores)
    assert delivering.deliver(workspace).exit_code == 0
    return ids[0]


def found(root, *needles):
    """The files, as they are and unpacked, that hold one of some texts."""
    for path in sorted(root.rglob("*")):
        if path.is_file() and (root / "sources") not in path.parents:
            content = path.read_bytes() + path.name.encode()
            if path.suffix == ".parquet":
                content += repr(pd.read_parquet(path).to_dict()).encode()
            if any(needle.encode() in content for needle in needles):
                yield path.relative_to(root).parts[0]


@pytest.mark.slow
def test_no_byte_of_the_canary_is_left(root, clock, capsys):
    canary = night(root)
    everything = (*NEEDLES, canary)
    (root / rehearse.FOLDER / "killed").mkdir(parents=True)
    shutil.copy(root / "jejak.db", root / rehearse.FOLDER / "killed" / "store.db")
    kept = {"lake", "jejak.db", "out", "delivered", rehearse.FOLDER}
    assert kept <= {*found(root, *everything)}
    gone = erase_customer(root, canary, names=[CHAT])
    gone.text(1)
    assert gone.to_clear == ("shared",)
    assert gone.rows["events"] == 1
    assert {*found(root, *everything)} == {"jejak.db"}, "the key, until it is cleared"
    assert delivering.deliver(open_workspace(root)).exit_code == 0
    assert {*found(root, canary)} <= {"delivered", "jejak.db", "jejak.db-wal"}, "the clear alone"
    assert erase_customer(root, canary).to_clear == ()
    assert [*found(root, *everything)] == []
    assert not any(one in capsys.readouterr().out for one in everything)


@pytest.mark.slow
def test_the_sources_do_not_bring_the_canary_back(root, clock):
    canary = night(root)
    erase_customer(root, canary, names=[CHAT])
    assert delivering.deliver(open_workspace(root)).exit_code == 0
    erase_customer(root, canary, names=[CHAT])
    again = ingest_sources(root, date(2026, 11, 20))
    assert again.facts()["rows_of_erased_customers"] == 3
    assert again.snapshot.events().height == 1
    assert delivering.deliver(open_workspace(root)).exit_code == 0
    assert [*found(root, *NEEDLES, canary)] == []


STEPS = ("entomb", "take_out", "_in_files", "write_scores", "forget", "erase", "scrub", "_prove")


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
def test_broken_off_anywhere_running_again_finishes(root, clock, monkeypatch, step):
    class Killed(BaseException):
        pass

    def killed(*_args, **_named):
        raise Killed

    canary = night(root)
    with monkeypatch.context() as patch:
        patch.setattr(erasing, step, killed)
        with pytest.raises(Killed):
            erase_customer(root, canary, names=[CHAT])
    erase_customer(root, canary, names=[CHAT])
    assert {*found(root, *NEEDLES, canary)} == {"jejak.db"}


@pytest.mark.slow
def test_the_only_customer_may_be_erased(root, clock):
    for name in ("visits/web.csv", "people.csv"):
        lines = (root / "sources" / name).read_text().splitlines()
        alone = [line for line in lines if "robin" not in line]
        (root / "sources" / name).write_text("\n".join(alone) + "\n")
    canary = night(root)
    erase_customer(root, canary, names=[CHAT])
    assert not (root / "out" / "scores.csv").exists()
    assert delivering.deliver(open_workspace(root)).exit_code == 0
    erase_customer(root, canary)
    assert [*found(root, *NEEDLES, canary)] == []
    assert ingest_sources(root, date(2026, 11, 20)).snapshot.events().is_empty()


@pytest.mark.slow
def test_the_proof_names_nobody(root, clock):
    canary = night(root)
    gone = erase_customer(root, canary, names=[CHAT])
    [line] = (root / PROOFS).read_text().splitlines()
    told = json.loads(line)
    assert (told["mark"], told["rows"]["events"], told["to_clear"]) == (gone.mark, 1, ["shared"])
    assert told["erased_at"] == clock.instant.isoformat()
    assert told["by"]


@pytest.mark.slow
def test_while_the_lake_is_written_the_tombstone_stands_already(root, clock):
    from features import durable  # noqa: PLC0415  (named here alone)

    canary = night(root)
    with durable.only_writer(root / "lake"), pytest.raises(DataRefused, match="writing the lake"):
        erase_customer(root, canary)
    assert ingest_sources(root, date(2026, 11, 20)).facts()["rows_of_erased_customers"] == 3


@pytest.mark.slow
@pytest.mark.parametrize("name", ["night", "deliver:shared"])
def test_while_another_is_at_work_nothing_is_sent_and_running_again_finishes(root, clock, name):
    canary = night(root)
    workspace = open_workspace(root)
    with closing(Store(workspace.store_url)) as store:
        with holding(store, name, clock.timing), pytest.raises(AnotherAtWork, match="nothing of"):
            erase_customer(root, canary)
        assert store.read(lambda connection: suppressed(connection, clock.instant)) == {canary}
    erase_customer(root, canary, names=[CHAT])
    assert {*found(root, *NEEDLES, canary)} == {"jejak.db"}


def test_a_person_must_say_yes(root):
    asked = CliRunner().invoke(main, ["erase", "c1", "-w", str(root)])
    assert asked.exit_code == 2
    assert "--yes" in asked.output
    done = CliRunner().invoke(main, ["erase", "c1", "-w", str(root), "--yes", "--json"])
    assert (done.exit_code, json.loads(done.stdout)["rows"]) == (0, {})
