"""Stages: derived as told, known no sooner than they were, moving both ways."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import (
    CLOCKS,
    DAY,
    JUST_BEFORE,
    NOTHING,
    PARAMS,
    concat,
    journey,
    midnights,
    places,
    seen,
    told,
)
from polars.testing import assert_frame_equal
from worlds import CUSTOMERS, cutoffs_in, worlds

from features.catalog import FeatureParams, Vocabulary, slug
from features.contracts import STAGES
from features.errors import WorkspaceInvalid
from features.families import catalog
from features.known.past import Where
from features.known.told import Told
from features.stages import stage_rules
from features.stages.moves import spells, stage_at
from features.stages.stage_facts import FAMILIES
from features.stages.stages import (
    StageParams,
    UnknownStage,
    mistakes_in_stage_facts,
    mistakes_in_stages,
    unknown_stages,
)

FEW = settings(max_examples=7)
START = cutoffs_in(ZoneInfo("UTC"))[0]


def slow_size(rows: list[dict]) -> str | None:
    """What the latest version of each source says; of two sources the later one."""
    order = lambda row: (row["valid_from"], row["known_at"], row["source"], row["size"] or "")  # noqa: E731
    latest = {row["source"]: row for row in sorted(rows, key=order)}
    sizes = [row["size"] for row in sorted(latest.values(), key=order) if row["size"]]
    return sizes[-1] if sizes else None


def slow_stage(known: dict[str, list[dict]], cutoff: datetime) -> str | None:  # noqa: PLR0911
    """The stage of one customer at a midnight, in plain Python."""
    if not (known["events"] or known["contracts"] or known["customers"]):
        return None
    ages = [(cutoff - row["occurred_at"]) / DAY for row in known["events"]]
    visits = [age for row, age in zip(known["events"], ages, strict=True) if row["step"] == "visit"]
    ends = [row["ends_at"] for row in known["contracts"]]
    running = [end for end in ends if end is None or end >= cutoff]
    if ages and min(ages) > 20:
        return "gone"
    if ends and not running and (cutoff - max(ends)) / DAY > 3:
        return "gone"
    if sum(age <= 7 for age in visits) >= 2:
        return "buying"
    if running and None not in running and (max(running) - cutoff) / DAY > 9:
        return "buying"
    if any(age <= 28 for age in ages) or slow_size(known["customers"]) == "big":
        return "looking"
    return "aware"


def slow_history(world: Told, customer: str, zone: ZoneInfo) -> list[tuple]:
    """Day by day, in plain Python."""
    own = {name: world.table(name).filter(pl.col("customer_id") == customer) for name in CLOCKS}
    won, held, entered = [], None, []
    for midnight in midnights(zone):
        known = {name: seen(rows, CLOCKS[name], midnight) for name, rows in own.items()}
        won.append(slow_stage(known, midnight))
        if len(won) >= 2 and won[-1] == won[-2] != held and won[-1] is not None:
            held = won[-1]
            entered.append((held, midnight - JUST_BEFORE))
    return entered


@FEW
@given(world=places())
def test_rules_say_what_a_slow_reader_says(world):
    place, zone = world
    by_rule = journey(place, zone).filter(pl.col("said_by") == "rule")
    for customer in (*CUSTOMERS, "paper"):
        own = by_rule.filter(pl.col("customer_id") == customer).sort("entered_at")
        assert own.select("stage", "entered_at").rows() == slow_history(place, customer, zone)


@FEW
@given(world=places(), data=st.data())
def test_the_future_changes_no_stage_and_no_direction(world, data):
    place, zone = world
    cutoff = midnights(zone)[-5]
    events, _ = data.draw(worlds(max_events=6))
    rumours = data.draw(told(zone, events=events))
    unseen = Told(
        **{
            name: rumours.table(name).filter(
                (pl.col(CLOCKS[name]) >= cutoff) | (pl.col("known_at") >= cutoff)
            )
            for name in CLOCKS
        }
    )
    corrected = place.map(lambda rows: recalled(rows, cutoff))
    after = spells(journey(concat(corrected, unseen), zone), cutoff)
    assert_frame_equal(spells(journey(place, zone), cutoff), after)


def recalled(rows: pl.DataFrame, cutoff: datetime) -> pl.DataFrame:
    """The same rows, those that hold at the cutoff taken back a day later."""
    holds = pl.col("superseded_at").is_null() | (pl.col("superseded_at") >= cutoff)
    return rows.with_columns(
        superseded_at=pl.when(holds).then(cutoff + DAY).otherwise("superseded_at")
    )


@FEW
@given(world=places(), rows=st.integers(1, 40))
def test_how_the_midnights_are_cut_changes_nothing(world, rows):
    place, zone = world
    whole = journey(place, zone)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage_rules, "SPAN_ROWS", rows)
        assert_frame_equal(whole, journey(place, zone))


@FEW
@given(world=places(), customer=st.sampled_from([*CUSTOMERS, "paper"]))
def test_one_customer_alone_has_the_same_history(world, customer):
    place, zone = world
    own = pl.col("customer_id") == customer
    alone = place.map(lambda rows: rows.filter(own))
    assert_frame_equal(journey(place, zone).filter(own), journey(alone, zone))


@FEW
@given(world=places())
def test_row_order_changes_nothing(world):
    place, zone = world
    backwards = place.map(lambda rows: rows.reverse())
    assert_frame_equal(journey(place, zone), journey(backwards, zone))


@FEW
@given(world=places(), cutoff=st.integers(0, 10))
def test_stated_stages_are_the_last_ones_told_by_then(world, cutoff):
    place, zone = world
    instant = midnights(zone)[cutoff]
    rows = [row for row in seen(place.stages, "entered_at", instant) if row["stage"] != "Prospect"]
    last = {}
    for row in rows:
        row["stage"] = PARAMS.stated.get(row["stage"], row["stage"])
    for row in sorted(rows, key=lambda row: (row["entered_at"], row["known_at"], row["stage"])):
        last[row["customer_id"], row["source"]] = row["stage"]
    now = stage_at(journey(place, zone), instant).filter(pl.col("said_by") != "rule")
    assert {
        (who, voice): stage
        for who, voice, stage in now.select("customer_id", "said_by", "stage").iter_rows()
    } == last


def test_words_that_are_no_stage_are_counted_and_not_guessed():
    words = ["Negotation", "looking", "Closed Won", "Negotation", "Zzz"]
    rows = [
        {
            "customer_id": "a",
            "stage": word,
            "entered_at": START,
            "known_at": START,
            "source": "crm",
            "source_key": str(number),
        }
        for number, word in enumerate(words)
    ]
    stages = pl.DataFrame(rows, schema=STAGES.schema)
    assert unknown_stages(stages, PARAMS) == [
        UnknownStage("crm", "Negotation", 2, "did you mean `Negotiation`?"),
        UnknownStage(
            "crm",
            "Zzz",
            1,
            "there are: aware, looking, buying, lost, gone, Negotiation, Closed Won, Closed Lost",
        ),
    ]
    told_stages = replace(NOTHING, stages=stages)
    zone = ZoneInfo("UTC")
    assert sorted(journey(told_stages, zone)["stage"]) == ["buying", "looking"]


def test_nobody_and_nothing_have_no_history():
    assert journey(NOTHING, ZoneInfo("UTC")).height == 0
    assert journey(NOTHING, ZoneInfo("UTC"), midnights=[]).height == 0
    assert journey(NOTHING, ZoneInfo("UTC"), params=StageParams()).height == 0


@pytest.mark.parametrize(
    ("rule", "told_as"),
    [
        ("events_of_the_moon > 1", "events_of_the_moon"),
        ("day_since_last > 3", "did you mean `days_since_last`"),
        ("events_0d = 0", "events_0d, which nothing is called"),
        ("events_99999d = 0", "events_99999d, which nothing is called"),
        ("days_since_last", "cannot be judged"),
        ("days_since_last >", "cannot be read"),
        ("days_since_last > avg(days_since_last)", "looks at other customers"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(rule, told_as):
    params = StageParams(rules={"awareness": rule})
    with pytest.raises(WorkspaceInvalid, match=told_as):
        journey(NOTHING, ZoneInfo("UTC"), params=params)


def test_what_can_be_told_of_a_rule_before_any_data_is_told():
    rules = {"lost": "sum(events_7d) > 3", "churned": "days_since_last >", "awareness": "true"}
    found = [str(mistake) for mistake in mistakes_in_stages(StageParams(rules=rules))]
    assert [text.split(":")[0] for text in found] == ["rules.lost", "rules.churned"]


words = st.sampled_from(
    ["order", "Demo requested!", "a_step_b", "x_10d", "step", "channel_x", "é", "_x", "p90"]
) | st.text(min_size=1, max_size=4)


def slug_of_channel(pair):
    return slug(Where(channel=pair[0]))


def slug_of_step(pair):
    return slug(Where(step=pair[1]))


@FEW
@given(
    pairs=st.lists(
        st.tuples(words, words), min_size=1, max_size=2, unique_by=(slug_of_channel, slug_of_step)
    ),
    days=st.integers(1, 400),
)
def test_every_feature_of_the_catalog_may_be_read_whatever_words_will_come(pairs, days):
    words = Vocabulary(pairs=tuple(pairs), steps_with_value=tuple({step for _, step in pairs}))
    known = FeatureParams(windows_days=(days,), families=FAMILIES)
    names = [f.name for f in catalog(known, words).features]
    params = StageParams(rules={"advocacy": " + ".join(f'"{name}"' for name in names) + " > 0"})
    assert list(mistakes_in_stage_facts(params, [])) == []
    assert list(mistakes_in_stage_facts(params, [], words)) == []


@pytest.mark.parametrize(
    "name",
    [
        "events_step_order",
        "events_stp_order_28d",
        "days_since_last_step_",
        "events_step_order_0d",
        "events_step_Order_7d",
    ],
)
def test_what_no_feature_can_be_called_is_told(name):
    params = StageParams(rules={"advocacy": f"{name} > 0"})
    (mistake,) = mistakes_in_stage_facts(params, ["size"])
    assert mistake.key == "rules.advocacy"


@pytest.mark.parametrize(
    ("settings", "told_as"),
    [
        ({"order": ("a", "a")}, "order names a stage twice"),
        ({"rules": {"advocasy": "true"}}, "rules are about 'advocasy'; did you mean `advocacy`"),
        ({"stated": {"Won": "retentoin"}}, "stated calls 'Won' 'retentoin'; did you mean `ret"),
        ({"dwell_days": 0}, "dwell_days is 0"),
    ],
)
def test_impossible_settings_are_refused(settings, told_as):
    with pytest.raises(ValueError, match=told_as):
        StageParams(**settings)
