"""`jejak doctor` on stages and personas, and what `jejak ingest` refuses of their rules."""

import json

import pytest
from click.testing import CliRunner
from shops import CUSTOMERS, make_shop

from pipelines.cli import main

pytestmark = pytest.mark.slow

STAGES = """
[stages]
order = ["aware", "loyal"]
exits = ["gone"]

[stages.rules]
loyal = "days_since_last < 40"
gone = "true"

[personas]
big = "size = 'big'"

[[sources]]
name = "crm"
kind = "csv"
path = "sources/crm.csv"
table = "stages"
columns = { customer_id = "id", stage = "deal", entered_at = "since" }
required = false

[[sources]]
name = "sizes"
kind = "csv"
path = "sources/crm.csv"
table = "customers"
columns = { customer_id = "id", valid_from = "since" }
attributes = ["size"]
required = false
"""
CRM = f"""id,since,deal,size
{CUSTOMERS}000,2025-12-01,aware,big
{CUSTOMERS}001,2025-12-01,Prospct,small
"""


@pytest.fixture
def shop(tmp_path):
    """A shop whose CRM states stages and knows how big some customers are."""
    root = make_shop(tmp_path / "shop")
    with (root / "jejak.toml").open("a", encoding="utf-8") as file:
        file.write(STAGES)
    (root / "sources" / "crm.csv").write_text(CRM, encoding="utf-8")
    return root


def rewrite(shop, old, new):
    path = shop / "jejak.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def jejak(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def told(shop):
    return json.loads(jejak("doctor", "-w", shop, "--json").stdout)


def test_where_customers_stand_is_told(shop):
    assert jejak("ingest", "-w", shop).exit_code == 0
    facts = told(shop)
    severities = {one["code"]: one["severity"] for one in facts["findings"]}
    assert (severities["J01"], severities["J02"], severities["J03"]) == ("warn", "note", "ok")
    rule = facts["stages"]["rule"]
    assert sum(rule.values()) == 250
    assert min(rule["loyal"], rule["gone"]) > 20
    assert facts["stages"]["crm"] == {"aware": 1, "loyal": 0, "gone": 0}
    assert facts["personas"] == {"big": 1, "other": 1}
    assert "customers by stage, as told by" in jejak("doctor", "-w", shop).stdout


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("days_since_last <", "days_since_lst <", "did you mean `days_since_last`?"),
        ("size = 'big'", "sizes = 'big'", "did you mean `size`?"),
    ],
)
def test_a_rule_about_nothing_is_told_before_anything_is_read(shop, old, new, said):
    rewrite(shop, old, new)
    for verb in ("doctor", "ingest"):
        done = jejak(verb, "-w", shop)
        assert done.exit_code == 2
        assert said in done.stderr
    assert not (shop / "lake").exists()


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("events_step_ordre_28d > 1", "did you mean `events_step_order_28d`?"),
        ("size > 3", "compare a fact with values of its own type"),
    ],
)
def test_a_rule_that_ingest_refuses_is_told_and_leaves_the_lake(shop, rule, said):
    jejak("ingest", "-w", shop)
    manifest = (shop / "lake" / "manifest.json").read_bytes()
    rewrite(shop, "days_since_last < 40", rule)
    (found,) = [one for one in told(shop)["findings"] if one["code"] == "J05"]
    assert found["severity"] == "stop"
    assert said in found["mends"][0]
    done = jejak("ingest", "-w", shop)
    assert done.exit_code == 2
    assert "stages.rules.loyal" in done.stderr
    assert said in done.stderr
    assert (shop / "lake" / "manifest.json").read_bytes() == manifest
