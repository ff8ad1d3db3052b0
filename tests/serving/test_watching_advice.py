"""Whether to retrain, for which reasons, and what is said of it in both languages."""

import re
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from nights import FIRST

from models.bootstrap import Interval
from models.drift.alarm import CODES, Alarm
from serving.pages.words import LANGUAGES, texts
from serving.watching import WatchParams
from serving.watching.matured import plain
from serving.watching.records import Kept
from serving.watching.retraining import Advice, Evidence, advice
from serving.watching.words import ROOM, sentence

PARAMS = WatchParams()
DAY = timedelta(days=1)


def kept(night=0, **facts):
    return Kept(run_id=f"run {night}", as_of=FIRST + night * DAY, facts=facts)


def true(*, left=60, **metrics):
    told = {name: plain(Interval(*value)) for name, value in metrics.items()}
    return kept(-30, true=told, model_version=1, alone=300, left_alone=left)


def alarm(code, severity="act", name="orders"):
    return Alarm(code=code, severity=severity, about="source", name=name, measured=1, needed=0)


CALM = Evidence(
    matured=true(
        auc=(0.80, 0.78, 0.82),
        average_precision=(0.50, 0.46, 0.54),
        observed_over_expected=(1.05, 0.95, 1.15),
    ),
    backtest={
        "auc": Interval(0.81, 0.80, 0.82),
        "average_precision": Interval(0.52, 0.50, 0.54),
    },
    alarms=[alarm("D01", "warn"), alarm("W01", "warn")],
    age_days=20,
    data="lake 1",
    zone=ZoneInfo("Asia/Jakarta"),
)

WORSE = {
    "R01": {"matured": true(auc=(0.75, 0.73, 0.77))},
    "R02": {"matured": true(average_precision=(0.40, 0.37, 0.43))},
    "R03": {"matured": true(observed_over_expected=(1.3, 1.1, 1.5))},
    "R04": {"alarms": [alarm("D02", name="days_since_order")]},
    "R05": {"age_days": 57},
    "R06": {"alarms": [alarm("D13", "warn", "kiosk")]},
}


def test_a_calm_champion_needs_nothing():
    assert advice(CALM, FIRST, [], PARAMS) == Advice(data="lake 1")
    assert advice(replace(CALM, matured=None, backtest={}), FIRST, [], PARAMS).verdict == "nothing"


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
        true(average_precision=(0.40, 0.10, 0.70)),
        true(observed_over_expected=(1.3, 0.9, 1.9)),
        true(observed_over_expected=(1.1, 1.05, 1.15)),
        true(left=3, auc=(0.30, 0.28, 0.32), average_precision=(0.1, 0.1, 0.1)),
        true(left=297, auc=(0.30, 0.28, 0.32), average_precision=(0.1, 0.1, 0.1)),
        kept(-30, skipped="no_probability"),
    ],
)
def test_chance_and_little_are_no_reason(matured):
    assert advice(replace(CALM, matured=matured), FIRST, [], PARAMS).reasons == ()


def test_broken_data_are_mended_before_anything_is_learned_from_them():
    evidence = replace(CALM, age_days=90, alarms=[alarm("D10"), alarm("D14", "warn", "web")])
    found = advice(evidence, FIRST, [], replace(PARAMS, retrain="start"))
    assert (found.verdict, found.mend_first, found.waits_for) == ("mend", ("orders",), "mend")
    assert not found.start


def test_a_retraining_starts_once_for_the_same_reasons_and_data_and_then_cools_down():
    params, old = replace(PARAMS, retrain="start"), replace(CALM, age_days=90)
    first = advice(old, FIRST, [], params)
    assert first.start
    begun = kept(0, started={"reasons": ["R05"], "data": "lake 1"})
    days = [0, 13, 14, 15]
    nights = [advice(replace(old, data="2"), FIRST + day * DAY, [begun], params) for day in days]
    assert [one.start for one in nights] == [False, False, True, True]
    assert nights[0].waits_for == "cooldown"
    assert not advice(old, FIRST + 40 * DAY, [begun], params).start
    assert advice(old, FIRST + 40 * DAY, [kept(0, started=None)], params).start


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
