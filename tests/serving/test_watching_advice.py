"""Whether to retrain, for which reasons, and what is said of it in both languages."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nights import FIRST

from models.drift.alarm import CODES, Alarm
from models.judging.bootstrap import Interval
from serving.pages.words import LANGUAGES, texts
from serving.watching import WatchParams
from serving.watching.matured import plain
from serving.watching.reasons import Evidence
from serving.watching.records import Kept
from serving.watching.retraining import Advice, advice
from serving.watching.starting import started
from serving.watching.words import ROOM, sentence

PARAMS = WatchParams()
STARTS = replace(PARAMS, retrain="start")
DAY = timedelta(days=1)


def kept(night=0, **facts):
    return Kept(run_id=f"run {night}", as_of=FIRST + night * DAY, facts=facts)


def true(*, left=60, night=-30, **metrics):
    told = {name: plain(Interval(*value)) for name, value in metrics.items()}
    return kept(night, true=told, model_version=1, alone=300, left_alone=left)


def alarm(code, severity="act", name="orders"):
    return Alarm(code=code, severity=severity, about="source", name=name, measured=1, needed=0)


CALM = Evidence(
    matured=(
        true(
            auc=(0.80, 0.78, 0.82),
            average_precision=(0.50, 0.46, 0.54),
            observed_over_expected=(1.05, 0.95, 1.15),
        ),
    ),
    backtest={
        "auc": Interval(0.81, 0.80, 0.82),
        "average_precision": Interval(0.52, 0.50, 0.54),
    },
    alarms=[alarm("D01", "warn"), alarm("W01", "warn")],
    age_days=20,
    version=1,
    lead_days=28,
    data="lake 1",
    zone=ZoneInfo("Asia/Jakarta"),
)

WORSE = {
    "R01": {"matured": (true(auc=(0.75, 0.73, 0.77)),)},
    "R02": {"matured": (true(left=120, average_precision=(0.40, 0.37, 0.43)),)},
    "R03": {"matured": (true(left=200, observed_over_expected=(1.3, 1.1, 1.5)),)},
    "R04": {"alarms": [alarm("D02", name="days_since_order")]},
    "R05": {"age_days": 57},
    "R06": {"alarms": [alarm("D13", "warn", "kiosk")]},
}


def test_a_calm_champion_needs_nothing():
    assert advice(CALM, FIRST, [], PARAMS) == Advice(data="lake 1")
    assert advice(replace(CALM, matured=(), backtest={}), FIRST, [], PARAMS).verdict == "nothing"


@pytest.mark.parametrize(("code", "changed"), WORSE.items())
def test_each_reason_is_named_by_itself_in_both_languages(code, changed):
    found = advice(replace(CALM, **changed), FIRST, [], PARAMS)
    assert [one.code for one in found.reasons] == [code]
    assert (found.verdict, found.start) == ("retrain", False)
    for language in LANGUAGES:
        said = sentence(language, "reason", found.as_json()["reasons"][0])
        assert not re.search(r"[{}]|None|nan", said)


@pytest.mark.parametrize(
    "matured",
    [
        true(auc=(0.75, 0.60, 0.90)),
        true(left=120, average_precision=(0.40, 0.10, 0.70)),
        true(left=60, average_precision=(0.20, 0.19, 0.21)),
        true(observed_over_expected=(1.3, 1.1, 1.5)),
        true(left=1000, observed_over_expected=(1.14, 1.10, 1.18)),
        true(left=3, auc=(0.30, 0.28, 0.32), average_precision=(0.1, 0.1, 0.1)),
        true(left=297, auc=(0.30, 0.28, 0.32), average_precision=(0.1, 0.1, 0.1)),
    ],
)
def test_chance_and_little_are_no_reason(matured):
    assert advice(replace(CALM, matured=(matured,)), FIRST, [], PARAMS).reasons == ()


def test_a_ranking_that_is_turned_round_is_the_gravest_of_all():
    turned = true(auc=(0.0, 0.0, 0.0))
    assert [
        one.code for one in advice(replace(CALM, matured=(turned,)), FIRST, [], PARAMS).reasons
    ] == ["R01"]


def test_broken_data_are_mended_before_anything_is_learned_from_them():
    evidence = replace(CALM, age_days=90, alarms=[alarm("D10"), alarm("D14", "warn", "web")])
    found = advice(evidence, FIRST, [], replace(PARAMS, retrain="start"))
    assert (found.verdict, found.mend_first, found.waits_for) == ("mend", ("orders",), "mend")
    assert not found.start


def starts(nights):
    """On which of many nights a retraining starts, each learning from newer data than the last."""
    begun, found = [], []
    for night, evidence in enumerate(nights):
        told = advice(replace(evidence, data=f"{night}"), FIRST + night * DAY, begun, STARTS)
        if told.start:
            kept_then = started(told.reasons, version=evidence.version, data=told.data)
            begun.insert(0, kept(night, started=json.loads(json.dumps(kept_then))))
            found.append(night)
    return found


LASTING = {"R01": [0], "R02": [0], "R03": [0], "R04": [0, 28], "R05": [0], "R06": [0, 28]}
"""Reasons that stay as they are for months, and the nights that start a retraining for them.

What was seen before its outcomes were known has another once they are."""


@pytest.mark.parametrize("code", WORSE)
def test_a_reason_that_lasts_has_its_retraining_and_no_more(code):
    lasts = replace(CALM, **WORSE[code])
    assert starts([lasts] * 120) == LASTING[code]
    assert starts([lasts, *[CALM] * 30, *[lasts] * 60]) == LASTING[code][:1] + (
        [31] if len(LASTING[code]) > 1 else []
    )


@pytest.mark.parametrize("code", WORSE)
def test_a_reason_against_a_new_champion_is_a_new_one_after_the_cool_down(code):
    lasts = replace(CALM, **WORSE[code])
    learned = replace(lasts, version=2)
    assert starts([lasts, *[learned] * 27]) == [0, 14]


@given(sizes=st.lists(st.floats(1, 1e6), min_size=1, max_size=120))
def test_retrainings_for_a_reason_are_no_more_than_its_growth_and_one(sizes):
    """Each needs half as much again as the largest before, and the cool-down."""
    olds = [replace(CALM, age_days=57 * size) for size in sizes]
    found = starts(olds)
    assert found[0] == 0
    for earlier, later in pairwise(found):
        assert later - earlier >= STARTS.cooldown_days
        assert sizes[later] >= 1.5 * sizes[earlier] * (1 - 1e-9)


def test_what_has_grown_or_is_new_starts_again():
    one, two, three = (alarm("D02", name=name) for name in ("one", "two", "three"))
    nights = [replace(CALM, alarms=[one, two])] * 20
    larger = replace(two, measured=1.6)
    assert starts([*nights, *[replace(CALM, alarms=[one, larger])] * 5]) == [0, 20]
    assert starts([*nights, *[replace(CALM, alarms=[one, three])] * 5]) == [0, 20]
    many = [alarm("D02", name=f"{name}") for name in range(9)]
    flickers = [replace(CALM, alarms=many[night % 3 : night % 3 + 7]) for night in range(27)]
    assert starts(flickers) == [0]


def test_nothing_is_learned_twice_from_the_same_data():
    old = replace(CALM, age_days=90)
    begun = kept(0, started={"reasons": ["R06"], "sizes": {}, "version": 1, "data": "lake 1"})
    again = advice(old, FIRST + 40 * DAY, [begun], STARTS)
    assert (again.start, again.waits_for) == (False, "cooldown")
    assert advice(replace(old, data="2"), FIRST + 40 * DAY, [begun], STARTS).start
    earlier = kept(0, started={"reasons": ["R05"], "data": "lake 0"})
    assert advice(old, FIRST + 40 * DAY, [earlier], STARTS).start


def test_customers_who_are_otherwise_for_a_day_are_no_reason():
    """A mailing to everybody is over a week later."""
    moved = alarm("D02", name="days_since_mail")
    told = replace(CALM, alarms=[moved])
    calm, other = kept(-3, alarms=[]), kept(-2, alarms=[moved.as_json()])
    assert advice(replace(told, lately=(other, calm)), FIRST, [], PARAMS).reasons == ()
    assert advice(replace(told, lately=(other, other)), FIRST, [], PARAMS).reasons


def test_both_languages_say_the_same_things_with_the_same_numbers():
    english, indonesian = (texts(language, ROOM) for language in LANGUAGES)
    assert english.keys() == indonesian.keys()
    for key, said in english.items():
        fields = [set(re.findall(r"{(\w+)", text)) for text in (said, indonesian[key])]
        assert fields[0] == fields[1], key


def test_every_alarm_has_a_sentence_that_its_numbers_fill():
    for language in LANGUAGES:
        for code, told in CODES.items():
            one = Alarm(
                code=code,
                severity="act",
                about="source",
                name="orders",
                measured=0.3,
                needed=0.1,
                told=dict.fromkeys(told, 0.25),
            )
            said = sentence(language, "alarm", one.as_json())
            assert not re.search(r"[{}]|None", said)


def test_numbers_are_said_as_the_language_writes_them():
    told = {"code": "R05", "told": {"days": 1234, "most": 56}}
    assert "1,234 days" in sentence("en", "reason", told)
    assert "1.234 hari" in sentence("id", "reason", told)
    told = {
        "code": "D02",
        "name": "x",
        "told": {"before": 0.01234, "now": 98765.4, "deviations": 2},
    }
    assert "from 0.0123 to 98,765" in sentence("en", "alarm", told)


def test_limits_that_are_none_are_refused():
    with pytest.raises(ValueError, match="flips_most"):
        WatchParams(flips_most=1.2)
    with pytest.raises(ValueError, match="cooldown_days"):
        WatchParams(cooldown_days=0)


def test_reasons_tell_days_of_the_business():
    said = advice(replace(CALM, **WORSE["R01"]), FIRST, [], PARAMS).reasons[0].told["as_of"]
    assert said == "2026-10-22"
    assert FIRST.isoformat() == "2026-11-20T17:00:00+00:00"
