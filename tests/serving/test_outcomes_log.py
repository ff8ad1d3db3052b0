"""The log of outreach that the store keeps: arms, and the first play of those treated."""

import pandas as pd
import pytest
import sqlalchemy as sa
from nights import a_run

from serving.outcomes.log import LOG, enrolled
from serving.store import Store
from serving.store.tables import actions, enrolments


@pytest.fixture
def store(store_url):
    opened = Store(store_url)
    yield opened
    opened.close()


def drawn(customer, arm="treated", night=0, experiment="offer"):
    run = a_run(night)
    return {
        "experiment": experiment,
        "customer_id": customer,
        "arm": arm,
        "probability": 0.7 if arm == "treated" else 0.3,
        "stratum": "high",
        "run_id": run.run_id,
        "enrolled_at": run.as_of,
    }


def given(customer, action="call", night=0):
    run = a_run(night)
    told = {"run_id": run.run_id, "customer_id": customer, "as_of": run.as_of}
    return told | {"action": action, "channel": f"by {action}"}


def test_each_is_told_with_the_first_play_from_enrolment_on(store):
    def keep(connection):
        some = [drawn("a", night=1), drawn("b"), drawn("c", "control"), drawn("a", night=3)]
        some[-1]["experiment"] = "later"
        connection.execute(sa.insert(enrolments), some)
        plays = [given("a", "gift"), given("a", night=2), given("a", "mail", night=3)]
        connection.execute(sa.insert(actions), [*plays, given("b"), given("d")])

    store.write(keep)
    found = store.read(enrolled)
    told = found[["experiment", "customer_id", "arm", "action", "channel"]]
    assert told.astype(object).where(told.notna(), None).to_numpy().tolist() == [
        ["later", "a", "treated", "mail", "by mail"],
        ["offer", "b", "treated", "call", "by call"],
        ["offer", "c", "control", None, None],
        ["offer", "a", "treated", "call", "by call"],
    ]
    assert found["assigned_at"].tolist() == [pd.Timestamp(a_run(n).as_of) for n in (3, 0, 0, 1)]
    assert found["probability"].tolist() == [0.7, 0.7, 0.3, 0.7]
    later = store.read(lambda connection: enrolled(connection, "later"))
    assert later["customer_id"].tolist() == ["a"]


def test_nobody_drawn_is_an_empty_log(store):
    found = store.read(enrolled)
    assert found.empty
    assert {name: str(dtype) for name, dtype in found.dtypes.items()} == LOG
