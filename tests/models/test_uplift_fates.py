"""What became of those who were drawn, as the panel of a training would say it."""

from datetime import timedelta

import pandas as pd
import polars as pl
import pytest
from buyers import TARGET, WATERMARK, ZONE, buying, day, event, table

from features.contracts import CUSTOMERS, OUTREACH
from features.families.monetary import money
from features.known.past import EVERYTHING
from features.known.told import Told
from models.rows.panel import training_panel
from models.uplift import fates as module
from models.uplift.fates import Following, fates
from models.uplift.logged import held_out_in_vain, logged

WORTH = money(EVERYTHING, 42)
CUTOFFS = [pd.Timestamp(day(number)).as_unit("us") for number in (100, 130, 205)]
FOLLOWING = Following(
    target=TARGET, watermark=WATERMARK, zone=ZONE, worth=WORTH, contacts=("letter",)
)


def everyone() -> list[str]:
    return sorted(buying(90)["customer_id"].unique())


def draws() -> pd.DataFrame:
    """Each customer once, at one of three midnights; the last is not mature."""
    return pd.DataFrame(
        {
            "customer_id": pd.Series(everyone(), dtype="str"),
            "cutoff": [CUTOFFS[at % 3] for at in range(len(everyone()))],
        }
    )


def told(events: pl.DataFrame, customers: pl.DataFrame | None = None) -> list[Told]:
    """Two parts, each of other customers."""
    first = pl.col("customer_id").is_in(everyone()[::2])
    some = pl.DataFrame(schema=CUSTOMERS.schema) if customers is None else customers
    return [Told(events=events.filter(own), customers=some.filter(own)) for own in (first, ~first)]


@pytest.mark.parametrize("at_once", [1, 10**6])
def test_fates_and_worth_are_those_of_a_panel(monkeypatch, at_once):
    monkeypatch.setattr(module, "ROWS_AT_ONCE", at_once)
    found = fates(draws(), told(buying(90)), FOLLOWING)
    assert found["customer_id"].tolist() == everyone()
    panel = training_panel(
        told(buying(90)), CUTOFFS[:2], [WORTH], TARGET, watermark=WATERMARK, zone=ZONE
    )
    rows = {(row.customer_id, row.cutoff): row for row in panel.rows.itertuples()}
    for one in found.itertuples():
        row = rows.get((one.customer_id, one.cutoff))
        if one.cutoff == CUTOFFS[2]:
            assert (one.fate, one.matured_at > WATERMARK) == ("due", True)
        elif row is None:
            assert one.fate == "not_at_risk"
        else:
            assert one.fate == ("left" if row.label else "stayed")
            assert one.worth == getattr(row, WORTH.name)


def test_a_contact_counts_from_the_draw_until_the_label_window_is_over():
    customers = everyone()[::3][:5]
    end = 100 + TARGET.embargo_days + TARGET.horizon_days
    moments = [99.9, 100, 101, end - 0.1, end]
    letters = [event(*one, step="letter") for one in zip(customers, moments, strict=True)]
    plain = buying(90).filter(pl.col("step") != "letter")
    events = pl.concat(
        [plain, table(*letters).with_columns(source_key="letter" + pl.col("source_key"))]
    )
    found = fates(draws(), told(events), FOLLOWING).set_index("customer_id")
    assert found.loc[customers, "contacted"].tolist() == [False, True, True, True, False]
    elsewhere = Following(**{**vars(FOLLOWING), "channels": ["whatsapp"]})
    assert not fates(draws(), told(events), elsewhere)["contacted"].any()


def test_the_persona_is_the_one_known_at_the_draw():
    at = day(115)
    rows = [
        {"customer_id": who, "valid_from": at, "known_at": at, "source": "crm", "size": 900}
        for who in everyone()
    ]
    customers = pl.DataFrame(rows, schema_overrides=dict(CUSTOMERS.schema))
    by_size = Following(**{**vars(FOLLOWING), "personas": {"big": "size > 10"}})
    found = fates(draws(), told(buying(90), customers), by_size)
    big = found["persona"].eq("big")
    assert set(found.loc[big, "cutoff"]) == {CUTOFFS[1]}
    assert big.sum() == (found["cutoff"] == CUTOFFS[1]).sum()


def test_what_happens_after_the_window_changes_nothing():
    later = [event(who, 160.5) for who in everyone()]
    more = table(*later).with_columns(source_key="later" + pl.col("source_key"))
    first = fates(draws(), told(buying(90)), FOLLOWING)
    again = fates(draws(), told(pl.concat([buying(90), more])), FOLLOWING)
    pd.testing.assert_frame_equal(first, again)


def test_the_lakes_log_tells_draws_with_the_probability_of_being_treated():
    at = day(100.4)
    row = {"assigned_at": at, "known_at": at, "action": "credit", "channel": "call"}
    rows = [
        row | {"customer_id": "b", "arm": "control", "probability": 0.3, "source": "x"},
        row | {"customer_id": "a", "arm": "treated", "probability": 0.7, "source": "x"},
        row | {"customer_id": "c", "arm": "treated", "probability": None, "source": "x"},
        row | {"customer_id": "d", "arm": "treated", "probability": 0.5, "source": "y"},
        row
        | {"customer_id": "e", "arm": "treated", "probability": 0.5, "source": "x"}
        | {"assigned_at": at + timedelta(days=9)},
    ]
    keyed = [one | {"source_key": str(key)} for key, one in enumerate(rows)]
    outreach = pl.DataFrame(keyed, schema=dict(OUTREACH.schema))
    found = logged(outreach, at + timedelta(days=1), ZONE, source="x")
    assert found["customer_id"].tolist() == ["a", "b", "c"]
    assert found["probability"].fillna(-1).tolist() == pytest.approx([0.7, 0.7, -1])
    assert set(found["cutoff"]) == {CUTOFFS[0]}
    assert len(logged(outreach, at + timedelta(days=1), ZONE)) == 4


def test_who_is_held_out_and_treated_by_another_log_is_found():
    at = pd.Timestamp(day(100)).as_unit("us")
    ends = at + timedelta(days=15)
    rows = [("a", "control"), ("a", "treated"), ("b", "control"), ("c", "control")]
    drawn = pd.DataFrame(rows, columns=["customer_id", "arm"])
    drawn = drawn.assign(assigned_at=at, matured_at=ends)
    told = [("a", "treated", at), ("b", "treated", ends), ("c", "control", at)]
    log = pd.DataFrame(told, columns=["customer_id", "arm", "assigned_at"])
    assert held_out_in_vain(drawn, log).tolist() == [True, False, False, False]
