"""A night whose watching fails, by the real flow: it stays published, and somebody is told."""

from contextlib import closing

import pytest
from running import told
from shops import CUSTOMERS

from pipelines.flows.steps import as_step
from pipelines.night import nightly
from serving.store import Store

pytestmark = pytest.mark.slow


def test_a_look_that_fails_leaves_the_night_published_and_says_so(shop, prefect, monkeypatch):
    def watch(*_, **__):
        raise KeyError(f"{CUSTOMERS}001")

    monkeypatch.setattr(nightly, "watch", as_step(watch))
    facts, said = told(shop, "nightly")
    assert facts["is_new"] is True
    assert facts["watch"]["failed"].startswith("something unexpected: KeyError")
    with closing(Store(f"sqlite:///{shop / 'jejak.db'}")) as store:
        assert store.published().run.run_id == facts["run_id"]
    monkeypatch.undo()
    again, _ = told(shop, "nightly")
    assert again["is_new"] is False
    assert again["watch"] == {"verdict": "nothing", "reasons": []}
    assert CUSTOMERS not in str(facts) + str(again) + said
