"""What a person reads at the end, as it stands on a terminal of 80 columns."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from nights import a_night, a_ruled_night, a_run
from trials import a_trial

from models.judging.grades import Grade
from models.judging.promotion import Check, Verdict
from pipelines.terminal.summary import METRICS, show_decisions, show_end, show_scores, show_trial


@pytest.fixture(autouse=True)
def _narrow(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")


def a_measured_trial(**changed):
    """A trial with every metric of the model and both baselines, at one origin and pooled."""
    predictors = ("churn", "recency_rule", "rfm_regression")
    keys = list(product(predictors, ("2026-10-01", "pooled"), METRICS))
    metrics = pd.DataFrame(keys, columns=["predictor", "origin", "metric"])
    metrics = metrics.assign(value=0.861, low=0.849, high=0.872)
    metrics.loc[metrics["metric"] == "brier", ["value", "low", "high"]] = [0.091, np.nan, np.nan]
    counts = {"measured_rows": 6678, "measured_positives": 897}
    return a_trial(metrics=metrics, counts=counts, **changed)


TRIAL = """
Churn  grade A  (standard; model version 3)
  good in every respect

out of time                      model  recency rule  rfm regression
AUC                0.861 (0.849-0.872)         0.861           0.861
average precision  0.861 (0.849-0.872)         0.861           0.861
log loss           0.861 (0.849-0.872)         0.861           0.861
Brier score                      0.091         0.091           0.091
observed/expected  0.861 (0.849-0.872)         0.861           0.861
calibration error  0.861 (0.849-0.872)         0.861           0.861
macro F1           0.861 (0.849-0.872)         0.861           0.861
accuracy           0.861 (0.849-0.872)         0.861           0.861
lift, top 5 %      0.861 (0.849-0.872)         0.861           0.861
lift, top 10 %     0.861 (0.849-0.872)         0.861           0.861
lift, top 20 %     0.861 (0.849-0.872)         0.861           0.861
6,678 rows of customer and cutoff that the model had not seen (2026-10-01), 897
of them events; intervals hold 95 % of 500 draws of customers

This model is the champion now.
"""

SCORES = """
3 customers as of 2026-11-20 17:00 UTC, 2 at high risk; 548 EUR a year at risk
in the next 28 days (churn model version 1, grade A)

customer  risk  band    value at risk  first reason
c2         90%  high              328  quiet for 20 days
c1         50%  high              182  quiet for 20 days
c0         10%  medium             36  quiet for 20 days
"""


AGAINST = Verdict(checks=(Check("M01", passed=False, sentence="[auc] is not better"),))


def printed(capsys):
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    return "\n".join(line.rstrip() for line in lines) + "\n"


def test_a_trial_on_paper(capsys):
    show_trial(a_measured_trial(), 3, Verdict(checks=()))
    assert printed(capsys) == TRIAL


def test_what_speaks_against_a_trial_is_said(capsys):
    show_trial(a_measured_trial(), 3, AGAINST)
    text = printed(capsys)
    assert "Not promoted; it is kept as challenger" in text
    assert "  M01: [auc] is not better" in text


def test_who_forced_a_promotion_is_said(capsys):
    forced = replace(AGAINST, mode="force", forced_by="ani", forced_why="a [pilot]")
    show_trial(a_measured_trial(), 3, forced)
    text = printed(capsys)
    assert "This model is the champion now, by ani: a [pilot]. What speaks against it:" in text
    assert "  M01: [auc] is not better" in text


def test_a_night_on_paper(capsys):
    run = a_run()
    show_scores(run, a_night(run), "EUR")
    assert printed(capsys) == SCORES


def test_what_is_to_be_done_about_them_is_said(capsys):
    show_decisions(["Actions by rule: call 2.", "Arms: 2 treated."], suppressed=1234)
    said = ["", "Actions by rule: call 2.", "Arms: 2 treated.", "1,234 suppressed, and not scored."]
    assert printed(capsys).splitlines() == said
    show_decisions([], suppressed=0)
    assert capsys.readouterr().out == ""


def test_a_night_of_rules_promises_no_probability(capsys):
    run = replace(a_run(), tier="rules", grade="none")
    show_scores(run, a_ruled_night(["low", "high"]), "EUR")
    text = printed(capsys)
    assert "1 at high risk by rules, without a probability" in " ".join(text.split())
    assert "nan" not in text
    assert "%" not in text


def test_a_trial_that_measured_nothing_shows_no_table(capsys):
    nothing = a_measured_trial().metrics.head(0)
    reason = Grade("none", ("56 rows in the rarer of churned and stayed",))
    trial = replace(a_measured_trial(), metrics=nothing, grade=reason)
    show_trial(trial, 1, Verdict(checks=()))
    text = printed(capsys)
    assert "grade none" in text
    assert "56 rows" in text
    assert "out of time" not in text


def test_a_name_that_looks_like_markup_is_printed_as_it_is(capsys):
    run = a_run()
    names = ["[bold]", "[/red]", ":smile:"]
    show_scores(run, a_night(run, customer_ids=names), "EUR")
    text = printed(capsys)
    assert all(name in text for name in names)


def test_a_name_steers_no_terminal(capsys):
    run = a_run()
    show_scores(run, a_night(run, customer_ids=["a\x1b[31m", "b\x1b]0;title\x07", "c\nd"]), "EUR")
    text = printed(capsys)
    assert "\x1b" not in text
    assert "c d " in text


def test_places_are_told_from_here(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    show_end({"scores.csv": tmp_path / "out" / "scores.csv", "models": Path("/srv/mlflow.db")}, 61)
    assert printed(capsys) == (
        "\nscores.csv        out/scores.csv\nmodels            /srv/mlflow.db\nDone in 61 s.\n"
    )


def test_rows_that_outreach_may_have_changed_are_told(capsys):
    told = {"choice": "exclude", "rows": 857, "rows_held_out": 429}
    for rows, is_told in ((857, True), (0, False)):
        trial = a_measured_trial(lineage={"treated": told | {"rows": rows}})
        show_trial(trial, 3, Verdict(checks=()))
        said = " ".join(capsys.readouterr().out.split())
        sentence = "outreach may have changed 857 rows, 429 were held out of it"
        assert (sentence in said) == is_told
