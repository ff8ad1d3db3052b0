"""The likely matches as `jejak doctor` prints them: names only where a person asks."""

import json
from datetime import UTC, datetime

import pytest
from rich.console import Console

from features.identity.decisions import Decision, LikelyReport
from pipelines.data.checkup import Checkup
from pipelines.data.likeness import likely_facts, likeness

SEEN = {"source": "crm", "other_source": "survey", "one": "budi tan", "other": "bdui\ntan"}
REPORT = LikelyReport(
    threshold=0.95,
    records=1_200,
    learned_from=("address",),
    pairs=2,
    above=(
        Decision(probability=0.9512, joined=True, **SEEN),
        Decision(probability=0.99, joined=True, **SEEN),
    ),
    below=(
        Decision(probability=0.949, joined=False, **SEEN),
        Decision(probability=0.9, joined=False, **SEEN),
    ),
)


def printed(report, *, names):
    console = Console(width=90, highlight=False)
    with console.capture() as capture:
        console.print(likeness(report, names=names))
    return [line.rstrip() for line in capture.get().splitlines()]


def test_the_nearest_decisions_from_the_surest_down():
    assert printed(REPORT, names=False) == [
        "2 pairs of records are likely one person, from 0.95 on  probability  joined",
        "crm, survey                                                   0.990  yes",
        "crm, survey                                                   0.951  yes",
        "crm, survey                                                   0.949  no",
        "crm, survey                                                   0.900  no",
    ]


def test_names_on_request():
    assert "budi tan | bdui tan" in printed(REPORT, names=True)[1]


def test_too_few_to_learn_from():
    few = LikelyReport(threshold=0.9, records=7, learned_from=(), pairs=0, above=(), below=())
    assert printed(few, names=True)[0].startswith("7 records with a name and a place are too few")


@pytest.mark.parametrize("names", [False, True])
def test_no_name_is_among_the_facts(names):
    assert likely_facts(REPORT)["above"] == [0.9512, 0.99]
    checkup = Checkup(
        as_of=datetime(2026, 1, 1, tzinfo=UTC), findings=(), likely=REPORT, names=names
    )
    facts = json.dumps(checkup.facts())
    assert "0.949" in facts
    assert "budi" not in facts
    assert "bdui" not in repr(checkup)
