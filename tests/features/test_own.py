"""The workspace's own file: what it gives, what it may be called, how its mistakes are told."""

import pickle
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from worlds import frame

from features.build import build
from features.catalog import Catalog
from features.errors import ModelRefused, WorkspaceInvalid
from features.known.told import Told
from features.own.own import own_features

HEAD = """\
from features.own.authoring import feature
from features.catalog import reads
from features.known.needs import Needs
from features.known.past import EVERYTHING, Where
"""
RETURNS = (
    HEAD
    + '''
RETURN = Where(step="return")
SCALE = 2

def halved(numbers):
    return numbers / SCALE

@feature(unit="events", over={"days": (7, 28)}, name="returns_{days}d", whole=True,
         needs=reads(RETURN))
def returns(past, days):
    """Returns in the last {days} days."""
    return past.count(RETURN, days)

@feature(unit="share", needs=reads(RETURN), family="shares")
def return_share(past):
    """Returns an event, halved; empty before the first event."""
    return halved(past.count(RETURN) / past.count())
'''
)
CUTOFF = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def own(tmp_path):
    """The features of a file with this text."""

    def load(text: str, name: str = "jejak_features.py"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return own_features(tmp_path / name)

    return load


def touch(customer: str, day: int, step: str) -> dict[str, object]:
    at = datetime(2026, 2, day, tzinfo=UTC)
    row = {"customer_id": customer, "occurred_at": at, "known_at": at, "channel": "store"}
    return row | {"step": step, "value": 5, "sentiment": None, "source": "tills"}


EVENTS = frame(
    [
        touch("ani", 2, "order"),
        touch("ani", 3, "return"),
        touch("ani", 27, "return"),
        touch("budi", 5, "order"),
    ]
)


def table(features, events=EVENTS) -> pl.DataFrame:
    everyone = pl.Series("customer_id", ["ani", "budi", "nobody"])
    return build(Told(events=events), everyone, [CUTOFF], features, ZoneInfo("UTC"))


def test_its_features_are_built_beside_others(own):
    panel = table(own(RETURNS)).drop("cutoff")
    assert panel.rows() == [("ani", 1, 2, 1 / 3), ("budi", 0, 0, 0.0), ("nobody", 0, 0, None)]
    assert panel.columns == ["customer_id", "returns_7d", "returns_28d", "return_share"]


def test_what_is_imported_is_not_its_own(own):
    text = HEAD + "from features.own.authoring import Authored\nimport features.families.recency\n"
    assert own(text) == ()


def test_nothing_is_left_beside_the_file_nor_found_by_imports(own, tmp_path):
    own(RETURNS)
    assert [path.name for path in tmp_path.iterdir()] == ["jejak_features.py"]
    assert "jejak_features" not in sys.modules
    assert str(tmp_path) not in sys.path


def test_an_edit_counts_at_once(own):
    first = own(RETURNS)
    second = own(RETURNS.replace("(7, 28)", "(8, 28)"))
    assert [one.name for one in second] == ["returns_8d", "returns_28d", "return_share"]
    assert first[1].definition_hash == second[1].definition_hash


def test_a_hash_follows_all_that_is_used(own):
    def hashes(text):
        return {one.name: one.definition_hash for one in own(text)}

    before = hashes(RETURNS)
    after = hashes(RETURNS.replace("SCALE = 2", "SCALE = 3"))
    assert {name for name in before if before[name] != after[name]} == {"return_share"}
    assert hashes(RETURNS.replace("Returns an event", "Share of returns")) == before
    assert len(set(before.values())) == 3


def test_a_hash_is_the_same_wherever_the_file_lies(own):
    twin = own(RETURNS, "other_features.py")
    assert [one.definition_hash for one in own(RETURNS)] == [one.definition_hash for one in twin]


def test_a_model_that_needs_a_changed_one_is_refused_by_name(own):
    needed = {one.name: one.definition_hash for one in own(RETURNS)}
    changed = Catalog(own(RETURNS.replace("SCALE = 2", "SCALE = 3")))
    with pytest.raises(ModelRefused, match=r"changed: return_share\)"):
        changed.select(needed)


@pytest.mark.parametrize("name", ["json.py", "models.py", "polars.py", "sys.py", "__main__.py"])
def test_a_name_that_hides_something_is_refused(own, name):
    with pytest.raises(WorkspaceInvalid, match="hides the package"):
        own(RETURNS, name)


@pytest.mark.parametrize("name", ["our-features.py", "jejak_features.py", "shop.features.py"])
def test_other_names_are_free(own, name):
    assert len(own(RETURNS, name)) == 3


def test_its_own_folder_on_the_path_of_imports_takes_no_name(own, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    assert len(own(RETURNS)) == 3


def test_only_python_is_run(own):
    with pytest.raises(WorkspaceInvalid, match="is no file of Python"):
        own(RETURNS, "features.txt")


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(WorkspaceInvalid, match="cannot be read"):
        own_features(tmp_path / "jejak_features.py")


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("x = 1\ny = (\n", 2, "SyntaxError"),
        ("\nimport no_such_package\n", 2, "no_such_package"),
        (HEAD + "1 / 0\n", 5, "ZeroDivisionError"),
        (HEAD + "@feature(unit='days')\ndef late(past):\n    return 1\n", 5, "no docstring"),
        (HEAD + "@feature\ndef late(past):\n    'Late.'\n", 5, "says no unit"),
        (HEAD + "raise SystemExit\n", 5, "SystemExit"),
    ],
)
def test_a_file_that_cannot_be_run_is_told_with_its_line(own, text, line, what):
    with pytest.raises(WorkspaceInvalid) as caught:
        own(text)
    assert what in caught.value.what
    assert caught.value.where.endswith(f"jejak_features.py, line {line}")


def one(body: str, options: str = "") -> str:
    return HEAD + f'@feature(unit="days"{options})\ndef made(past):\n    """Made."""\n    {body}\n'


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (one("return past.count()[0]"), r"of the shape \(3,\)"),
        (one("return 1.0"), r"of the shape \(\)"),
        (one("return None"), r"of the shape \(\)"),
        (one("return past.count() == 1j"), None),
        (one("return past.count() * 1j"), "returns complex128"),
        (one("return past.count() / 2", ", whole=True"), "is said to be whole"),
        (one("return past.count() << 40", ", whole=True"), "leaves the 32 bits"),
        (one("return past.count() << 40"), None),
        (one("return {}[past.shape]"), "ends with KeyError"),
    ],
)
def test_what_a_function_returns_is_checked(own, text, what):
    features = own(text)
    if what is None:
        assert table(features).height == 3
        return
    with pytest.raises(WorkspaceInvalid, match=f"the feature made .*{what}") as caught:
        table(features)
    assert caught.value.where.endswith("jejak_features.py, line 5")


def test_a_quotient_by_nothing_is_empty(own):
    half = own(one("return (past.count() - 1) / (past.count() * 0)"))
    assert table(half)["made"].to_list() == [None, None, None]


UNDECLARED = {
    "return past.count(EVERYTHING, 28)": "needs=reads(EVERYTHING, 28)",
    "return past.count(Where(step='return'))": "needs=reads(Where(step='return'))",
    "return past.count(Where(channel='web'))": "needs=reads(Where(channel='web'))",
    "return past.total('value')": "needs=reads(EVERYTHING, measures=['value'])",
    "return past.told('value')": "needs=Needs(told=frozenset({'value'}))",
    "return past.contracts.position": "needs=Needs(tables=frozenset({'contracts'}))",
}


@pytest.mark.parametrize("body", UNDECLARED)
def test_what_is_read_without_saying_so_is_told_with_what_to_say(own, body):
    with pytest.raises(WorkspaceInvalid, match="made ends with") as caught:
        table(own(one(body)))
    declared = UNDECLARED[body]
    assert declared in caught.value.mend
    assert table(own(one(body, f", {declared}"))).height == 3


def test_the_past_cannot_be_written(own):
    with pytest.raises(WorkspaceInvalid, match="make a new array"):
        table(own(one("past.days_since_last()[:] = 0")))


def test_a_mistake_tells_no_data(own):
    with pytest.raises(WorkspaceInvalid) as caught:
        table(own(one("raise ValueError(past.trace.customers[0])")))
    assert "ani" not in str(caught.value)


def test_another_process_makes_it_again(own, tmp_path):
    features = own(RETURNS)
    (tmp_path / "jejak_features.py").unlink()
    sent = tmp_path / "sent"
    sent.write_bytes(pickle.dumps([EVENTS, features]))
    script = (
        "import pickle, sys, datetime, zoneinfo\n"
        "from features.build import build\n"
        "from features.known.told import Told\n"
        "events, features = pickle.loads(open(sys.argv[1], 'rb').read())\n"
        "cutoff = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)\n"
        "told = Told(events=events)\n"
        "panel = build(told, None, [cutoff], features, zoneinfo.ZoneInfo('UTC'))\n"
        "print(panel['returns_28d'].to_list(), features[2].definition_hash)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(sent)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout == f"[2, 0] {features[2].definition_hash}\n"
