"""Checks of stages and personas: each fires on the fault it is for, and on nothing else."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from places import NOTHING, PARAMS, VOCABULARY, journey, midnights, places
from touches import fired, only

from features.contracts import CUSTOMERS, STAGE_HISTORY, STAGES
from features.health.costs import check_costs
from features.health.personas import check_personas
from features.health.rules import check_rules
from features.health.stages import ALIKE_LEAST, check_stages, stage_counts
from features.stages.moves import stage_at
from features.stages.stages import StageParams

UNTIL = datetime(2026, 3, 1, tzinfo=UTC)
BEFORE = UNTIL - timedelta(days=10)
UTC_ZONE = ZoneInfo("UTC")
RULES = {"churned": "days_since_last > 30", "retention": "contract_active", "awareness": "true"}
SOUND = StageParams(rules=RULES, stated={"Closed Won": "retention"})


def stated(*words, source="crm", superseded_at=None) -> pl.DataFrame:
    rows = [
        {
            "customer_id": f"cust-{number}",
            "stage": word,
            "entered_at": BEFORE,
            "known_at": BEFORE,
            "superseded_at": superseded_at,
            "source": source,
            "source_key": str(number),
        }
        for number, word in enumerate(words)
    ]
    return pl.DataFrame(rows, schema=dict(STAGES.schema), orient="row")


def entries(voices: dict[str, list[str]], at=BEFORE) -> pl.DataFrame:
    """What each voice says of customers one by one."""
    rows = [
        {
            "customer_id": f"cust-{number}",
            "stage": stage,
            "entered_at": at,
            "known_at": at,
            "superseded_at": None,
            "direction": "enter",
            "said_by": voice,
        }
        for voice, stages in voices.items()
        for number, stage in enumerate(stages)
    ]
    return pl.DataFrame(rows, schema=dict(STAGE_HISTORY.schema), orient="row")


ALL_RULES = list(RULES) * 10


def looked_at(told=None, history=None, params=SOUND):
    """Every finding on stages that are sound unless given."""
    return check_stages(
        stated("retention", "Closed Won") if told is None else told,
        entries({"rule": ALL_RULES, "crm": ALL_RULES}) if history is None else history,
        params,
        UNTIL,
    )


def test_nothing_fires_on_sound_stages():
    assert [finding.code for finding in looked_at()] == ["J01", "J02", "J03", "J04"]
    assert fired(looked_at()) == set()


def test_a_workspace_without_stages_is_not_looked_at():
    nothing = stated(), entries({})
    assert check_stages(*nothing, StageParams(), UNTIL) == []
    assert stage_counts(nothing[1], StageParams(), UNTIL) == {}


@settings(max_examples=7)
@given(world=places())
def test_what_fires_has_a_number_and_three_mends_and_names_no_customer(world):
    place, zone = world
    history, until = journey(place, zone), midnights(zone)[-1]
    for finding in check_stages(place.stages, history, PARAMS, until):
        assert "paper" not in finding.sentence
        assert "dé" not in finding.sentence
        if finding.severity != "ok":
            assert len(list(filter(None, finding.mends))) == 3
            assert finding.measured is not None
            assert finding.needed is not None


@settings(max_examples=7)
@given(world=places())
def test_each_voice_counts_every_customer_that_it_places(world):
    place, zone = world
    history, until = journey(place, zone), midnights(zone)[-1]
    placed = dict(stage_at(history, until).group_by("said_by").len().iter_rows())
    counts = stage_counts(history, PARAMS, until)
    assert {voice: sum(stages.values()) for voice, stages in counts.items()} == placed
    assert all(list(stages) == list(PARAMS.names) for stages in counts.values())


def test_words_that_are_no_stage_are_told_with_the_nearest():
    found = only(looked_at(stated("retention", "Closd Won", "Closd Won", "x")), "J01")
    assert (found.severity, found.measured) == ("warn", 3)
    assert "source crm: 3 of 4 rows" in found.sentence
    assert "'Closd Won' (2), did you mean `Closed Won`?" in found.sentence
    assert fired(looked_at(stated("Closd Won", superseded_at=BEFORE))) == set()


def test_too_many_words_are_counted_and_not_quoted():
    names = [f"Deal with person {number}" for number in range(100)]
    found = only(looked_at(stated(*names)), "J01")
    assert "100 words" in found.sentence
    assert "person" not in found.sentence


def test_voices_that_disagree_are_counted_with_the_commonest_pair():
    crm = ["retention"] * 20 + ALL_RULES[20:]
    found = only(looked_at(history=entries({"rule": ALL_RULES, "crm": crm})), "J02")
    assert (found.severity, found.measured) == ("note", 0.433)
    assert "of 30 customers whom several voices place, 13 (43%)" in found.sentence
    assert "crm retention and rule churned (7), crm retention and rule awareness (6)" in (
        found.sentence
    )


def test_what_is_said_later_is_no_disagreement_yet():
    later = entries({"crm": ["retention"] * 30}, at=UNTIL)
    assert fired(looked_at(history=pl.concat([entries({"rule": ALL_RULES}), later]))) == set()


def test_a_rule_that_never_came_first_is_noted():
    found = only(looked_at(history=entries({"rule": ["awareness", "churned"] * 20})), "J03")
    assert (found.severity, found.measured) == ("note", 1)
    assert "the rule of retention has" in found.sentence


@pytest.mark.parametrize(("customers", "codes"), [(ALIKE_LEAST, {"J04"}), (ALIKE_LEAST - 1, set())])
def test_a_rule_that_wins_for_all_is_noted(customers, codes):
    past = [entries({"rule": [stage]}, at=BEFORE - timedelta(days=9)) for stage in RULES]
    now = entries({"rule": ["awareness"] * customers})
    assert fired(looked_at(history=pl.concat([*past, now]))) == codes


def test_one_rule_alone_wins_for_all():
    params = StageParams(rules={"awareness": "true"}, stated=SOUND.stated)
    assert fired(looked_at(history=entries({"rule": ["awareness"] * 30}), params=params)) == set()


def judged(rules, attributes=("size",)):
    params = StageParams(order=("few", "many"), exits=(), rules=rules)
    told = check_rules(NOTHING, params, attributes, VOCABULARY, until=UNTIL, zone=UTC_ZONE)
    return only(told, "J05")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("events_step_vist_28d > 1", "did you mean `events_step_visit_28d`?"),
        ("days_since_last_channel_shop > 1", "did you mean"),
        ("size > 3", "compare a fact with values of its own type"),
    ],
)
def test_a_rule_that_the_next_ingest_would_refuse_stops(rule, said):
    found = judged({"few": "true", "many": rule})
    assert found.severity == "stop"
    assert "many" in found.sentence
    assert said in found.mends[0]
    assert len(list(filter(None, found.mends))) == 3


@pytest.mark.parametrize(
    "rule",
    ["events_step_visit_28d > 1 AND size = 'big'", "contract_active", "fresh > 3", "fresh = 'x'"],
)
def test_a_rule_that_can_be_judged_is_fine(rule):
    """`fresh` is an attribute that no night has brought yet."""
    assert judged({"many": rule}, ("size", "fresh")).severity == "ok"


def kept(**attributes) -> pl.DataFrame:
    """Customers with these attributes, one list each."""
    return (
        pl.DataFrame(attributes)
        .with_row_index("number")
        .select(
            pl.format("cust-{}", "number").alias("customer_id"),
            *(
                pl.lit(BEFORE if name in ("valid_from", "known_at") else None, kind).alias(name)
                for name, kind in CUSTOMERS.schema.items()
                if name not in ("customer_id", "source")
            ),
            pl.lit("crm").alias("source"),
            *attributes,
        )
    )


WHO = {"big": "employees > 100", "north": "city = 'Medan'"}
FIRMS = {"employees": [900, 4, 4, None], "city": ["Medan", "Medan", "Solo", "Solo"]}


def test_personas_are_counted():
    found, counts = check_personas(kept(**FIRMS), WHO, UNTIL)
    assert counts == {"big": 1, "north": 1, "other": 2}
    assert [one.code for one in found] == ["P01", "P02"]
    assert fired(found) == set()
    assert check_personas(kept(**FIRMS), {}, UNTIL) == ([], {})


def test_a_persona_without_customers_is_noted():
    found, counts = check_personas(kept(**FIRMS), {**WHO, "south": "city = 'Bali'"}, UNTIL)
    assert counts["south"] == 0
    assert "none is south" in only(found, "P01").sentence
    assert fired(found) == {"P01"}


@pytest.mark.parametrize(("blank", "codes"), [(2, set()), (3, {"P02"})])
def test_an_attribute_that_is_mostly_blank_is_noted(blank, codes):
    employees = [900] * (4 - blank) + [None] * blank
    found, _ = check_personas(kept(**{**FIRMS, "employees": employees}), WHO, UNTIL)
    assert fired(found) - {"P01"} == codes


@pytest.mark.parametrize("rule", ["city > 3", "fresh = 'x'"])
def test_a_persona_that_cannot_be_judged_is_told(rule):
    found, counts = check_personas(kept(**FIRMS), {**WHO, "odd": rule}, UNTIL)
    assert counts == {}
    assert "'odd'" in only(found, "P03").sentence
    assert fired(found, "warn") == {"P03"}
    assert len(list(filter(None, found[0].mends))) == 3


@pytest.mark.parametrize(
    ("costs", "told"),
    [({}, []), ({"web": 1.0}, []), ({"web": 1.0, "whatsap": 500.0}, ["whatsap"])],
)
def test_a_cost_of_a_channel_that_nobody_knows_is_told(costs, told):
    events = pl.DataFrame({"channel": ["web", "whatsapp", "web"]})
    found = [one for one in check_costs(events, costs) if one.severity != "ok"]
    assert [one.sentence.split("'")[1] for one in found] == told
    assert all("did you mean `whatsapp`" in one.mends[0] for one in found)
