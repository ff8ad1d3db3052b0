"""Likely matches: people whom no handle joins are found, the rest stays as it was."""

import subprocess
import sys
import tomllib
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from namesakes import population, told
from people import KEY, day, table
from polars.testing import assert_frame_equal, assert_series_equal

from features.contracts import check
from features.errors import WorkspaceInvalid
from features.identity import chances, traits
from features.identity.canonical import resolve
from features.identity.decisions import likely_report
from features.identity.likely import likely_links, places_to_learn_from
from features.identity.standing import IdentityParams
from features.identity.tables import LINKS, TRAITS
from features.sources import SourceSpec
from features.sources.declared import mistakes_in_source

pytestmark = pytest.mark.slow

HOUSE = Path(__file__).resolve().parents[2]
NOW = day(400)
PEOPLE = 300


def links(told_of, *, threshold=0.95, former=None, as_of=NOW):
    records, known = told_of
    return likely_links(known, records, as_of=as_of, key=KEY, threshold=threshold, former=former)


@pytest.fixture(scope="module")
def world():
    """A population, what identity takes of it, and the links."""
    rows = population(PEOPLE, seed=1)
    known = told(rows)
    return rows, known, links(known)


def pairs(labels):
    """How many pairs of records bear one label."""
    return sum(n * (n - 1) // 2 for n in labels["len"])


def precision_and_recall(rows, records, likely):
    who = resolve(records, as_of=NOW, key=KEY, likely=likely).assignments
    both = who.join(rows.select("source", "key", "person"), on=["source", "key"])
    right = pairs(both.group_by("customer_id", "person").len())
    return (
        right / pairs(both.group_by("customer_id").len()),
        right / pairs(both.group_by("person").len()),
    )


def test_far_more_are_found_and_hardly_any_wrongly(world):
    rows, (records, _), likely = world
    _, recall = precision_and_recall(rows, records, None)
    precision, far_more = precision_and_recall(rows, records, likely)
    assert recall < 0.1
    assert far_more > 0.8
    assert precision > 0.98


def test_the_links_keep_the_contract_and_the_threshold(world):
    _, (records, _), likely = world
    check(LINKS, likely)
    assert (likely["joined"] == (likely["probability"] >= 0.95)).all()
    assert likely["probability"].is_between(0, 1).all()
    assert (~likely["joined"]).sum() == 10
    assert set(likely["known_at"]) == {NOW}
    by_handles = resolve(records, as_of=NOW, key=KEY).assignments
    ids = {(s, k): who for s, k, who in by_handles.select("source", "key", "customer_id").rows()}
    ends = likely.select("source", "key", "other_source", "other_key").rows()
    assert all(ids[s, k] != ids[t, j] for s, k, t, j in ends)
    assert all((s, k) < (t, j) for s, k, t, j in ends)


def test_order_of_rows_is_free(world):
    rows, _, likely = world
    mixed = told(rows.sample(fraction=1, shuffle=True, seed=7))
    again = links([one.sample(fraction=1, shuffle=True, seed=3) for one in mixed])
    assert_frame_equal(again, likely)


def test_a_higher_threshold_joins_fewer(world):
    _, known, likely = world
    strict = links(known, threshold=0.99)
    kept = likely.filter(pl.col("probability") >= 0.99)
    assert_frame_equal(strict.filter("joined"), kept)
    assert 0 < kept.height < likely["joined"].sum()


def test_what_was_joined_stays_until_the_threshold_rises(world):
    rows, known, likely = world
    others = population(PEOPLE, seed=2).with_columns(key="x" + pl.col("key"))
    more = told(pl.concat([rows, others]))
    later = links(more, former=likely, as_of=day(401))
    before = likely.filter("joined")
    assert_frame_equal(later.filter(pl.col("known_at") == NOW), before)
    assert (later["known_at"] == day(401)).any()
    again = links(known, former=likely, threshold=0.99, as_of=day(401)).filter("joined")
    assert again["probability"].min() >= 0.99


def test_a_link_goes_with_its_record(world):
    rows, _, likely = world
    gone = likely.filter("joined").row(0, named=True)
    left = rows.filter(~((pl.col("source") == gone["source"]) & (pl.col("key") == gone["key"])))
    later = links(told(left), former=likely, as_of=day(401))
    ends = later.select("source", "key").rows() + later.select("other_source", "other_key").rows()
    assert (gone["source"], gone["key"]) not in ends


def test_few_records_teach_nothing():
    known = told(population(40, seed=1))
    assert places_to_learn_from(known[1]) == []
    likely = links(known)
    check(LINKS, likely)
    assert likely.is_empty()


def test_colleagues_and_namesakes_stay_apart(world):
    """Half a floor at one address, and one name in two towns."""
    rows, _, _ = world
    names = ["Adi Wijaya", "Siti Hakim", "Rudi Tan", "Maya Lim", "Tono Halim"]
    office = {"alamat": "Jl. Cendana No. 77", "firma": "PT Kantor", "kota": "Medan"}
    floor = [{"key": f"f{n}", "nama": name, **office} for n, name in enumerate(names)]
    towns = [
        {"key": f"t{n}", "nama": "Budi Santoso", "alamat": f"Jl. Asia No. {n}", "kota": city}
        for n, city in enumerate(["Jakarta", "Medan"])
    ]
    extra = pl.DataFrame(floor + towns).with_columns(source=pl.lit("survey"), known_at=day(1))
    extra = extra.cast({"known_at": rows.schema["known_at"]})
    known = told(pl.concat([rows, extra], how="diagonal"))
    joined = links(known).filter("joined")
    ours = {("survey", key) for key in extra["key"]}
    ends = joined.select("source", "key", "other_source", "other_key").rows()
    assert not [end for end in ends if {end[:2], end[2:]} <= ours]


def test_the_report_shows_the_nearest_decisions_and_hides_the_people(world):
    _, (_, known), likely = world
    report = likely_report(likely, known, 0.95, each=3)
    assert report.pairs == likely["joined"].sum()
    assert "company" in report.learned_from
    assert [one.joined for one in report.above + report.below] == [True] * 3 + [False] * 3
    nearest = likely.filter("joined")["probability"].sort()[:3].to_list()
    assert [one.probability for one in report.above] == nearest
    assert all(one.probability < 0.95 for one in report.below)
    assert report.above[0].one.split(", ")[0] in set(known["name"])
    assert not [name for name in known["name"] if name in repr(report)]


def likely_of(*ends):
    """Links that join, as the contract has them."""
    rows = [("a", one, "a", other, 0.97, True, NOW) for one, other in ends]
    return pl.DataFrame(rows, schema=LINKS.schema, orient="row")


def test_a_link_joins_as_a_handle_would_and_is_no_hub():
    people = table([("a", n, [("id:crm", n), ("phone", n)]) for n in range(6)])
    star = likely_of(*[("0", str(n)) for n in range(1, 6)])
    identity = resolve(people, as_of=NOW, key=KEY, likely=star, hub_limit=1)
    assert identity.assignments["customer_id"].n_unique() == 1
    assert identity.hubs.is_empty()


def test_a_link_keeps_the_older_name_and_is_told_as_a_merge():
    people = table([("a", 1, [("email", 1)]), ("a", 2, [])])
    first = resolve(people, as_of=day(3), key=KEY)
    second = resolve(people, as_of=day(4), key=KEY, previous=first, likely=likely_of(("1", "2")))
    older, younger = first.assignments["customer_id"]
    assert set(second.assignments["customer_id"]) == {older}
    assert second.changes.rows() == [(day(4), "merge", younger, older, 1)]


def test_what_nearly_joins_or_leads_to_nobody_joins_nothing():
    people = table([("a", 1, [("email", 1)]), ("a", 2, [("email", 2)])])
    nearly = likely_of(("1", "2")).with_columns(joined=pl.lit(value=False))
    for likely in (nearly, likely_of(("1", "77")), likely_of()):
        who = resolve(people, as_of=NOW, key=KEY, likely=likely).assignments
        assert who["customer_id"].n_unique() == 2


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("name", "Bpk. Budi Santoso, S.E.", "SANTOSO  BUDI"),
        ("name", "Moh. Rizky", "Muhammad Rizky"),
        ("name", "Renée\u200f O'Hara", "renee o'hara"),
        ("company", "PT. Armada Jaya, Tbk", "Armada Jaya"),
        ("address", "Jl. Melati No. 12", "Jalan Melati 12"),
        ("postcode", "SW1A 1AA", "sw1a1aa"),
        ("city", "Kota Bandung", "bandung"),
    ],
)
def test_two_ways_to_write_one_thing(kind, one, other):
    both = traits.comparable(pl.DataFrame({kind: [one, other]}))[kind]
    assert both[0] == both[1]


@given(texts=st.lists(st.none() | st.text(max_size=300), max_size=5))
def test_whatever_is_written_is_comparable_and_stays_so(texts):
    raw = pl.DataFrame({kind: pl.Series(texts, dtype=pl.String) for kind in traits.KINDS})
    once = traits.comparable(raw)
    assert once.height == len(texts)
    assert not any("" in once[kind] for kind in traits.KINDS)
    marks = traits.fingerprints(once, KEY)
    unknown = once["name"].is_null() | once["address"].is_null()
    assert_series_equal(marks.is_null(), unknown, check_names=False)


def test_a_fingerprint_tells_people_apart():
    rows = pl.DataFrame(
        {
            "name": ["Budi Tan", "BUDI TAN", "Budi Tan", "Budi Tan", None],
            "address": ["Asia 1", "Jl. Asia 1", "Asia 2", None, "Asia 1"],
            "city": ["Medan", "medan", "Medan", "Medan", "Medan"],
        }
    )
    first, same, other, *none = traits.fingerprints(traits.comparable(rows), KEY)
    assert first == same != other
    assert none == [None, None]


def test_traits_are_those_first_known_of_each_record():
    raw = {"name": ["Budi", "Budi", "Siti", None], "address": ["A 1", "A 1", "B 2", "C 3"]}
    known = traits.traits_of(
        "crm",
        pl.Series(["1", "1", None, "3"]),
        pl.Series([day(2), day(1), day(1), day(1)]).cast(TRAITS.schema["known_at"]),
        traits.comparable(pl.DataFrame(raw)),
    )
    assert known.rows() == [("crm", "1", day(1), "budi", "a 1", None, None, None)]


@pytest.mark.parametrize(
    ("likely", "keys"),
    [
        ({}, []),
        ({"name": "nama", "company": "firma"}, []),
        ({"name": "nama", "city": "kota"}, ["likely"]),
        ({"adress": "alamat", "name": "nama"}, ["likely.adress", "likely"]),
    ],
)
def test_a_source_needs_a_name_and_a_place(likely, keys):
    columns = {"customer_id": "id", "occurred_at": "at", "channel": "'web'", "step": "'x'"}
    spec = SourceSpec(name="s", kind="csv", path="s.csv", columns=columns, likely=likely)
    assert [mistake.key for mistake in mistakes_in_source(spec)] == keys


@pytest.mark.parametrize("threshold", [0.4, 1.0, float("nan")])
def test_no_threshold_without_sense(threshold):
    with pytest.raises(ValueError, match="threshold"):
        IdentityParams(likely_threshold=threshold)


def test_without_splink_the_command_that_installs_it_is_told(monkeypatch):
    monkeypatch.setattr(chances, "find_spec", lambda _: None)
    with pytest.raises(WorkspaceInvalid, match="pip install 'splink"):
        chances.refuse_without_splink()


def test_the_command_installs_what_the_extra_does():
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["optional-dependencies"]["splink"] == [chances.REQUIREMENT]


@pytest.mark.slow
def test_splink_is_loaded_only_where_it_is_asked_for():
    program = "import sys, pipelines.cli, features.identity.likely; print(sorted(sys.modules))"
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=HOUSE
    ).stdout
    assert "features.identity.likely" in said
    assert "'splink'" not in said
    assert "'duckdb'" not in said
