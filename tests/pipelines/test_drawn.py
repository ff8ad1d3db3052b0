"""Who was treated and who was held out: of the lake's log, the store's draws and its actions."""

import shutil
from datetime import timedelta

import pandas as pd
import polars as pl
import pytest
import sqlalchemy as sa
from nights import a_run
from shops import make_shop

from features.contracts import OUTREACH
from pipelines.loop.drawn import drawn_of
from pipelines.workspace import open_workspace
from serving.store import Store
from serving.store.tables import actions, enrolments

NIGHT = a_run(1).as_of
LATER = a_run(30).as_of


class Lake:
    """A lake of this log alone."""

    def __init__(self, *rows: dict) -> None:
        usual = {"known_at": NIGHT, "assigned_at": NIGHT, "source": "log"}
        keyed = [usual | {"source_key": str(place)} | row for place, row in enumerate(rows)]
        self.log = pl.DataFrame(keyed, schema=dict(OUTREACH.schema))

    def table(self, name: str) -> pl.DataFrame:
        assert name == "outreach"
        return self.log


@pytest.fixture
def workspace(tmp_path):
    return open_workspace(make_shop(tmp_path / "shop", rows=[]))


@pytest.fixture
def stored(workspace, empty_store):
    """The workspace with a store that drew two customers and gave three of them something."""
    shutil.copyfile(empty_store, workspace.store)

    def keep(connection):
        run = {"run_id": "r", "stratum": "high", "experiment": "offer", "enrolled_at": NIGHT}
        some = [("a", "treated", 0.7), ("b", "control", 0.3)]
        rows = [run | {"customer_id": c, "arm": arm, "probability": p} for c, arm, p in some]
        connection.execute(sa.insert(enrolments), rows)
        act = {"action": "call", "channel": "phone"}
        given = [("a", 0, 1), ("a", 1, 30), ("z", 0, 1), ("z", 2, 1)]
        gifts = [
            act | {"customer_id": c, "run_id": f"r{r}", "as_of": a_run(n).as_of}
            for c, r, n in given
        ]
        connection.execute(sa.insert(actions), gifts)

    store = Store(workspace.store_url)
    store.write(keep)
    store.close()
    return workspace


def who(frame: pd.DataFrame) -> list[tuple]:
    days = (frame["assigned_at"] - pd.Timestamp(NIGHT)).dt.days
    return sorted(zip(frame["customer_id"], frame["arm"], days, strict=True))


def test_before_there_is_a_store_the_lake_alone_tells(workspace):
    drawn = drawn_of(workspace, Lake({"customer_id": "x", "arm": "treated"}))
    assert who(drawn.by(LATER)) == [("x", "treated", 0)]
    assert not workspace.store.exists()
    assert drawn_of(workspace, Lake()).by(LATER).empty


def test_whoever_was_drawn_or_given_an_action_is_told(stored):
    lake = Lake({"customer_id": "x", "arm": "control"}, {"customer_id": "a", "arm": "treated"})
    drawn = drawn_of(stored, lake)
    everyone = [("a", "treated", 0), ("a", "treated", 0), ("a", "treated", 0), ("b", "control", 0)]
    everyone += [("x", "control", 0), ("z", "treated", 0)]
    assert who(drawn.by(LATER)) == everyone
    assert who(drawn.by(LATER + timedelta(days=1))) == sorted([*everyone, ("a", "treated", 29)])
    assert drawn.by(NIGHT).empty
    assert drawn.digest(LATER) != drawn.digest(LATER + timedelta(days=1))


def test_what_was_drawn_is_a_log_that_uplift_can_learn_from(stored):
    mirrored = {"customer_id": "b", "arm": "control", "probability": 0.3}
    log = drawn_of(stored, Lake(mirrored)).log
    told = log.select("customer_id", "arm", "probability", "action", "channel").rows()
    assert told == [("a", "treated", 0.7, "call", "phone"), ("b", "control", 0.3, None, None)]
