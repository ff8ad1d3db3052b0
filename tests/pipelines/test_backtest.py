"""Which days are lived again, what is kept of them, and what interrupts nothing."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pandas as pd
import polars as pl
import pytest
from shops import make_shop, orders
from stored import in_lake

from features import durable
from features.contracts import EVENTS
from features.errors import DataRefused
from features.known.told import Told
from pipelines.training.backtested import Backtested
from pipelines.training.replaying import Wanted, planned
from pipelines.workspace import open_workspace

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FACTS = {
    "model": {"grade": "B", "promoted": True},
    "rows": 4,
    "churned": 2,
    "metrics": {
        name: {"auc": 0.8, "log_loss": 0.3, "observed_over_expected": None, "lift_10": 2.0}
        for name in ("churn", "recency_rule")
    },
    "contacts": {"contacted": 2, "left": 1, "expected": 30.0, "observed": 20.0},
}
ROWS = pd.DataFrame(
    {
        "label": [1, 0, 1, 0],
        "churn": [0.9, 0.2, 0.4, 0.5],
        "recency_rule": [0.5, 0.5, 0.6, 0.4],
        "customer": [1, 2, 3, 4],
    }
)


def events() -> pl.DataFrame:
    rows = [
        {
            "customer_id": row["customer"],
            "occurred_at": at,
            "known_at": at,
            "channel": row["channel"],
            "step": "order",
            "value": 1,
            "sentiment": None,
            "source": "orders",
            "source_key": row["order"],
        }
        for row in orders(customers=5)
        for at in [datetime.fromisoformat(row["ordered_at"])]
    ]
    return pl.DataFrame(rows, schema=dict(EVENTS.schema), orient="row")


@pytest.fixture
def shop(tmp_path):
    return open_workspace(make_shop(tmp_path / "shop", rows=[]))


@pytest.fixture
def snapshot(shop):
    return in_lake(Told(events=events()), shop.lake, partitions=2).snapshot


def test_months_have_a_history_behind_them_and_are_mature(shop, snapshot):
    replay = planned(shop, snapshot, NOW, Wanted())
    first = events()["occurred_at"].min()
    target = shop.settings.churn
    needed = timedelta(days=shop.settings.panel.history_days + target.lead_days)
    assert replay.days
    assert all(day.day == 1 for day in replay.days)
    assert replay.cutoff(replay.days[0]) >= first + needed - timedelta(days=1)
    assert replay.cutoff(replay.days[-1]) + timedelta(days=target.lead_days) <= NOW
    months = [(day.year, day.month) for day in replay.days]
    assert months == sorted(set(months))
    assert len(months) == 12 * (months[-1][0] - months[0][0]) + months[-1][1] - months[0][1] + 1


def test_days_may_be_bounded_and_be_of_any_distance(shop, snapshot):
    every = planned(shop, snapshot, NOW, Wanted(every_days=10)).days
    assert {later - day for day, later in pairwise(every)} == {timedelta(days=10)}
    bounded = planned(
        shop, snapshot, NOW, Wanted(since=date(2026, 1, 1), until=date(2026, 2, 1))
    ).days
    assert bounded == (date(2026, 1, 1), date(2026, 2, 1))
    with pytest.raises(DataRefused, match="no such day"):
        planned(shop, snapshot, NOW, Wanted(since=date(2026, 2, 20)))


def test_other_settings_or_data_begin_anew_and_say_so(shop, snapshot, capsys):
    first = planned(shop, snapshot, NOW, Wanted())
    first.keep(first.days[0], FACTS, ROWS)
    assert planned(shop, snapshot, NOW, Wanted(every_days=7)).folder == first.folder
    assert capsys.readouterr().err == ""
    params = replace(shop.settings.model, leaves=3)
    other = replace(shop, settings=replace(shop.settings, model=params))
    anew = planned(other, snapshot, NOW, Wanted())
    assert anew.folder != first.folder
    assert "begins anew" in capsys.readouterr().err
    assert list(anew.missing()) == list(anew.days)
    assert planned(shop, snapshot, NOW - timedelta(days=1), Wanted()).folder != first.folder


def test_a_day_is_kept_whole_or_not_at_all(shop, snapshot, monkeypatch):
    replay = planned(shop, snapshot, NOW, Wanted())
    day = replay.days[0]
    whole = durable.write_bytes
    for writes in (0, 1):
        left = [writes]

        def write_or_die(path, content, left=left):
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
            whole(path, content)

        monkeypatch.setattr(durable, "write_bytes", write_or_die)
        with pytest.raises(KeyboardInterrupt):
            replay.keep(day, FACTS, ROWS)
        assert day in replay.missing()
    monkeypatch.undo()
    replay.keep(day, FACTS, ROWS)
    assert day not in replay.missing()
    assert replay.facts(day) == {"day": f"{day}", "refused": "", **FACTS}
    assert replay.rows(day).drop(columns="day").equals(ROWS)


def test_the_summary_tells_every_day_and_all_together(shop, snapshot, capsys):
    replay = planned(shop, snapshot, NOW, Wanted())
    refused, *lived = replay.days
    replay.keep(refused, {"refused": "too few"})
    for day in lived:
        replay.keep(day, FACTS, ROWS)
    done = Backtested(replay)
    facts = done.facts()
    assert facts["profit"] == 20.0 * len(lived)
    assert [day["day"] for day in facts["days"]] == [f"{day}" for day in replay.days]
    pooled = [row for row in facts["pooled"] if row["origin"] == "pooled"]
    assert {row["predictor"] for row in pooled} == {"churn", "recency_rule"}
    done.text(1.0)
    said = capsys.readouterr().out
    assert f"{refused}: too few" in said
    assert all(f"{day}" in said for day in lived)
    assert "together" in said
    assert f"{len(lived)} of {len(lived)}" in said


def test_a_backtest_of_refused_days_alone_says_why(shop, snapshot, capsys):
    replay = planned(shop, snapshot, NOW, Wanted())
    for day in replay.days:
        replay.keep(day, {"refused": "too few"})
    done = Backtested(replay)
    assert done.facts()["pooled"] == []
    done.text(1.0)
    assert capsys.readouterr().out.count("too few") == len(replay.days)
