"""`jejak pains`: words that are known, no personal data, and a mend that shows in the lake."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime

import journey_data as made
import pytest
from click.testing import CliRunner
from visits import CHANGED, CHANNELS, WORKSPACE, lay, stand, visits

from features.errors import WorkspaceInvalid
from pipelines.cli import main
from pipelines.loop.mending import against_of
from pipelines.settings.config import read_settings
from serving.journey.page import render
from serving.ledger import Pain

KNOWN = {
    "kind": ["drop_off", "wait"],
    "stage": ["trial", "paid"],
    "channel": [*CHANNELS],
    "persona": ["big", "other"],
}
HURTS = ["--channel", "whatsapp", "--owner", "service team", "--hypothesis", "answers come late"]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    rows = [f"c{number},2026-05-20,{name}" for number in range(5) for name in CHANNELS]
    return lay(tmp_path_factory.mktemp("small"), *rows)


def say(root, *words):
    told = CliRunner().invoke(main, ["pains", *words, "-w", str(root), "--json"])
    return told.exit_code, json.loads(told.stdout)


def place(**told):
    return {"kind": "drop_off", "stage": "", "channel": "", "persona": "", **told}


def other(**told):
    named = {"pain_id": "P009", "hypothesis": "h", "owner": "o", **place(**told)}
    return Pain(**named, opened_at=datetime(2026, 1, 1, tzinfo=UTC))


def test_the_comparison_is_the_same_place_elsewhere():
    assert against_of(place(channel="web", persona="big"), KNOWN, []) == {
        "by": "channel",
        "names": ["email", "whatsapp"],
    }
    assert against_of(place(persona="big"), KNOWN, [])["names"] == ["other"]
    assert against_of(place(kind="wait", stage="paid"), KNOWN, [])["names"] == ["trial"]
    told = against_of(place(channel="web", stage="paid"), KNOWN, [other(channel="email")])
    assert told["names"] == ["whatsapp"]
    elsewhere = other(channel="email", stage="trial")
    told = against_of(place(channel="web", stage="paid"), KNOWN, [elsewhere])
    assert told["names"] == ["email", "whatsapp"]


@pytest.mark.parametrize(
    ("told", "others"),
    [
        (place(), []),
        (place(stage="paid"), []),
        (place(persona="big"), [other(persona="other")]),
    ],
)
def test_what_has_no_comparison_is_not_opened(told, others):
    with pytest.raises(WorkspaceInvalid, match="compare it with"):
        against_of(told, KNOWN, others)


@pytest.mark.parametrize(
    ("words", "where", "mend"),
    [
        (["--kind", "dropoff"], "--kind", "did you mean `drop_off`?"),
        (["--stage", "retension"], "--stage", "did you mean `retention`?"),
        (["--channel", "whatsap"], "--channel", "did you mean `whatsapp`?"),
        (["--owner", "budi@warung.id"], "--owner", "name a team or a role"),
        (["--hypothesis", "call +62 812-3456-789"], "--hypothesis", "name a team or a role"),
    ],
)
def test_words_that_nobody_knows_and_persons_are_refused(small, words, where, mend):
    code, facts = say(small, "open", *HURTS, *words)
    assert (code, facts["where"]) == (2, where)
    assert facts["mend"].startswith(mend)


@pytest.mark.parametrize("kind", ["first_reply", "wait", "refund"])
def test_a_wait_that_no_data_tell_is_not_opened(small, kind):
    code, facts = say(small, "open", *HURTS, "--kind", kind)
    assert (code, facts["where"]) == (2, "--kind")
    assert "[features.roles]" in facts["mend"]


def test_a_pain_is_opened_closed_and_opened_again(small):
    code, facts = say(small, "open", *HURTS)
    assert (code, facts["pain"]["pain_id"]) == (0, "P001")
    code, facts = say(small, "changed", "P001", "--on", "2027-01-01")
    assert (code, facts["what"]) == (2, "2027-01-01 is not over yet")
    code, facts = say(small, "close", "P001", "--as", "not-mended", "--why", "nobody had time")
    assert (facts["pain"]["verdict"], facts["pain"]["state"]) == ("not mended", "closed")
    assert say(small, "reopen", "P001")[1]["pain"]["state"] == "open"
    told = CliRunner().invoke(main, ["pains", "-w", str(small)])
    assert "P001" in told.stdout
    assert "Nothing is changed yet." in told.stdout


def test_the_ledger_speaks_the_language_of_the_workspace(small, tmp_path):
    root = shutil.copytree(small, tmp_path / "warung")
    file = root / "jejak.toml"
    file.write_text(file.read_text().replace("[workspace]\n", '[workspace]\nlanguage = "id"\n', 1))
    say(root, "open", *HURTS)
    told = CliRunner().invoke(main, ["pains", "-w", str(root)])
    assert "Belum ada yang diubah." in told.stdout


@pytest.mark.slow
def test_the_ledger_of_an_earlier_day_stands_as_it_was_known_then(tmp_path):
    root = lay(
        tmp_path, *(f"c{day},2026-02-{day:02},{name}" for day in (1, 9) for name in CHANNELS)
    )
    for day, *words in (
        ("2026-03-01", "open", *HURTS),
        ("2026-04-01", "changed", "P001", "--on", "2026-03-20"),
        ("2026-05-01", "close", "P001", "--as", "mended", "--why", "all is well"),
    ):
        stand(root, day)
        assert say(root, *words)[0] == 0
    stand(root, "2026-06-01")
    days = ("2026-03-01", "2026-03-02", "2026-04-02", "2026-06-01")
    seen = [say(root, "--as-of", day)[1]["pains"] for day in days]
    assert seen[0] == [], "a day's entries are known from the next on"
    states = [(one["state"], (one["changed_at"] or "")[:10], one["verdict"]) for [one] in seen[1:]]
    assert states == [
        ("open", "", None),
        ("changed", "2026-03-20", None),
        ("closed", "2026-03-20", "mended"),
    ]
    assert say(root)[1]["pains"] == seen[-1]


def test_a_pain_of_the_report_is_opened_by_its_rank(small):
    found = made.pains()
    words = {"stage": "", "persona": "", "channel": ["whatsapp", "web", "call"]}
    page = render(made.material(pains=replace(found, frame=found.frame.assign(**words))))
    (small / "reports").mkdir()
    told = ("open", "--owner", "service team", "--hypothesis", "answers come late")
    code, facts = say(small, *told, "--from-report", "2")
    assert (code, facts["mend"]) == (2, "write one with `jejak report`")
    (small / "reports" / "journey.html").write_text(page, "utf-8")
    pain = say(small, *told, "--from-report", "2")[1]["pain"]
    assert (pain["kind"], pain["channel"], pain["stage"]) == ("resolution", "web", "")
    assert pain["against"]["by"] == "channel"
    code, facts = say(small, *told, "--from-report", "4")
    assert (code, facts["mend"]) == (2, "write a number from 1 to 3")
    code, facts = say(small, *told, "--from-report", "1", "--channel", "web")
    assert (code, facts["where"]) == (2, "--channel")
    code, facts = say(small, *told, "--from-report", "3")
    assert (code, facts["what"]) == (2, "'call' is no channel here")


def test_what_cannot_be_measured_is_said(small):
    code, facts = say(small, "open", *HURTS)
    name = facts["pain"]["pain_id"]
    assert say(small, "changed", name, "--on", "2026-01-01")[0] == 0
    code, facts = say(small, "--as-of", "2026-07-01")
    assert (code, facts["note"][:31]) == (0, "the lake is complete only until")
    assert [one["measure"] for one in facts["pains"]] == [None] * len(facts["pains"])
    code, facts = say(small)
    [measure] = [one["measure"] for one in facts["pains"] if one["pain_id"] == name]
    assert (facts["note"], measure["because"]) == ("", "too_early")


def test_every_mistake_in_the_journey_as_it_should_be_is_told(tmp_path):
    wanted = "[journey.targets.retension]\ndays_median = 9\n[journey.waits]\nrefund_hours = 0\n"
    (tmp_path / "jejak.toml").write_text(WORKSPACE + wanted)
    with pytest.raises(WorkspaceInvalid) as refused:
        read_settings(tmp_path / "jejak.toml")
    assert [str(one) for one in refused.value.mistakes] == [
        "journey.targets.retension: is no stage; did you mean `retention`?",
        "journey.waits.refund_hours: is 0; write hours above 0",
    ]


def test_options_before_the_verb_are_not_lost_in_silence(small):
    told = CliRunner().invoke(main, ["pains", "-w", str(small), "reopen", "P001"])
    assert told.exit_code == 2
    assert "write options after reopen" in told.stderr


@pytest.mark.slow
def test_a_mend_shows_in_the_lake_and_is_measured_once_a_day(tmp_path):
    root = lay(tmp_path, *visits())
    stand(root, "2025-11-05")
    assert say(root, "open", *HURTS)[0] == 0
    assert say(root, "changed", "P001", "--on", f"{CHANGED}")[0] == 0
    stand(root, "2026-06-01")
    early = say(root, "--as-of", "2025-11-10")[1]["pains"][0]["measure"]
    assert early["because"] == "too_early"
    measure = say(root)[1]["pains"][0]["measure"]
    assert (measure["verdict"], measure["because"]) == ("mended", "mended")
    assert measure["effect"]["high"] < -0.02
    assert measure["plain"]["high"] < -0.1
    assert measure["cells"]["before"]["observed"] > measure["cells"]["after"]["observed"] + 0.1
    assert say(root)[1]["pains"][0]["measure"] == measure
    told = CliRunner().invoke(main, ["pains", "-w", str(root)])
    assert "Mended: " in told.stdout
