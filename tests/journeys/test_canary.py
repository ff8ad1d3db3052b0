"""A customer of whom nobody else has any word, followed through everything and erased."""

import csv
import shutil
from contextlib import closing

import pandas as pd
import pytest
from click.testing import CliRunner
from running import told
from shops import SETTINGS, orders

from pipelines.cli import main
from pipelines.data.ingest import ingest_sources
from pipelines.training import retrain
from pipelines.workspace import open_workspace
from serving.registry import Registry
from serving.store import Store

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType"),
]

WHO = "shopper-canary"
PERSONS = {
    "customer": WHO,
    "channel": "Kanari lewat",
    "step": "kanari_datang",
    "topic": "Kanari mengeluh",
    "nick": "Kanari Emas",
    "plan": "kanari-platinum",
    "credit": "987654321",
    "born": "1931-07-19",
}
HOSTILE = '=1+[bold red]{0}\x1b]0;mine\x07"></script><script>alert(1)</script>'
"""A step that everybody takes, and that nobody may run."""

NEEDLES = (*(word for name, word in PERSONS.items() if name != "born"), "987654", "1931-07")
MORE = """
[[sources]]
name = "people"
kind = "csv"
path = "sources/people.csv"
table = "customers"
attributes = ["nick", "plan", "credit", "born"]
columns = { customer_id = "customer", valid_from = "'2025-01-01'" }

[[destinations]]
name = "handed"
kind = "files"
fields = { churn = "churn_probability", why = "reason_1" }

[experiment]
name = "calls"
control_share = 0.5

[[plays]]
name = "call"
action = "call them"
channel = "phone"

[personas]
rich = "TRY_CAST(credit AS DOUBLE) > 500000000"

[stages]
order = ["new", "loyal"]

[stages.rules]
loyal = "events_28d > 3"
"""


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*rows[0]])
        writer.writeheader()
        writer.writerows(rows)


def shop_with_canary(root):
    """Forty shoppers, and one whose every word nobody else has."""
    rows = [
        row | {"step": "order" if at % 3 else HOSTILE, "topic": "size"}
        for at, row in enumerate(orders(40))
    ]
    last = [row for row in rows if row["customer"] == rows[-1]["customer"]]
    own = {name: PERSONS[name] for name in ("customer", "channel", "topic")}
    ours = [row | own | {"order": f"k{at}"} for at, row in enumerate(last)]
    came = [row | {"step": PERSONS["step"], "order": f"d{row['order']}"} for row in ours]
    write(root / "sources" / "orders.csv", [*rows, *ours, *came])
    names = sorted({row["customer"] for row in rows})
    people = [
        {"customer": name, "nick": "", "plan": "basic", "credit": f"{at}", "born": "1990-01-02"}
        for at, name in enumerate(names)
    ]
    write(root / "sources" / "people.csv", [*people, {name: PERSONS[name] for name in people[0]}])
    said = SETTINGS.replace("step = \"'order'\"", 'step = "step"').replace(
        "stale_after_days = 3\n", 'stale_after_days = 3\nattributes = ["topic"]\n'
    )
    said = said.replace("rounds = 60", "rounds = 10")
    (root / "jejak.toml").write_text(said + MORE, encoding="utf-8")
    return root


def found(*roots):
    """The files, as they are and unpacked, that hold a word of the canary."""
    for root in roots:
        for path in sorted(path for path in root.rglob("*") if path.is_file()):
            if root / "sources" in path.parents:
                continue
            content = path.read_bytes() + path.name.encode()
            if path.suffix == ".parquet":
                content += repr(pd.read_parquet(path).to_dict()).encode()
            for needle in NEEDLES:
                if needle.encode() in content:
                    yield str(path.relative_to(root)), needle


@pytest.fixture
def root(tmp_path, mlflow_template):
    made = shop_with_canary(tmp_path / "shop")
    shutil.copy(mlflow_template, made / "mlflow.db")
    snapshot = ingest_sources(made, None).snapshot
    place = open_workspace(made)
    until = place.cutoff(None)
    words = retrain.heard.fn(place, snapshot, until)
    registry = Registry(made)
    trial = retrain.learn.fn(place, snapshot, until, words).trial
    registry.promote(registry.record(trial))
    return made


def printed(root, *words):
    """What a person reads of a command; nothing of it steers a terminal."""
    done = CliRunner().invoke(main, [*words, "-w", str(root)])
    assert done.exit_code == 0, done.output
    assert not {"\x1b", "\x07"} & {*done.output}
    return done.output


def test_whoever_is_erased_is_in_no_model_no_page_and_no_log(root, prefect, caplog):
    commands = [
        ["nightly"],
        ["watch"],
        ["outcomes"],
        ["report"],
        ["report", "--customer", WHO],
        ["pains"],
        ["doctor"],
    ]
    said = [printed(root, *words) for words in commands]
    pages = [path.read_text("utf-8") for path in root.glob("reports/**/*.html")]
    assert len(pages) == 3
    assert not any("<script>alert" in page for page in pages)
    assert any("alert(1)" in page for page in pages)
    kept = {name.split("/")[0] for name, _ in found(root)}
    assert kept == {"lake", "jejak.db", "out", "delivered", "reports"}
    told(root, "erase", WHO, "--yes")
    told(root, "deliver")
    gone, _ = told(root, "erase", WHO, "--yes")
    assert gone["to_clear"] == []
    assert [*found(root, prefect.home)] == []
    assert not any(needle in one for one in [*said, caplog.text] for needle in NEEDLES)
    with closing(Store(f"sqlite:///{root / 'jejak.db'}")) as store:
        assert WHO not in [*store.published().scores["customer_id"]]
