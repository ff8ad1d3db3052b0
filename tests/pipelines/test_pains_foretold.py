"""What the churn model had expected at a pain, beside the file of visits itself."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import journey_data as made
import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from nights import a_night, a_run
from visits import lay, stand, visits

from pipelines.data.ingest import snapshot_until
from pipelines.loop.foretold import foretold_of
from pipelines.loop.hurting import question_of
from pipelines.workspace import open_workspace
from serving.store import Store
from serving.store.tables import actions

NIGHTS = (date(2025, 7, 1), date(2025, 8, 1))
OVERLAPS, GIVEN_AT = date(2025, 7, 20), datetime(2025, 7, 15, tzinfo=UTC)
CONTACTED = range(2, 400, 3)


def midnight(day):
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def of_night(day, customers):
    """A run and its scores: everyone who visited in the 28 days before, none of them likely."""
    at = midnight(day)
    run = replace(a_run(), run_id=f"{day}", as_of=at, expires_at=at + timedelta(days=29))
    chances = np.array([0.05 + int(one[1:]) % 7 / 50 for one in customers])
    return run, a_night(run, len(customers), customer_ids=customers, probabilities=chances)


@pytest.mark.slow
def test_what_the_model_had_expected_at_a_pain_is_what_its_nights_said(tmp_path):
    """One by one: who was scored, what was said of them, who came again."""
    root = lay(tmp_path, *visits())
    stand(root, "2025-10-01")
    told = pd.read_csv(root / "visits.csv", parse_dates=["at"])
    told["at"] = told["at"].dt.tz_localize("UTC")
    workspace = open_workspace(root)
    expected, left, scored = 0.0, 0, 0
    with closing(Store(workspace.store_url)) as store:
        given = [
            {"run_id": "one", "customer_id": f"c{number}", "as_of": GIVEN_AT}
            | {"action": "call", "channel": "call"}
            for number in CONTACTED
        ]
        store.write(lambda connection: connection.execute(sa.insert(actions), given))
        for day in sorted((*NIGHTS, OVERLAPS)):
            at, days = midnight(day), told["at"] - midnight(day)
            seen = told.loc[days.between(timedelta(days=-28), timedelta(0), inclusive="left")]
            customers = sorted(seen["who"].unique())
            run, scores = of_night(day, customers)
            store.publish(run, scores, published_at=at)
            if day == OVERLAPS:
                continue
            later = days.between(timedelta(days=1), timedelta(days=29), inclusive="left")
            again = {*told.loc[later, "who"]}
            for one in scores.itertuples():
                number = int(one.customer_id[1:])
                if number % 3 == 2 and number not in CONTACTED:
                    scored, expected = scored + 1, expected + one.churn_probability
                    left += one.customer_id not in again
    cutoff = workspace.cutoff(None)
    snapshot = snapshot_until(workspace, cutoff)
    question = question_of(workspace, snapshot, cutoff)
    found = replace(made.pains(), frame=made.pains().frame.assign(stage="", persona=""))
    [first, *others] = foretold_of(workspace, snapshot, question, found, cutoff).frame.itertuples()
    assert (first.scored, first.left) == (scored, left)
    assert first.expected == pytest.approx(expected)
    assert first.low > 1.5, "of WhatsApp far more left than was said"
    assert [one.scored for one in others] == [0, 0]
    before = midnight(date(2025, 7, 29))
    assert foretold_of(workspace, snapshot, question, found, before) is None
