"""One log of outreach: what sources tell, and what was drawn here."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import polars as pl

from features.contracts import OUTREACH
from features.outreach import OURS, known_by, one_log

ZONE = ZoneInfo("Asia/Jakarta")
NIGHT = datetime(2026, 3, 1, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)


def told(*rows: dict) -> pl.DataFrame:
    """The lake's table of these assignments."""
    usual = {"assigned_at": NIGHT, "known_at": NIGHT, "arm": "treated", "source": "crm"}
    keyed = [usual | {"source_key": str(place)} | row for place, row in enumerate(rows)]
    return pl.DataFrame(keyed, schema=dict(OUTREACH.schema))


def drawn(*rows: tuple) -> pd.DataFrame:
    names = ["customer_id", "arm", "probability", "action", "channel"]
    found = pd.DataFrame(rows, columns=names).assign(experiment="offer")
    return found.assign(assigned_at=pd.Timestamp(NIGHT).as_unit("us"))


def pairs(log: pl.DataFrame) -> list[tuple]:
    return log.select("customer_id", "arm", "source").rows()


def test_a_draw_of_ours_that_a_source_tells_too_counts_once_with_its_action():
    lake = told(
        {"customer_id": "a", "probability": 0.7},
        {"customer_id": "b", "arm": "control", "probability": 0.3, "assigned_at": NIGHT + 5 * HOUR},
    )
    ours = drawn(("a", "treated", 0.7, "call", "phone"), ("b", "control", 1 - 0.7, None, None))
    log = one_log(lake, ours, ZONE)
    assert pairs(log) == [("a", "treated", OURS), ("b", "control", OURS)]
    assert log["action"].to_list() == ["call", None]
    assert log["source_key"].to_list() == ["offer-a", "offer-b"]
    assert one_log(log, ours, ZONE).equals(log)


def test_other_draws_stay():
    lake = told(
        {"customer_id": "a", "probability": 0.5},
        {"customer_id": "a", "probability": 0.7, "assigned_at": NIGHT + 24 * HOUR},
        {"customer_id": "a", "arm": "control", "probability": 0.7},
        {"customer_id": "c"},
    )
    log = one_log(lake, drawn(("a", "treated", 0.7, None, None)), ZONE)
    assert log.height == lake.height + 1


def test_without_draws_of_ours_it_is_the_table_of_the_lake():
    lake = told({"customer_id": "a"})
    assert one_log(lake, drawn(), ZONE) is lake


def test_what_was_told_later_or_taken_back_is_not_known():
    lake = told(
        {"customer_id": "known"},
        {"customer_id": "late", "known_at": NIGHT + HOUR},
        {"customer_id": "taken back", "superseded_at": NIGHT + HOUR / 2},
        {"customer_id": "future", "assigned_at": NIGHT + HOUR},
    )
    assert known_by(lake, NIGHT + HOUR)["customer_id"].tolist() == ["known"]
    assert known_by(lake, NIGHT).empty
