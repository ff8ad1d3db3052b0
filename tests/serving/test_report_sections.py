"""What the sections of a report say of trials that are out of the ordinary."""

import re
from dataclasses import replace

import pytest
import reported
from pages import Page

from models.evidence.tables import Evidence
from models.judging.grades import Grade
from models.learned.ruled import UNGRADED
from models.targets.progression import Progression

MOST_BYTES = 1_500_000


def test_commands_are_code():
    html = reported.rendered(reported.undated(), Evidence(), reported.a_verdict(["M03"]))
    assert "<code>jejak retrain --promote force</code>" in html
    assert "`" not in html


def test_rules_without_a_model_have_a_page_too():
    trial = reported.a_trial(grade=Grade(UNGRADED, ("too few",)))
    nothing = {"metrics": trial.metrics.head(0), "differences": trial.differences.head(0)}
    page = Page(reported.rendered(replace(trial, **nothing), Evidence()))
    assert page.wrong == []
    assert "No grade." in page.text


def test_rivals_without_a_margin_stand_beside_the_model():
    trial = reported.a_trial()
    judged = trial.differences["baseline"].eq("recency_rule")
    text = Page(
        reported.rendered(replace(trial, differences=trial.differences[judged]), Evidence())
    ).text
    assert "RFM regression" in text


def test_stages_stand_in_their_order():
    model = replace(reported.a_trial().model, target=Progression(order=reported.STAGES))
    backwards = reported.transitions().iloc[::-1]
    trial = reported.several(model=model)
    html = reported.rendered(trial, Evidence(transitions=backwards.reset_index(drop=True)))
    rows = re.findall(r'<th scope="row"[^>]*>\s*<span>(\w+)</span>', html)
    assert [name for name in rows if name in reported.STAGES] == list(reported.STAGES)


def test_a_segment_is_marked_only_beyond_chance():
    few, many, near = (
        {"rows": 57, "base_rate": 0.45, "predicted": 0.34, "observed_over_expected": 1.32},
        {"rows": 2225, "base_rate": 0.10, "predicted": 0.08, "observed_over_expected": 1.25},
        {"rows": 90000, "base_rate": 0.105, "predicted": 0.1, "observed_over_expected": 1.05},
    )
    rows = reported.segments().head(3).assign(by="tenure")
    rows = rows.assign(**{name: [few[name], many[name], near[name]] for name in few})
    text = Page(reported.rendered(reported.undated(), Evidence(segments=rows))).text
    assert "▲ 1.25" in text
    assert "▲ 1.32" not in text
    assert "▲ 1.05" not in text


def test_attributes_of_the_business_are_shown_when_asked_for():
    rows = reported.segments().assign(by=["tenure"] * 3 + ["income"] * 3)
    html = reported.rendered(reported.undated(), Evidence(segments=rows))
    folded = re.findall(r"<details><summary>([^<]*)</summary>", html)
    assert folded == ["By income", "Parameters"]


def test_of_many_outcomes_the_commonest_are_drawn():
    steps = [f"step_{number:02}" for number in range(15)]
    many = reported.evidence(reported.NEXT_STEP, steps)
    evidence = Evidence(calibration=many.calibration, lift=many.lift, scores=many.scores)
    html = reported.rendered(reported.several(reported.NEXT_STEP), evidence)
    drawn = re.findall(r'id="(?:calibration|ranking|scores)\d+-chart">([^<]*)<', html)
    assert drawn == [name.replace("_", " ") for name in steps[:6]] * 3
    assert Page(html).text.count("Shown are the 6 commonest of 15 outcomes.") == 3
    assert len(html.encode()) < MOST_BYTES


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        ("exclude", "1,200 rows of customers who were treated are left out: from 90 days before"),
        ("controls", "left out, from their first treatment on"),
        ("weight", "stand for them, each for up to 5.0"),
        ("keep", "risk is told too low"),
    ],
)
def test_it_is_said_how_treated_customers_were_settled(choice, says):
    settled = {"choice": choice, "rows": 1200, "rows_held_out": 0, "largest_weight": 5.0}
    settled |= {"effect_days": 90} if choice in {"exclude", "keep"} else {}
    trial = reported.a_trial()
    told = replace(trial, lineage={**trial.lineage, "treated": settled})
    text = Page(reported.rendered(told, Evidence())).text
    assert says in text
    assert "Nobody among them was held out" in text
    assert "treated.choice" not in text
