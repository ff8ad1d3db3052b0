"""What a model needs of the workspace's own features, and that it asks for no more."""

from dataclasses import replace

import pytest
from buyers import bought_trial

from features.catalog import Feature
from features.errors import ModelRefused


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


def test_own_features_are_not_written_down():
    assert NEEDING.with_own(lambda: (OURS,)).manifest() == NEEDING.manifest()
