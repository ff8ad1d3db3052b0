"""Plays and the experiment in the workspace file."""

import re
from pathlib import Path

import pytest

from pipelines.settings.mistakes import SettingsInvalid

SHOP = """
[workspace]
name = "Warung"

[churn]
steps = ["order"]

[[sources]]
name = "orders"
kind = "csv"
path = "sources/orders.csv"
columns = { customer_id = "who", occurred_at = "at", channel = "'store'", step = "'order'" }
"""

PLAYS = """
[progression]

[stages]
order = ["trial", "customer"]

[[plays]]
name = "call"
action = "Call"
channel = "call"
when = ["silence.order", "staying_silence", "tickets_waiting"]
stages = ["trial"]
bands = ["high", "medium"]
cost = 3

[experiment]
name = "spring"
control_share = 0.2
shares = { high = 0.1 }
"""


def test_plays_keep_their_order_and_an_experiment_its_shares(read):
    settings = read(SHOP + PLAYS + '[[plays]]\nname = "b"\naction = "B"\nchannel = "c"\n')
    assert [play.name for play in settings.plays] == ["call", "b"]
    assert settings.plays[0].cost == 3.0
    assert settings.plays[1].bands == ("high",)
    assert settings.experiment is not None
    assert settings.experiment.share("high") == 0.1
    assert read(SHOP).plays == ()
    assert read(SHOP).experiment is None


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"silence.order"', '"silnce"', "plays[0].when: 'silnce' is no code and no theme"),
        ('"medium"]', '"low"]', "plays[0].bands: customers of band low are given no reasons"),
        ('"medium"]', '"top"]', "plays[0].bands[1]: is 'top'"),
        ('["trial"]\nbands', '["trail"]\nbands', "plays[0].stages: 'trail' is no stage"),
        ("[progression]", "", "plays[0].stages: no model tells where customers stand"),
        ("cost = 3", "cost = -3", "plays[0].cost: is -3.0; write an amount"),
        ("cost = 3", "csot = 3", "did you mean `cost`"),
        ("control_share = 0.2", "control_share = 1.2", "experiment.control_share: is 1.2"),
        ("high = 0.1", "high = 0", "experiment.shares: is 0.0"),
        ('"spring"', '"Spring!"', "experiment.name: is 'Spring!'"),
        (
            "[experiment]",
            '[[plays]]\nname = "call"\naction = "A"\nchannel = "c"\n[experiment]',
            "plays[1].name: 'call' is used twice",
        ),
    ],
)
def test_what_is_wrong_with_plays_and_experiments_is_told(read, old, new, told):
    assert old in PLAYS
    with pytest.raises(SettingsInvalid) as refusal:
        read(SHOP + PLAYS.replace(old, new))
    assert told in str(refusal.value)
    assert len(refusal.value.mistakes) == 1


def test_plays_that_are_no_list_are_refused(read):
    with pytest.raises(SettingsInvalid, match=r"headed \[\[plays\]\]"):
        read(SHOP + '[plays]\nname = "call"\n')


def test_the_guide_shows_a_valid_playbook(read):
    guide = (Path(__file__).parents[2] / "docs" / "deciding.md").read_text(encoding="utf-8")
    settings = read(SHOP + re.findall(r"(?s)```toml\n(.*?)```", guide)[0])
    assert [play.name for play in settings.plays] == ["call-back", "win-back", "check-in"]
    assert settings.experiment is not None
