"""Scores made partition after partition: those of everyone at once."""

from dataclasses import fields, replace

import pytest
from buyers import WATERMARK, ZONE, bought_trial, buying, day, event, table
from stored import in_lake

from features.engine.partitions import Local
from features.errors import DataRefused
from features.families.monetary import money
from features.known.past import EVERYTHING
from features.known.told import Told
from models.answers.model import Model
from models.answers.rules import Rule, RulesModel
from models.answers.scoring import Telling, score_parts
from models.reasons.why import reasons
from models.rows.panel import scoring_panel

MONEY = replace(money(EVERYTHING, 90), name="past_money")
HOW = {"zone": ZONE, "engine": Local(), "telling": Telling()}


@pytest.fixture(scope="module")
def model():
    return bought_trial().model


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    return in_lake(Told(events=buying()), tmp_path_factory.mktemp("scored") / "lake", partitions=5)


def test_parts_are_scored_as_everyone_is(model, parts):
    scored = score_parts(model, parts, WATERMARK, [MONEY], **HOW)
    panel = scoring_panel(parts, [WATERMARK], [*model.needed(), MONEY], model.target, zone=ZONE)
    rows = scored.rows.sort_values("customer_id", ignore_index=True)
    assert rows["customer_id"].tolist() == panel.rows["customer_id"].tolist()
    assert rows["probability"].tolist() == model.probabilities(panel.rows).tolist()
    assert rows["past_money"].tolist() == panel.rows["past_money"].tolist()
    assert [list(few) for few in rows["reasons"]] == reasons(model, panel.rows)
    assert scored.not_at_risk == panel.not_at_risk > 0


def test_a_part_in_which_nobody_is_at_risk_adds_nothing(model, parts):
    silent = Told(events=table(event("silent", 1)))
    scored = score_parts(model, [*parts, silent], WATERMARK, [MONEY], **HOW)
    alone = score_parts(model, parts, WATERMARK, [MONEY], **HOW)
    assert scored.rows.equals(alone.rows)
    assert scored.not_at_risk == alone.not_at_risk + 1


def test_nothing_is_said_of_who_is_withheld(model, parts):
    everyone = score_parts(model, parts, WATERMARK, [MONEY], **HOW)
    first, *others = everyone.rows["customer_id"]
    telling = Telling(withheld=frozenset({first, "not at risk"}))
    scored = score_parts(model, parts, WATERMARK, [MONEY], **(HOW | {"telling": telling}))
    assert scored.rows["customer_id"].tolist() == others
    assert (scored.withheld, scored.not_at_risk) == (1, everyone.not_at_risk)


def test_nobody_at_risk_is_refused(model):
    with pytest.raises(DataRefused, match="no customer had one of order within 42 days"):
        score_parts(model, [Told(events=buying())], day(900), [MONEY], **HOW)


def test_only_those_from_a_probability_on_are_told_why(model, parts):
    """Whom nobody will read of costs nothing; the others are told what they are told anyway."""
    everyone = score_parts(model, parts, WATERMARK, [MONEY], **HOW).rows
    least = everyone["probability"].median()
    few = score_parts(
        model, parts, WATERMARK, [MONEY], **(HOW | {"telling": Telling(probability_least=least)})
    ).rows
    needed = everyone["probability"] >= least
    assert needed.any()
    assert not needed.all()
    told = [
        list(one) if told else [] for one, told in zip(everyone["reasons"], needed, strict=True)
    ]
    assert [list(one) for one in few["reasons"]] == told
    assert few.drop(columns="reasons").equals(everyone.drop(columns="reasons"))


def test_what_was_told_the_night_before_finds_its_customer_in_every_part(model, parts):
    """Told again with its own reasons as those of the night before, a night stays as it was."""
    first = score_parts(model, parts, WATERMARK, [MONEY], **HOW).rows
    before = dict(zip(first["customer_id"], map(list, first["reasons"]), strict=True))
    again = score_parts(
        model, parts, WATERMARK, [MONEY], **(HOW | {"telling": Telling(before=before)})
    ).rows
    assert again.equals(first)
    rhythm = [{"code": "rhythm_slow", "kind": "context", "theme": "rhythm.order", "sentence": ""}]
    other = dict.fromkeys(before, rhythm)
    changed = score_parts(
        model, parts, WATERMARK, [MONEY], **(HOW | {"telling": Telling(before=other)})
    ).rows
    assert not changed.equals(first)


def test_where_rules_answer_those_of_the_bands_are_told_why(model, parts):
    silence = "days_since_last_step_order"
    shared = {one.name: getattr(model, one.name) for one in fields(Model)}
    rules = (Rule(columns=(silence,), points=4, at_least=12, tells=silence),)
    ruled = RulesModel(**shared | {"features": {silence: model.features[silence]}}, rules=rules)
    told = Telling(probability_least=0.1, bands=("high",))
    rows = score_parts(ruled, parts, WATERMARK, [MONEY], **(HOW | {"telling": told})).rows
    assert set(rows["band"]) == {"high", "low"}
    assert rows["reasons"].map(len).gt(0).tolist() == rows["band"].eq("high").tolist()
    assert {one["kind"] for few in rows["reasons"] for one in few} == {"act"}
