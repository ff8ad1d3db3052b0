"""Likely matches in a lake that grows: asked for, kept, and gone when no longer asked for."""

from datetime import UTC
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from namesakes import population
from people import KEY, day

from features import lake
from features.errors import WorkspaceInvalid
from features.identity import chances
from features.identity.records import HandleParams
from features.identity.standing import IdentityParams
from features.lake import Intake
from features.sources import SourceSpec, read

SAID = {
    "kind": "csv",
    "columns": {"occurred_at": "known_at", "channel": "'web'", "step": "'visit'"},
    "likely": {"name": "nama", "address": "alamat", "company": "firma", "city": "kota"},
}
SOURCES = [
    SourceSpec(name="crm", path="crm.csv", handles={"email": "email"}, **SAID),
    SourceSpec(name="shop", path="shop.csv", handles={"email": "email"}, **SAID),
    SourceSpec(name="survey", path="survey.csv", handles={"id:survey": "person"}, **SAID),
]
ASKED = IdentityParams(likely_threshold=0.95)


def night(folder, number, rows, identity, sources=SOURCES):
    """What the sources hold now, in the lake."""
    for (source,), part in rows.partition_by("source", as_dict=True).items():
        part.drop("source").write_csv(folder / f"{source}.csv")
    intake = Intake(handles=HandleParams(key=KEY))
    told = read(sources, folder, intake, as_of=day(number), zone=ZoneInfo("UTC"))
    return lake.write(folder / "lake", intake, told, identity=identity).snapshot


def customers(snapshot):
    return snapshot.standing().identity.assignments["customer_id"].n_unique()


@pytest.fixture(scope="module")
def rows():
    return population(200, seed=3).with_columns(pl.col("known_at").dt.strftime("%Y-%m-%dT%H:%MZ"))


@pytest.mark.slow
def test_asked_for_kept_and_given_up(rows, tmp_path):
    plain = night(tmp_path, 2, rows, IdentityParams())
    assert plain.standing().traits.is_empty()

    asked = night(tmp_path, 3, rows, ASKED)
    standing = asked.standing()
    assert customers(asked) < 0.7 * customers(plain)
    assert set(standing.identity.changes["change"]) == {"merge"}
    assert standing.traits.height > 0.9 * rows.height
    assert standing.links["joined"].sum() > 50
    assert asked.events()["customer_id"].n_unique() == customers(asked)

    fewer = rows.filter((pl.col("source") != "shop") | pl.col("source").is_first_distinct())
    again = night(tmp_path, 4, fewer, ASKED)
    assert again.standing().links.filter("joined").equals(standing.links.filter("joined"))
    assert customers(again) == customers(asked)

    given_up = night(tmp_path, 5, rows, IdentityParams())
    told = given_up.standing()
    assert customers(given_up) == customers(plain)
    assert (told.traits.height, told.links.height) == (0, 0)
    late = told.identity.changes.filter(pl.col("known_at") == day(5).astimezone(UTC))
    assert set(late["change"]) == {"split"}
    first, last = (one.identity.assignments for one in (plain.standing(), told))
    assert first.select("source", "key", "customer_id").equals(
        last.select("source", "key", "customer_id")
    )


def test_without_splink_nothing_is_written(rows, tmp_path, monkeypatch):
    monkeypatch.setattr(chances, "find_spec", lambda _: None)
    with pytest.raises(WorkspaceInvalid, match="pip install"):
        night(tmp_path, 2, rows, ASKED)
    assert not list((tmp_path / "lake").glob("**/*.parquet"))


def test_no_name_reaches_the_rows_of_the_lake(rows, tmp_path):
    snapshot = night(tmp_path, 2, rows, IdentityParams())
    text = snapshot.events().write_csv().casefold()
    assert "jl." not in text
    assert not [name for name in rows["nama"] if name.casefold() in text]


@pytest.mark.slow
def test_who_is_gone_leaves_no_name_behind(rows, tmp_path):
    night(tmp_path, 2, rows, ASKED)
    without = [spec for spec in SOURCES if spec.name != "survey"]
    left = night(tmp_path, 3, rows, ASKED, without).standing()
    assert set(left.traits["source"]) == {"crm", "shop"}
    assert "survey" not in {*left.links["source"], *left.links["other_source"]}
