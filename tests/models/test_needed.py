"""What a model needs of the workspace's own features, and that it asks for no more."""

import json
from dataclasses import replace

import pytest
import wholes
from buyers import bought_trial

from features.catalog import Feature
from features.errors import ModelRefused
from features.families import FAMILIES, catalog
from models.answers.churn import ChurnModel


def count(past):
    return past.count()


def feature(name: str) -> Feature:
    return Feature(name=name, family="own", unit="events", meaning="events", function=count)


def broken():
    raise AssertionError("the file is opened")


OURS = feature("ours")
MODEL = bought_trial().model
NEEDING = replace(MODEL, features={**MODEL.features, OURS.name: OURS.definition_hash})


def test_a_model_that_needs_none_does_not_ask():
    assert MODEL.with_own(broken).needed() == MODEL.needed()


def test_a_model_finds_its_own_in_its_order():
    assert NEEDING.with_own(lambda: (OURS,)).needed() == (*MODEL.needed(), OURS)


def test_others_beside_it_are_not_looked_at():
    twins = (feature("days_since_last"), feature("other"), feature("other"), OURS)
    assert NEEDING.with_own(lambda: twins).needed()[-1] is OURS


def test_a_model_whose_own_is_gone_is_refused_by_name():
    with pytest.raises(ModelRefused, match="missing: ours"):
        NEEDING.with_own(lambda: (feature("other"),)).needed()


def test_a_model_of_every_family_is_read_back_as_it_was():
    params = replace(wholes.PARAMS, families=tuple(FAMILIES), roles={"purchase": ("purchase",)})
    known = catalog(params, wholes.VOCABULARY).features
    features = {one.name: one.definition_hash for one in known}
    model = replace(MODEL, features=features, feature_params=params, vocabulary=wholes.VOCABULARY)
    kept = json.loads(json.dumps(model.manifest()))
    again = ChurnModel.load(model.booster_text, kept)
    assert again == model
    assert [one.name for one in again.needed()] == list(features)


def test_own_features_are_not_written_down():
    assert NEEDING.with_own(lambda: (OURS,)).manifest() == NEEDING.manifest()
