"""Stages and personas in the workspace file."""

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

STAGES = """
[stages]
order = ["trial", "customer"]
exits = ["gone"]
dwell_days = 3

[stages.rules]
gone = "days_since_last > 60"
customer = "contract_active"

[stages.stated]
"Closed Won" = "customer"

[personas]
big = "employees >= 250"

[[sources]]
name = "crm"
kind = "csv"
path = "sources/crm.csv"
table = "customers"
columns = { customer_id = "id", valid_from = "changed" }
attributes = ["employees"]
"""


def test_stages_and_personas_are_rules_in_the_order_of_the_file(read):
    settings = read(SHOP + STAGES)
    assert list(settings.stages.rules) == ["gone", "customer"]
    assert settings.stages.stated == {"Closed Won": "customer"}
    assert settings.personas == {"big": "employees >= 250"}
    assert read(SHOP).stages.rules == {}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('gone = "days_since_last > 60"', 'gnoe = "true"', "did you mean `gone`"),
        ("days_since_last > 60", "days_since_last >", "stages.rules.gone: cannot be read"),
        ('= "customer"\n\n[pers', '= "custommer"\n\n[pers', "did you mean `customer`"),
        ("dwell_days = 3", "dwell_days = 0", "stages.dwell_days"),
        ("employees >= 250", "employes >= 250", "did you mean `employees`"),
        ('"contract_active"', '"contract_activ"', "did you mean `contract_active`"),
        ('"contract_active"', "\"employes = '3'\"", "stages.rules.customer: reads employes"),
        ("days_since_last >", "days_since_lst >", "did you mean `days_since_last`"),
        ("days_since_last >", "events_stp_order_28d >", "stages.rules.gone: reads events_stp"),
        ("employees >= 250", "employees >=", "personas.big: cannot be read"),
        ('big = "employees >= 250"', "big = 3", "personas.big: is no rule"),
        ("big =", '" " =', "personas. : has no name"),
    ],
)
def test_what_is_wrong_with_stages_and_personas_is_told(read, old, new, told):
    assert old in STAGES
    with pytest.raises(SettingsInvalid) as refusal:
        read(SHOP + STAGES.replace(old, new))
    assert told in str(refusal.value)
    assert len(refusal.value.mistakes) == 1


def test_a_rule_may_read_words_that_no_event_has_yet(read):
    rules = (
        "events_step_trial_14d > 0 AND days_since_last_channel_web < 3 AND value_step_order_9d > 1"
        " AND overdue_ratio_p90_step_order > 2 AND days_since_first_step_top_10d > 1"
        " AND events_channel_web_7d + value_90d > 2 AND employees = '3'"
    )
    assert read(SHOP + STAGES.replace("contract_active", rules)).stages.rules["customer"] == rules


def test_the_guide_to_stages_shows_a_valid_section(read):
    guide = (Path(__file__).parents[2] / "docs" / "stages.md").read_text(encoding="utf-8")
    shown = re.findall(r"(?s)```toml\n(.*?)```", guide)[0]
    crm = STAGES[STAGES.index("[[sources]]") :].replace('["employees"]', '["employees", "city"]')
    settings = read(SHOP + shown + crm)
    assert next(iter(settings.stages.rules)) == "churned"
    assert set(settings.personas) == {"enterprise", "north"}
