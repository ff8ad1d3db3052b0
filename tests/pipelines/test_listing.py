"""`jejak features`: the catalog as a table, as JSON, as a document, and under its laws."""

import json

import pytest
from click.testing import CliRunner
from shops import CUSTOMERS, make_shop, orders

from pipelines.cli import main
from pipelines.data.listing import RISK
from pipelines.data.proving import ALL_LAWS, BROKEN, sentence

OWN = '''\
from features.own.authoring import feature
from features.catalog import reads
from features.known.past import Where

WEB = Where(channel="web")

@feature(unit="share", needs=reads(WEB), sign=-1)
def web_share(past):
    """Share of orders | on the web; empty before the first."""
    return past.count(WEB) / past.count()
'''
UNLAWFUL = '''

@feature(unit="events")
def beyond_average(past):
    """Orders beyond those of the average customer."""
    return past.count() - past.count().mean()
'''


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A shop with features of its own, ingested."""
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    root = make_shop(tmp_path / "shop", orders(customers=40))
    (root / "jejak_features.py").write_text(OWN, encoding="utf-8")
    assert jejak("ingest", "-w", root).exit_code == 0
    return root


def jejak(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def listed(*words):
    return json.loads(jejak("features", "--json", *words).stdout)["features"]


def test_what_is_its_own_stands_in_every_form(shop):
    own = next(one for one in listed("-w", shop) if one["name"] == "web_share")
    assert (own["family"], own["unit"], own["sign"]) == ("own", "share", -1)
    table = jejak("features", "-w", shop).stdout
    assert "own: 1 feature. Written by this workspace." in table
    assert "web_share" in table
    document = jejak("features", "-w", shop, "--markdown").stdout
    assert r"| `web_share` | share | - | share of orders \| on the web; empty" in document


def test_a_family_alone(shop):
    families = {one["family"] for one in listed("-w", shop)}
    assert {"recency", "own"} < families
    assert {one["family"] for one in listed("-w", shop, "--family", "recency")} == {"recency"}
    assert "recency" not in jejak("features", "-w", shop, "--family", "own").stdout


def test_a_family_without_features_is_told_with_its_neighbour(shop):
    done = jejak("features", "-w", shop, "--family", "recenzy")
    assert done.exit_code == 2
    assert "did you mean `recency`?" in done.stderr


def test_the_document_is_always_the_same_and_counts_every_family(shop):
    document = jejak("features", "-w", shop, "--markdown").stdout
    assert jejak("features", "-w", shop, "--markdown").stdout == document
    for family in {one["family"] for one in listed("-w", shop)}:
        number = len(listed("-w", shop, "--family", family))
        assert f"| {family} | {number} |" in document
        assert f"\n## {family}\n" in document


def test_every_sign_is_shown():
    assert set(RISK) == {-1, 0, 1}


def test_another_file_may_be_named(shop):
    (shop / "jejak_features.py").rename(shop / "ours.py")
    assert "own" not in {one["family"] for one in listed("-w", shop)}
    settings = shop / "jejak.toml"
    text = settings.read_text().replace("[features]\n", "[features]\nfile = 'ours.py'\n")
    settings.write_text(text)
    assert "own" in {one["family"] for one in listed("-w", shop)}
    (shop / "ours.py").unlink()
    done = jejak("features", "-w", shop)
    assert done.exit_code == 2
    assert "the file of features cannot be read" in done.stderr


def test_a_mistake_in_the_file_is_told_with_its_line(shop):
    (shop / "jejak_features.py").write_text(OWN.replace('unit="share", ', ""))
    done = jejak("features", "-w", shop)
    assert done.exit_code == 2
    assert "the decorator says no unit" in done.stderr
    assert "jejak_features.py, line 7" in done.stderr.replace("\n", "")


def test_a_name_that_is_taken_is_refused(shop):
    (shop / "jejak_features.py").write_text(OWN.replace("web_share", "days_since_last"))
    done = jejak("features", "-w", shop)
    assert done.exit_code == 2
    assert "two features are called days_since_last" in done.stderr


@pytest.mark.slow
def test_all_features_keep_the_laws(shop):
    done = jejak("features", "-w", shop, "--check")
    assert done.exit_code == 0, done.output
    printed = " ".join(done.stdout.split())
    assert all(f"holds {sentence(law)}" in printed for law in ALL_LAWS.values())
    assert "40 customers, 3 cutoffs" in printed


@pytest.mark.slow
def test_who_breaks_a_law_is_told_with_how_and_where(shop):
    (shop / "jejak_features.py").write_text(OWN + UNLAWFUL)
    done = jejak("features", "-w", shop, "--check", "--family", "own")
    assert done.exit_code == BROKEN
    printed = " ".join(done.stdout.split())
    assert f"broken {sentence(ALL_LAWS['crowd'])}" in printed
    assert "beyond_average: " in printed
    assert "jejak_features.py, line 13)" in printed
    facts = json.loads(jejak("features", "-w", shop, "--check", "--json").stdout)
    assert facts["exit_code"] == BROKEN
    assert {one["feature"] for one in facts["breaches"]} == {"beyond_average"}
    assert "crowd" in {one["law"] for one in facts["breaches"]}
    assert CUSTOMERS not in done.stdout + json.dumps(facts)
