"""The first screen: numbers that can be checked by eye, and what follows from the verdict."""

from dataclasses import replace

import pandas as pd
import pytest
import reported

from models.evidence.tables import Evidence, table
from models.judging.grades import Grade
from models.learned.ruled import UNGRADED
from models.uplift.adoption import Adoption, adopt
from serving.pages.words import LANGUAGES, Words, texts
from serving.reports.facts import facts
from serving.reports.material import Material
from serving.reports.page import ROOM
from serving.reports.summary import summary


def material(trial=None, evidence=None, verdict=None, language="en", currency="USD"):
    return Material(
        trial=trial or reported.a_trial(),
        evidence=evidence or reported.evidence(),
        verdict=verdict or reported.a_verdict(),
        words=Words(language, ROOM),
        currency=currency,
    )


def rows(name, *values):
    return table(name, pd.DataFrame(values, columns=table(name).columns))


CALIBRATION = rows(
    "calibration",
    ("churn", "churned", 1, 500, 0.05, 0.06, 0.04, 0.08),
    ("churn", "churned", 2, 500, 0.20, 0.20, 0.15, 0.25),
)
LIFT = rows(
    "lift",
    ("churn", "churned", 0.05, 0.2, 4.0),
    ("churn", "churned", 0.1, 0.37, 3.7),
    ("recency_rule", "churned", 0.1, 0.3, 3.0),
)
PROFIT = rows(
    "profit",
    ("churn", 0.0, 0.0),
    ("churn", 0.2, 2.4),
    ("churn", 0.3, 2.0),
    ("recency_rule", 0.2, 1.9),
    ("recency_rule", 0.3, 9.9),
)


def told(*, profit_share=0.21, profit=PROFIT, **changed):
    evidence = Evidence(
        calibration=CALIBRATION,
        lift=LIFT,
        profit=profit,
        profit_cut=0.164,
        profit_share=profit_share,
    )
    return [(one.number, one.sentence) for one in facts(material(evidence=evidence, **changed))]


def test_hits_are_lift_times_the_base_rate():
    number, sentence = told()[0]
    assert number == "4.8 of 10"  # lift 3.7 of a base rate of 13 %
    assert sentence.replace("\xa0", " ").startswith("of the 10 % called first")
    assert "1.3 of 10" in sentence


def test_captured_is_the_share_of_all_who_leave():
    assert told()[1][0] == "37\xa0%"


def test_money_is_that_of_the_share_above_the_profit_cut():
    number, sentence = told()[2]
    assert number == "US$\xa02,400"
    assert "By the best simple rule: US$\xa01,900." in sentence


def test_a_rival_is_no_simple_rule():
    trial = reported.a_trial()
    other = replace(trial, differences=trial.differences.replace("recency_rule", "rfm_regression"))
    assert "By the best simple rule" not in told(trial=other)[2][1]


@pytest.mark.parametrize("share", [0.0, float("nan")])
def test_no_money_where_no_contact_pays(share):
    assert told(profit_share=share)[2] == (
        "US$\xa00",
        "No contact would have paid under the workspace's assumptions.",
    )


@pytest.mark.parametrize(
    ("ratio", "said"),
    [(1.04, "104 planned"), (1.2, "120 more"), (0.8, "80 fewer")],
)
def test_the_level_is_left_for_every_hundred_predicted(ratio, said):
    trial = reported.a_trial()
    level = trial.metrics["metric"].eq("observed_over_expected")
    values = trial.metrics["value"].mask(level, ratio)
    number, sentence = told(trial=replace(trial, metrics=trial.metrics.assign(value=values)))[3]
    assert number == said.split()[0]
    assert said.split()[1] in sentence


def test_several_outcomes_are_told_by_hits_and_surprise():
    many = list(facts(material(reported.several(), reported.several_evidence())))
    assert many[0].number == "62 of 100"
    assert many[1].number == "16\xa0%"  # a log loss of .895 against 1.067
    assert "Markov chain" in many[1].sentence
    assert all("stay" not in fact.sentence for fact in many[2:])
    assert len(many) == 4


def test_a_model_worse_than_its_rule_says_so():
    trial = reported.several()
    swapped = trial.metrics["predictor"].replace({"progression": "markov", "markov": "progression"})
    worse = trial.metrics.assign(predictor=swapped)
    worse = pd.concat([worse[worse["predictor"].eq(name)] for name in reported.PROGRESSION])
    many = list(facts(material(replace(trial, metrics=worse), reported.several_evidence())))
    assert many[1].sentence.startswith("more surprise")


def test_nothing_told_makes_no_facts():
    bare = reported.a_trial()
    bare = replace(bare, metrics=bare.metrics[bare.metrics["metric"].eq("auc")])
    assert list(facts(material(bare, Evidence()))) == []


def test_promoted():
    one = summary(material())
    assert (one.letter, one.mark, one.is_promoted) == ("A", "good", True)
    assert one.decision.startswith("Promoted.")
    assert one.against == []
    assert one.following[0].startswith("Nothing to set up")
    assert "control group" in one.following[-1]


def test_kept_says_what_speaks_against_it():
    one = summary(material(verdict=reported.a_verdict(["M03", "M06"])))
    assert not one.is_promoted
    assert one.against == [
        "It is not better than the champion.",
        "Its probabilities are too far off.",
    ]
    assert any("--promote force" in step for step in one.following)


def test_never_asked():
    one = summary(material(verdict=reported.a_verdict(mode="never")))
    assert one.decision.startswith("Not promoted, because that was not asked for.")


def test_forced_names_who_and_why():
    forced = reported.a_verdict(["M03"], mode="force", forced_by="Sari", forced_why="new prices")
    one = summary(material(verdict=forced))
    assert one.is_promoted
    assert one.decision == "Promoted by Sari against the checks: new prices"


def test_an_alarm_comes_first():
    leak = reported.leakage().assign(passed=[True, False, True, True])
    evidence = reported.evidence(leakage=leak)
    alarmed = material(reported.a_trial(), evidence)
    one = summary(alarmed)
    assert one.mark == "bad"
    assert one.grade.startswith("Not to be used. Something suggests")
    assert one.following[0].startswith("Look at the leakage audit")


def test_totals_far_off_and_a_weak_date_are_cautions():
    trial = reported.a_trial()
    weak = trial.metrics["origin"].eq("2026-09-01") & trial.metrics["metric"].eq("auc")
    far = trial.metrics["metric"].eq("observed_over_expected")
    values = trial.metrics["value"].mask(weak, 0.7).mask(far, 1.4)
    steps = summary(material(replace(trial, metrics=trial.metrics.assign(value=values)))).following
    assert any("40\xa0%" in step for step in steps)
    assert any("1 September 2026" in step for step in steps)
    assert not any("weakest" in step for step in summary(material()).following)


def test_the_order_of_outreach_is_a_rule_until_experiments_prove_it():
    several = material(reported.several(), reported.several_evidence())
    for told in (material(), several, replace(material(), adoption=adopt(None))):
        title, text, _ = summary(told).rule
        assert title == "A rule, not a proof"
        assert "until an experiment has measured it" in text
        assert "control group" in summary(told).following[-1]
    assert summary(replace(material(), adoption=adopt(None))).rule[2] == adopt(None).sentence


def test_a_proved_order_is_called_proved():
    proved = Adoption(adopted=True, sentence="Qini 4.2")
    one = summary(replace(material(), adoption=proved))
    assert one.rule[0] == "Proved by an experiment"
    assert one.rule[2] == "Qini 4.2"
    assert not any("control group" in step for step in one.following)


def test_an_experimental_tier_asks_for_history():
    model = replace(reported.a_trial().model, tier="experimental")
    steps = summary(material(reported.a_trial(model=model))).following
    assert any("500" in step for step in steps)


@pytest.mark.parametrize("letter", ["A", "B", "C", "F", UNGRADED])
@pytest.mark.parametrize("tier", ["standard", "experimental", "rules"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_grade_and_tier_has_its_words(letter, tier, language):
    model = replace(reported.a_trial().model, tier=tier)
    graded = reported.a_trial(grade=Grade(letter, ("why",)), model=model)
    one = summary(material(graded, language=language))
    assert one.grade == texts(language, ROOM)[f"grade.{letter}"]
    assert one.tier == texts(language, ROOM)[f"tier.{tier}"]
