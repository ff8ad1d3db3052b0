"""Peers: what others did, counted by hand, and what happens where nothing is told of them."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
import wholes
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from slowly import assert_says
from wholes import EVERYBODY, PARAMS, PEOPLE, VOCABULARY, known
from worlds import cutoffs_in

from features.build import build
from features.catalog import FeatureParams, Vocabulary
from features.contracts import CUSTOMERS, EVENTS, check
from features.errors import ContractBroken
from features.families.peers import peers as family
from features.known.told import Told
from features.peers import peers as counting
from features.peers.groups import PEERS
from features.peers.peers import peers
from features.stages.personas import attributes_at

FEATURES = [*family(PARAMS, VOCABULARY)]
JAKARTA = ZoneInfo("Asia/Jakarta")


class Slow:
    """One customer among all at one cutoff."""

    def __init__(self, told: Told, customer: str, cutoff: datetime) -> None:
        self.customer = customer
        self.cutoff = cutoff
        self.events = {who: known(told, who, cutoff)["events"] for who in PEOPLE}
        attributes = attributes_at(told.customers, cutoff)
        self.plans = dict(attributes.select("customer_id", "plan").iter_rows())

    def of(self, who: str, days: int) -> list[dict]:
        since = self.cutoff - timedelta(days=days)
        return [row for row in self.events.get(who, []) if row["occurred_at"] >= since]

    def segment(self) -> list[str]:
        plan = self.plans.get(self.customer)
        return [who for who in PEOPLE if plan and self.plans.get(who) == plan and self.events[who]]

    def segment_active_share(self, group):
        segment = self.segment()
        active = [who for who in segment if self.of(who, group.days)]
        return len(active) / len(segment) if segment else None

    def segment_events_per_customer(self, group):
        segment = self.segment()
        events = sum(len(self.of(who, group.days)) for who in segment)
        return events / len(segment) if segment else None

    def events_against_segment(self, group):
        usual = self.segment_events_per_customer(group)
        return len(self.of(self.customer, group.days)) / usual if usual else None

    def popularity(self, item, days):
        had = {who: {row["item"] for row in self.of(who, days)} - {None} for who in PEOPLE}
        some = sum(bool(items) for items in had.values())
        return sum(item in items for items in had.values()) / some if some else None

    def last_item(self):
        items = [row["item"] for row in self.events.get(self.customer, []) if row["item"]]
        return items[-1] if items else None

    def last_item_popularity(self, group):
        item = self.last_item()
        return self.popularity(item, group.days) if item else None

    def own_items_popularity(self, group):
        items = [row["item"] for row in self.of(self.customer, group.days) if row["item"]]
        shares = [self.popularity(item, group.days) for item in items]
        return sum(shares) / len(shares) if shares else None

    def last_item_trend(self, short, long):
        def a_day(days):
            rows = [row for who in PEOPLE for row in self.of(who, days)]
            return sum(row["item"] == self.last_item() for row in rows) / days

        known_item = self.last_item() is not None and a_day(long.days)
        return a_day(short.days) / a_day(long.days) if known_item else None


def panel(told: Told, zone: ZoneInfo, table=None) -> pl.DataFrame:
    cutoffs = cutoffs_in(zone)
    table = peers([told], cutoffs, FEATURES, zone) if table is None else table
    return build(told, EVERYBODY, cutoffs, FEATURES, zone, peers=table)


@given(whole=wholes.wholes())
def test_every_feature_agrees_with_the_slow_way(whole):
    told, zone = whole
    for row in panel(told, zone).iter_rows(named=True):
        assert_says(row, FEATURES, Slow(told, row["customer_id"], row["cutoff"]))


@given(whole=wholes.wholes(), cuts=st.lists(st.integers(0, 2), min_size=4, max_size=4))
def test_parts_of_everyone_make_one_table(whole, cuts):
    told, zone = whole
    shares = [[who for who, at in zip(PEOPLE, cuts, strict=True) if at == n] for n in range(3)]
    parts = [told.map(lambda rows, s=s: rows.filter(rows["customer_id"].is_in(s))) for s in shares]
    cutoffs = cutoffs_in(zone)
    once = peers([told], cutoffs, FEATURES, zone)
    assert_frame_equal(once, peers(parts, cutoffs, FEATURES, zone))
    assert_frame_equal(once, peers(parts[::-1], cutoffs[::-1], FEATURES, zone))
    assert (
        check(PEERS, once).height
        == once.unique(["cutoff", "of", "attribute", "days", "key"]).height
    )


def test_how_often_parts_are_added_up_changes_nothing(monkeypatch):
    told, cutoffs = wholes.world(random.Random(3), JAKARTA, 200), cutoffs_in(JAKARTA)
    parts = [told.map(lambda rows, w=who: rows.filter(rows["customer_id"] == w)) for who in PEOPLE]
    seldom = peers(parts, cutoffs, FEATURES, JAKARTA)
    monkeypatch.setattr(counting, "FEW_ROWS", 0)
    assert_frame_equal(seldom, peers(parts, cutoffs, FEATURES, JAKARTA))


@given(whole=wholes.wholes(), who=st.sampled_from(PEOPLE))
def test_one_customer_alone_equals_the_same_in_the_crowd(whole, who):
    told, zone = whole
    table = peers([told], cutoffs_in(zone), FEATURES, zone)
    alone = told.map(lambda rows: rows.filter(pl.col("customer_id") == who))
    crowd = panel(told, zone, table).filter(pl.col("customer_id") == who)
    assert_frame_equal(panel(alone, zone, table).filter(pl.col("customer_id") == who), crowd)


@given(whole=wholes.wholes())
def test_what_is_not_known_before_a_cutoff_is_not_counted_at_it(whole):
    told, zone = whole
    cutoff = cutoffs_in(zone)[1]
    seen = told.map(lambda rows: rows.filter(pl.col("known_at") < cutoff))
    assert_frame_equal(
        peers([told], [cutoff], FEATURES, zone), peers([seen], [cutoff], FEATURES, zone)
    )


def small_world() -> Told:
    """Three customers of one shop, two of them on one plan."""
    rows = [
        ("ana", 27, "book"),
        ("ana", 20, "book"),
        ("ana", 2, "pen"),
        ("budi", 25, "book"),
        ("budi", 24, None),
        ("citra", 3, "pen"),
    ]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    events = [
        {
            "customer_id": who,
            "occurred_at": start - timedelta(days=days),
            "known_at": start - timedelta(days=days),
            "channel": "store",
            "step": "purchase",
            "source": "till",
            "source_key": str(number),
            "item": item,
        }
        for number, (who, days, item) in enumerate(rows)
    ]
    customers = [
        {
            "customer_id": who,
            "valid_from": start - timedelta(days=99),
            "known_at": start - timedelta(days=99),
            "source": "crm",
            "plan": plan,
        }
        for who, plan in (("ana", "plus"), ("budi", "plus"), ("citra", "basic"))
    ]
    schema = dict(EVENTS.schema) | {"item": pl.String}
    return Told(
        events=pl.DataFrame(events, schema=schema),
        customers=pl.DataFrame(customers, schema=dict(CUSTOMERS.schema) | {"plan": pl.String}),
    )


def test_a_small_world_by_eye():
    told, cutoff = small_world(), datetime(2026, 1, 1, tzinfo=UTC)
    vocabulary = Vocabulary(
        pairs=(("store", "purchase"),), event_attributes=("item",), tables=("customers",)
    )
    features = [*family(FeatureParams(windows_days=(7, 28), segments=("plan",)), vocabulary)]
    table = peers([told], [cutoff], features, JAKARTA)
    got = build(told, None, [cutoff], features, JAKARTA, peers=table)
    ana = got.row(0, named=True)
    assert ana["segment_plan_active_share_28d"] == 1.0
    assert ana["segment_plan_events_per_customer_28d"] == 5 / 2
    assert ana["events_against_segment_plan_28d"] == 3 / 2.5
    assert ana["last_item_popularity_28d"] == 2 / 3  # the pen: ana and citra of three
    assert ana["own_items_popularity_28d"] == 2 / 3


def test_who_has_not_come_yet_is_nobodys_peer():
    cutoff = datetime(2026, 1, 1, tzinfo=UTC) - timedelta(days=26)
    table = peers([small_world()], [cutoff], FEATURES, JAKARTA)
    plus = table.filter(of="customers", key="plus", days=28)
    assert plus.select("customers", "active", "events").row(0) == (1, 1, 1)


def test_without_a_table_of_peers_what_needs_it_is_refused():
    with pytest.raises(ContractBroken, match="of whom nothing is told"):
        build(small_world(), None, cutoffs_in(JAKARTA), FEATURES, JAKARTA)


def test_a_table_of_other_cutoffs_is_refused():
    first, *others = cutoffs_in(JAKARTA)
    table = peers([small_world()], [first], FEATURES, JAKARTA)
    with pytest.raises(ContractBroken, match="nothing is told of groups by plan"):
        build(small_world(), None, others, FEATURES, JAKARTA, peers=table)


def test_no_table_is_made_where_no_feature_needs_it():
    assert peers([small_world()], cutoffs_in(JAKARTA), [], JAKARTA) is None


def test_an_attribute_that_nobody_has_makes_empty_features():
    params = FeatureParams(windows_days=(28,), segments=("shoe size",))
    features = [*family(params, Vocabulary(pairs=(), tables=("customers",)))]
    cutoffs = cutoffs_in(JAKARTA)
    table = peers([small_world()], cutoffs, features, JAKARTA)
    got = build(small_world(), None, cutoffs, features, JAKARTA, peers=table)
    assert got.select(
        feature.name for feature in features
    ).null_count().sum_horizontal().item() == (got.height * len(features))
