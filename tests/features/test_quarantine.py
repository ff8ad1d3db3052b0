"""The quarantine: every reason that the sources give is known and counted."""

import re
from pathlib import Path

import polars as pl

from features import quarantine
from features.contracts import INPUTS, QUARANTINE, check
from features.sources import cells, reading, roles


def test_every_reason_given_has_a_meaning():
    code = "".join(Path(module.__file__).read_text() for module in (cells, reading, roles))
    given = set(re.findall(r'"((?:no|bad|too|not)_[a-z_]+|duplicate)"', code))
    required = {
        f"no_{column.name}"
        for table in INPUTS.values()
        for column in roles.expected(table)
        if not column.nullable and not roles.is_instant(column)
    }
    known = given | required | {"broken_row"}
    assert known - {"no_customer_id", "no_source_key"} == set(quarantine.REASONS)


def test_entries_have_the_contract_and_an_order_of_their_own():
    rows = pl.DataFrame(
        {"row": [9, 2], "reason": ["no_step", "bad_time"], "column": ["step", "known_at"]}
    )
    table = quarantine.entries("calls", rows)
    check(QUARANTINE, table)
    assert table.rows() == [
        ("calls", None, 2, "bad_time", "known_at"),
        ("calls", None, 9, "no_step", "step"),
    ]
    assert quarantine.broken("calls", [3]).rows() == [("calls", None, 3, "broken_row", None)]


def test_reasons_are_counted_in_one_order():
    table = quarantine.broken("calls", [1])
    more = quarantine.entries(
        "calls",
        pl.DataFrame({"row": [4, 5], "reason": ["duplicate"] * 2, "column": ["source_key"] * 2}),
    )
    counts = quarantine.by_reason(pl.concat([more, table]))
    assert list(counts.items()) == [("broken_row", 1), ("duplicate", 2)]
    assert quarantine.by_reason(quarantine.empty()) == {}


def test_the_guide_explains_every_reason():
    guide = (Path(quarantine.__file__).parents[1] / "docs" / "sources.md").read_text()
    section = guide.partition("\n## Quarantine\n")[2].partition("\n## ")[0]
    rows = re.findall(r"(?m)^\| (`[a-z_`, ]+) \|", section)
    assert re.findall(r"[a-z_]+", " ".join(rows)) == list(quarantine.REASONS)
