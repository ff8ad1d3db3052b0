"""What had been told by an instant: deleting the rest changes no feature, and really deletes."""

from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import given
from polars.testing import assert_frame_equal
from wholes import EVERYBODY, PARAMS, VOCABULARY, wholes
from worlds import cutoffs_in

from features.build import build
from features.families import catalog
from features.known.beforehand import Beforehand, only, told_by
from features.known.compact import CLOCKS
from features.known.needs import NOTHING
from features.known.told import TABLES, Told, narrowed
from features.peers.peers import peers

NOW = datetime(2026, 4, 6, tzinfo=UTC)
EARLIER, LATER = NOW - timedelta(days=1), NOW + timedelta(days=1)


@given(wholes())
def test_features_are_the_same_without_the_future(whole):
    told, zone = whole
    features = catalog(PARAMS, VOCABULARY).features
    for cutoff in cutoffs_in(zone)[1:]:
        built = [
            build(one, EVERYBODY, [cutoff], features, zone, peers=company)
            for one in (told, told_by(told, cutoff))
            for company in [peers([one], [cutoff], features, zone)]
        ]
        assert_frame_equal(*built)


@given(wholes())
def test_nothing_of_the_future_is_left(whole):
    told, _ = whole
    before = told_by(told, NOW)
    for name in TABLES:
        rows = before.table(name)
        clocks = {CLOCKS[name], "known_at", "superseded_at"} & {*rows.columns}
        assert all((rows[clock].drop_nulls() < NOW).all() for clock in clocks)


def events(*rows: tuple[datetime, datetime, datetime | None]) -> Told:
    names = ("occurred_at", "known_at", "superseded_at")
    table = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Datetime("us", "UTC")), orient="row")
    return Told(events=table.with_columns(customer_id=pl.Series(["a", "b", "c", "d"][: len(rows)])))


def test_both_clocks_count_and_the_border_is_future():
    told = events(
        (EARLIER, EARLIER, None), (NOW, EARLIER, None), (EARLIER, NOW, None), (EARLIER, LATER, None)
    )
    assert told_by(told, NOW).events["customer_id"].to_list() == ["a"]


def test_what_was_corrected_only_later_stands_again():
    told = events((EARLIER, EARLIER, LATER), (EARLIER, EARLIER, EARLIER))
    assert told_by(told, NOW).events["superseded_at"].to_list() == [None, EARLIER]


def test_parts_stay_as_they_are_and_are_narrowed_as_those_beneath():
    told = events((EARLIER, EARLIER, None), (LATER, LATER, None))
    before = narrowed(Beforehand([told, told], NOW), NOTHING)
    assert [len(one.events) for one in before] == [1, 1]
    assert (len(before), len(before[1].events), len(told.events)) == (2, 1, 2)


def test_only_some_customers():
    told = events((EARLIER, EARLIER, None), (EARLIER, EARLIER, None))
    assert only(told, ["b", "nobody"]).events["customer_id"].to_list() == ["b"]
    assert only(told, []).events.is_empty()
