"""What the store remembers of decisions, in each database that it knows."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from nights import a_run, some_scored

from features.errors import AnotherAtWork
from serving.decide import ExperimentParams, Play, Playbook, decide
from serving.scores import Answers, expired, make_scores
from serving.store import Store
from serving.store.decided import held_out, record, standing

CALL = Play(name="call", action="Call", channel="call", cooldown_days=7, capacity_per_day=2)
BOOK = Playbook(plays=(CALL,), experiment=ExperimentParams(name="offer", control_share=0.5))
IDS = [f"c{number}" for number in range(8)]


@pytest.fixture
def store(store_url):
    opened = Store(store_url)
    yield opened
    opened.close()


def known(store, run, before="", book=BOOK):
    return store.read(partial(standing, book=book, cutoff=run.as_of, before=before, now=run.as_of))


def night(store, run, before="", book=BOOK, ids=IDS):
    """A night decided with what the store remembers, and published."""
    asked = some_scored(ids, Answers(probabilities=np.full(len(ids), 0.9)), np.full(len(ids), 99.0))
    decided = decide(asked, known(store, run, before, book), run.as_of, book, b"key")
    scores = make_scores(
        run,
        customer_ids=ids,
        answers=Answers(probabilities=np.full(len(ids), 0.9)),
        yearly=np.full(len(ids), 99.0),
        reasons=[[] for _ in ids],
        decided=decided.rows,
    )
    also = [partial(record, run=run, decided=decided)]
    store.publish(run, scores, published_at=run.as_of, also=also)
    return decided


def arms(decided):
    return dict(zip(decided.rows["customer_id"], decided.rows["arm"], strict=True))


def test_the_next_night_knows_bands_arms_and_what_was_done(store):
    first = night(store, a_run())
    told = known(store, a_run(1), a_run().run_id)
    assert told.bands == dict.fromkeys(IDS, "high")
    assert {who: one.arm for who, one in told.enrolled.items()} == arms(first)
    assert told.enrolled_a_night == {a_run().as_of: len(IDS)}
    acted = first.rows.loc[first.plays == "call", "customer_id"]
    assert told.acted == {"call": dict.fromkeys(acted, a_run().as_of)}
    held = {who for who, arm in arms(first).items() if arm == "control"}
    assert store.read(lambda one: held_out(one, "offer")) == held
    assert store.read(lambda one: held_out(one, "offer", IDS[:4])) == held & {*IDS[:4]}
    second = night(store, a_run(1), a_run().run_id)
    assert arms(second) == arms(first)
    assert not second.fresh.any()
    assert {*second.rows.loc[second.plays == "call", "customer_id"]}.isdisjoint(acted)


def test_the_same_night_is_decided_the_same(store):
    first = night(store, a_run())
    again = night(store, a_run())
    assert again.sha256() == first.sha256()
    assert known(store, a_run()).enrolled_a_night == {}
    changed = replace(BOOK, experiment=ExperimentParams(name="offer", control_share=0.1))
    frozen = night(store, a_run(settings={"share": 0.1}), book=changed, ids=[*IDS, "c8"])
    assert arms(frozen).items() >= arms(first).items()


def test_without_plays_and_experiment_nothing_is_remembered(store):
    plain = Playbook()
    night(store, a_run(), book=plain)
    told = known(store, a_run(1), a_run().run_id, plain)
    assert (told.enrolled, told.enrolled_a_night, told.acted) == ({}, {}, {})
    assert set(told.bands.values()) == {"high"}


def test_who_was_drawn_otherwise_meanwhile_stops_the_run(store):
    stale = known(store, a_run())
    night(store, a_run())
    other = replace(BOOK, experiment=ExperimentParams(name="offer", control_share=0.1))
    asked = some_scored(IDS, Answers(probabilities=np.full(8, 0.9)), np.full(8, 99.0))
    decided = decide(asked, stale, a_run().as_of, other, b"key")
    with pytest.raises(AnotherAtWork, match="score again"):
        store.write(partial(record, run=a_run(settings={"a": 1}), decided=decided))


def test_scores_hold_until_they_expire():
    run = a_run()
    assert not expired(run, run.as_of)
    assert expired(run, run.expires_at)
