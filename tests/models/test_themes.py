"""Themes: every feature of the whole catalog has one, and its numbers are the customer's own."""

import random
import re
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from wholes import EVERYBODY, PARAMS, VOCABULARY, world
from worlds import cutoffs_in

from features.build import build
from features.catalog import Catalog, Feature, FeatureParams, Vocabulary
from features.families import FAMILIES, catalog
from features.known.past import Past
from features.known.told import Told
from features.peers.peers import peers
from models.reasons.sentences import LANGUAGES, for_staying, sentence
from models.reasons.themes import Themes
from models.reasons.topics import TOPICS, topic_of
from models.reasons.variants import VARIANTS, codes
from models.targets.inactivity import InactivityChurn

ZONE = ZoneInfo("Asia/Jakarta")
WHOLE = catalog(replace(PARAMS, families=tuple(FAMILIES)), VOCABULARY)
TARGET = InactivityChurn(steps=("purchase",))
FIRST = FeatureParams(families=("recency", "tenure", "frequency", "monetary", "rhythm"))
UNSAID = re.compile(r"\b(nan|None|inf)\b|[{}_]")


def whole_themes() -> Themes:
    return Themes(WHOLE.features, TARGET, VOCABULARY)


def test_every_feature_of_every_family_has_a_theme_with_others_that_say_the_same():
    themes = whole_themes()
    assert (themes.membership.sum(axis=1) == 1).all()
    assert "other" not in {theme.kind for theme in themes.all}
    assert {theme.kind for theme in themes.all} <= set(VARIANTS)


def test_no_topic_is_of_a_feature_that_no_family_makes():
    topics = {(f.family, topic.kind, topic.fact) for f in WHOLE.features if (topic := topic_of(f))}
    told = {
        (family, *f"{topic}.".split(".")[:2])
        for family, those in TOPICS.items()
        for topic in those.values()
    }
    assert topics == told


def test_a_fact_is_told_by_one_feature_of_each_window():
    told = [(t.kind, t.subject, t.then, t.fact, t.days) for f in WHOLE.features
            if (t := topic_of(f)) and t.fact]  # fmt: skip
    assert len(told) == len(set(told))


def whole_panel(told: Told) -> pd.DataFrame:
    cutoffs = cutoffs_in(ZONE)
    table = peers([told], cutoffs, WHOLE.features, ZONE)
    return build(told, EVERYBODY, cutoffs, WHOLE.features, ZONE, peers=table).to_pandas()


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """What is built of random worlds, of many events and of none, and rows where all is empty."""
    dice = random.Random(7)
    worlds = [world(dice, ZONE, events) for events in (0, 12, 60, 400)]
    found = pd.concat([whole_panel(told) for told in worlds], ignore_index=True)
    nothing = {f.name: 0.0 if f.whole else np.nan for f in WHOLE.features}
    endless = {f.name: 0.0 if f.whole else np.inf for f in WHOLE.features}
    return pd.concat([found, pd.DataFrame([nothing, endless])], ignore_index=True)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("leaving", [True, False])
def test_every_theme_has_a_sentence_for_everybody(rows, language, leaving):
    themes = whole_themes()
    for theme in themes.all:
        facts = themes.facts(theme, rows)
        chosen = codes(theme, facts, leaving=np.full(len(rows), leaving))
        for row, code in enumerate(chosen):
            words = for_staying(sentence(code, theme, facts.of(row), language), language)
            assert not UNSAID.search(words), words
            assert words[0].isupper()


def test_a_model_of_few_features_says_nothing_of_the_others():
    """Of what the model was not told, it is neither said that there was some nor none."""
    for feature in WHOLE.features:
        themes = Themes([feature], TARGET, VOCABULARY)
        for value in (0.0, 3.0, np.nan):
            rows = pd.DataFrame({feature.name: [value]})
            facts = themes.facts(themes.all[0], rows)
            code = codes(themes.all[0], facts, leaving=np.array([True]))[0]
            assert not UNSAID.search(sentence(code, themes.all[0], facts.of(0), "en"))


def test_numbers_are_of_the_window_nearest_to_what_is_predicted():
    themes = Themes(WHOLE.features, replace(TARGET, horizon_days=60), VOCABULARY)
    theme = next(theme for theme in themes.all if theme.kind == "messages")
    rows = pd.DataFrame(0.0, index=[0], columns=[f.name for f in WHOLE.features])
    rows["messages_in_28d"], rows["messages_in_168d"], rows["messages_out_168d"] = 1.0, 7.0, 9.0
    told = themes.facts(theme, rows).of(0)
    assert (told["inward"], told["outward"], told["span_days"]) == (7.0, 9.0, 168.0)


def test_a_word_is_said_and_not_its_number():
    themes = whole_themes()
    rows = pd.DataFrame(0.0, index=[0, 1], columns=[f.name for f in WHOLE.features])
    rows["stage"] = [1.0, len(VOCABULARY.stages) + len(VOCABULARY.exits)]
    theme = next(theme for theme in themes.all if theme.kind == "stage")
    facts = themes.facts(theme, rows)
    assert [facts.of(row)["word"] for row in (0, 1)] == ["looking", ""]


def test_steps_beside_the_targets_are_named_by_their_channel():
    words = Vocabulary(
        pairs=(("app", "login"), ("app", "search"), ("desk", "ticket"), ("store", "order")),
        steps_with_value=("order",),
    )
    features = catalog(FIRST, words).features
    themes = Themes(features, InactivityChurn(steps=("order",)), words)
    contacts = {theme.subject for theme in themes.all if theme.kind == "contact"}
    assert contacts == {"app", "ticket"}
    app = next(theme for theme in themes.all if theme.subject == "app")
    rows = pd.DataFrame(0.0, index=[0], columns=[feature.name for feature in features])
    told = rows.assign(events_channel_app_28d=2.0, events_channel_app_84d=7.0)
    assert themes.facts(app, told).of(0) | {"recent": 2.0, "long": 7.0} == themes.facts(
        app, told
    ).of(0)


def test_where_there_are_no_other_steps_all_events_are_the_targets_own():
    words = Vocabulary(pairs=(("store", "order"),), steps_with_value=("order",))
    themes = Themes(catalog(FIRST, words).features, InactivityChurn(steps=("order",)),
                    words)  # fmt: skip
    kinds = {theme.kind for theme in themes.all}
    assert kinds == {"silence", "tenure", "frequency", "spending", "rhythm"}


def loyalty(past: Past) -> np.ndarray:
    """Made up."""
    return np.zeros(past.shape)


def test_a_feature_of_the_workspaces_own_is_said_by_its_meaning():
    own = Feature(
        name="points",
        family="frequency",
        unit="points",
        meaning="points not yet spent; empty if none were given",
        function=loyalty,
    )
    themes = Themes(Catalog([*WHOLE.features, own]).features, TARGET, VOCABULARY)
    theme = next(theme for theme in themes.all if theme.kind == "other")
    rows = pd.DataFrame(0.0, index=[0, 1], columns=[f.name for f in WHOLE.features])
    facts = themes.facts(theme, rows.assign(points=[1250.0, np.nan]))
    said = codes(theme, facts, leaving=np.array([True, True]))
    english = [sentence(code, theme, facts.of(row), "en") for row, code in enumerate(said)]
    assert english == ["Points not yet spent: 1,250", "Points not yet spent: not known"]


MAILED = Vocabulary(
    pairs=(("app", "login"), ("mail", "letter"), ("store", "order")), steps_with_value=("order",)
)
MAILER = replace(FIRST, roles={"campaign_sent": ("letter",)})


def of_orders(params: FeatureParams) -> tuple[Themes, pd.DataFrame]:
    """Themes of a shop that sends letters, and rows: orders and letters alone; a login besides."""
    features = catalog(params, MAILED).features
    rows = pd.DataFrame(0.0, index=[0, 1], columns=[feature.name for feature in features])
    long = [name for name in rows if re.fullmatch(r"events_step_(letter|order)_\d+d", name)]
    rows[long], rows.loc[1, [c for c in rows if c.startswith("events_step_login_")]] = 3.0, 1.0
    return Themes(features, InactivityChurn(steps=("order",)), MAILED, (), params), rows


@pytest.mark.parametrize("params", [FIRST, MAILER])
def test_however_features_are_grouped_their_contributions_add_up(params):
    themes, rows = of_orders(params)
    dice = np.random.default_rng(3)
    contributions = dice.normal(size=(len(rows), rows.shape[1]))
    added = themes.added(contributions, rows)
    assert np.allclose(added.sum(axis=1), contributions.sum(axis=1))


def test_whose_own_steps_are_all_they_did_is_told_of_those():
    """Letters are the business's: only a login makes interactions of any kind a theme."""
    themes, rows = of_orders(MAILER)
    added = themes.added(np.ones((len(rows), rows.shape[1])), rows)
    activity = [theme.kind for theme in themes.all].index("activity")
    assert added[:, activity].tolist() == [0, themes.membership[:, activity].sum()]
    unknown, rows = of_orders(FIRST)
    assert unknown.added(np.ones((len(rows), rows.shape[1])), rows)[:, activity].min() > 0


def test_every_theme_has_a_name_of_its_own_that_a_machine_can_read():
    names = [theme.name for theme in whole_themes().all]
    assert len(set(names)) == len(names)
    assert not [name for name in names if re.search(r"\s", name)]
