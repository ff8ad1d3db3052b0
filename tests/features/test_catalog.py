"""The catalog: names, hashes, and the refusal of what a model cannot be given."""

import hashlib
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
import wholes
from worlds import PAIRS, cutoffs_in, frame

from features.build import build
from features.catalog import Catalog, Feature, FeatureParams, Vocabulary, slug
from features.errors import ModelRefused, WorkspaceInvalid
from features.families import FAMILIES, catalog
from features.known import past
from features.known.past import Where
from features.known.told import Told
from features.peers.peers import peers

VOCABULARY = Vocabulary(pairs=PAIRS, steps_with_value=("visit",))
EVERYTHING = catalog(FeatureParams(families=tuple(FAMILIES)), VOCABULARY)

# Values of each family on one fixed world, beside the hashes of its definitions. If values change
# and the hash does not, a champion would be fed something other than what it learned: raise
# `features.catalog.ENGINE`, or mend the change.
PINNED = {
    "recency": ("6a4e0506633ef236", "6fcf0d0cbe6294eb"),
    "tenure": ("43cf66069169a79b", "bf923bd8e2e39d66"),
    "frequency": ("bf0c504284d6b5c5", "81a0c310848ac6a9"),
    "monetary": ("8dfc5020c1544b07", "8ecf3fd3df247afe"),
    "rhythm": ("76558ca2bd9668e6", "29d47d6db237f37d"),
}


# The same for families that read more than plain events, on a world in which every table tells
# something.
PINNED_WHOLE: dict[str, tuple[str, str]] = {
    "lags": ("91d904aa4152a939", "247185a5ee0c9c80"),
    "breadth": ("8ffc889d7dce8aa8", "7fcb05ad400bb8a0"),
    "trend": ("7fd548e1d7736efc", "ddbf447b7b7447d1"),
    "decay": ("95c0992c80f3da8d", "27cb034bcda9bd89"),
    "diversity": ("f475424e5e887a81", "2776df902effe9d9"),
    "journey": ("77399edd1aa83bef", "d042340de4809671"),
    "steps": ("1bf182c441204bdc", "a8ed52e85ccbff98"),
    "contract": ("ae188498c4a5f3ce", "c57fc8dcd5e33e8c"),
    "support": ("f1906b6b138bf72d", "087de4bad94f503d"),
    "conversation": ("4561c245542276be", "c162f00d2ee14230"),
    "consistency": ("aea0715eb399e3e1", "7b3f9c7552d3fc7d"),
    "campaign": ("aa76427bdf618e76", "ae26d3a0227e3c83"),
    "value": ("3bf0aa6735742837", "39342de785837ff3"),
    "profile": ("b308b2fcd49f231a", "45ab7e4d7876e66f"),
    "peers": ("6563acbc7172c225", "4b18761bc3854d83"),
}


def made_up_events() -> pl.DataFrame:
    """Ninety events of three customers, by arithmetic rather than by a random generator."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return frame(
        [
            {
                "customer_id": "abc"[number % 3],
                "occurred_at": (at := start + timedelta(hours=(number * number * 7) % 2160)),
                "known_at": at + timedelta(days=(number % 10 == 0) * 9),
                "channel": PAIRS[number % 4][0],
                "step": PAIRS[number % 4][1],
                "value": number * 10_007 if number % 5 else None,
                "sentiment": None,
                "source": "made_up",
            }
            for number in range(90)
        ]
    )


def pinned(family: str) -> tuple[str, str]:
    features = catalog(FeatureParams(families=(family,)), VOCABULARY)
    cutoffs = [datetime(2026, 3, day, tzinfo=UTC) for day in (1, 15, 29)]
    zone = ZoneInfo("Asia/Jakarta")
    panel = build(Told(events=made_up_events()), None, cutoffs, features.features, zone)
    values = panel.drop("customer_id", "cutoff").fill_null(-1).to_numpy().astype(np.float64)
    return features.definition_hash, hashlib.sha256(values.tobytes()).hexdigest()[:16]


def pinned_whole(family: str) -> tuple[str, str]:
    zone = ZoneInfo("Asia/Jakarta")
    told = wholes.world(random.Random(7), zone, 400)
    features = catalog(replace(wholes.PARAMS, families=(family,)), wholes.VOCABULARY)
    cutoffs = cutoffs_in(zone)
    table = peers([told], cutoffs, features.features, zone)
    panel = build(told, wholes.EVERYBODY, cutoffs, features.features, zone, peers=table)
    values = panel.drop("customer_id", "cutoff").fill_null(-1).to_numpy().astype(np.float64)
    return features.definition_hash, hashlib.sha256(values.tobytes()).hexdigest()[:16]


@pytest.mark.parametrize("family", sorted({*FAMILIES} - {*PINNED}))
def test_values_of_a_whole_world_do_not_change_behind_an_unchanged_hash(family):
    assert pinned_whole(family) == PINNED_WHOLE[family]


@pytest.mark.parametrize("family", PINNED)
def test_values_do_not_change_behind_an_unchanged_hash(family):
    assert pinned(family) == PINNED[family]


def test_names_are_unique_and_plain():
    names = [feature.name for feature in EVERYTHING.features]
    assert len(set(names)) == len(names)
    assert all(name.replace("_", "").isalnum() and name.isascii() for name in names)


def test_every_feature_says_its_unit_and_meaning():
    assert all(f.unit and len(f.meaning) > 10 for f in EVERYTHING.features)


def test_words_that_look_alike_get_names_of_their_own():
    words = ["Demo requested", "demo-requested", "demo requested!", "演示", "デモ"]
    assert len({slug(Where(step=word)) for word in words}) == len(words)


def test_a_step_that_is_its_channel_is_counted_once():
    vocabulary = Vocabulary(pairs=(("store", "basket"), ("mail", "mailing")))
    assert vocabulary.channels == ()
    assert vocabulary.steps == ("basket", "mailing")


def test_select_gives_what_a_model_needs_in_its_order():
    last, first = EVERYTHING.features[7], EVERYTHING.features[0]
    needed = {f.name: f.definition_hash for f in (last, first)}
    assert EVERYTHING.select(needed) == (last, first)


def test_select_refuses_a_missing_feature_by_name():
    with pytest.raises(ModelRefused, match="missing: days_since_moon"):
        EVERYTHING.select({"days_since_moon": "0" * 16})


def test_select_refuses_a_changed_definition_by_name():
    with pytest.raises(ModelRefused, match="changed: days_since_last"):
        EVERYTHING.select({"days_since_last": "0" * 16})


def doubled(past_, where):
    """Twice the events."""
    return past_.count(where) * 2


def tripled(past_, where):
    """Three times the events."""
    return past_.count(where) * 3


def feature(function, **arguments) -> Feature:
    return Feature(
        name="x", family="mine", unit="events", meaning="", function=function, arguments=arguments
    )


def test_a_hash_follows_the_code_and_the_arguments():
    everything, web = past.EVERYTHING, Where(channel="web")
    hashes = [
        feature(doubled, where=everything).definition_hash,
        feature(tripled, where=everything).definition_hash,
        feature(doubled, where=web).definition_hash,
    ]
    assert len(set(hashes)) == 3
    assert feature(doubled, where=everything).definition_hash == hashes[0]


def test_two_features_of_one_name_are_refused():
    one = feature(doubled, where=past.EVERYTHING)
    with pytest.raises(WorkspaceInvalid, match="two features are called x"):
        Catalog([one, one])
