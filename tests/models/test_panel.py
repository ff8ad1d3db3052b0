"""Who is at risk and who left: a plain oracle, and the borders by eye."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from buyers import TARGET, ZONE, day, event, table
from hypothesis import given
from worlds import cutoffs_in, visible, worlds

from features.catalog import FeatureParams, Vocabulary
from features.clock import shift
from features.errors import DataRefused, ModelRefused
from features.families import catalog
from features.known.told import Told
from models.rows.panel import PanelParams, scoring_panel, training_cutoffs, training_panel
from models.targets.inactivity import InactivityChurn

VISITS = InactivityChurn(
    steps=("visit", "email_click"), active_within_days=28, embargo_days=2, horizon_days=7
)


def labels(panel) -> dict:
    """Churned by customer and cutoff."""
    rows = panel.rows
    keys = zip(rows["customer_id"], rows["cutoff"], strict=True)
    return dict(zip(keys, rows["label"], strict=True))


def told_plainly(events, cutoffs, target: InactivityChurn, zone: ZoneInfo) -> dict:
    """The same from the definition, one customer and cutoff after another."""
    rows = [row for row in events.to_dicts() if row["step"] in target.steps]
    found = {}
    for cutoff in cutoffs:
        known = [row for row in visible(events, cutoff).to_dicts() if row["step"] in target.steps]
        start = shift(cutoff, target.embargo_days, zone)
        end = shift(cutoff, target.embargo_days + target.horizon_days, zone)
        for customer in {row["customer_id"] for row in rows}:
            active = cutoff - timedelta(days=target.active_within_days)
            own = [row for row in known if row["customer_id"] == customer]
            if any(active <= row["occurred_at"] for row in own):
                stayed = any(
                    start <= row["occurred_at"] < end and row["superseded_at"] is None
                    for row in rows
                    if row["customer_id"] == customer
                )
                found[customer, cutoff] = 0 if stayed else 1
    return found


@given(worlds())
def test_labels_are_what_the_definition_says(world):
    events, zone = world
    cutoffs = cutoffs_in(zone)
    expected = told_plainly(events, cutoffs, VISITS, zone)
    watermark = VISITS.matured_at(cutoffs[-1], zone)

    def build():
        return training_panel(
            [Told(events=events)], cutoffs, [], VISITS, watermark=watermark, zone=zone
        )

    if expected:
        assert labels(build()) == expected
    else:
        with pytest.raises(DataRefused, match="no customer had one of visit, email_click"):
            build()


def test_borders_by_eye():
    c = 100
    world = table(
        event("silent", c - 42),
        event("back at the start", c - 1),
        event("back at the start", c + 1),
        event("only in the embargo", c - 1),
        event("only in the embargo", c + 0.99),
        event("back at the end", c - 1),
        event("back at the end", c + 15),
        event("gone", c - 42.01),
        event("comes at the cutoff", c),
        event("letters only", c - 3, "letter"),
    )
    panel = training_panel(
        [Told(events=world)], [day(c)], [], TARGET, watermark=day(c + 15), zone=ZONE
    )
    assert {customer: churned for (customer, _), churned in labels(panel).items()} == {
        "silent": 1,
        "back at the start": 0,
        "only in the embargo": 1,
        "back at the end": 1,
    }
    assert panel.not_at_risk == 3
    assert (panel.rows["matured_at"] == day(c + 15)).all()


def test_what_was_known_late_puts_nobody_at_risk():
    late = event("late", 99) | {"known_at": day(101)}
    panel = scoring_panel(
        [Told(events=table(late, event("known", 99)))], [day(100)], [], TARGET, zone=ZONE
    )
    assert panel.rows["customer_id"].tolist() == ["known"]


def test_an_unripe_label_does_not_exist():
    world = table(event("a", 99), event("a", 104))
    with pytest.raises(ModelRefused, match="use cutoffs up to") as refusal:
        training_panel(
            [Told(events=world)], [day(100)], [], TARGET, watermark=day(114.9), zone=ZONE
        )
    assert f"{day(99):%Y-%m-%d}" in str(refusal.value)


def test_training_cutoffs_are_mature_and_have_a_past():
    world = table(event("a", 3.5, "letter"), event("a", 10.5), event("a", 90))
    params = PanelParams(every_days=14, history_days=30)
    cutoffs = training_cutoffs([Told(events=world)], day(100), TARGET, params, ZONE)
    assert cutoffs == [day(43), day(57), day(71), day(85)]
    assert training_cutoffs([Told(events=world)], day(50), TARGET, params, ZONE) == []
    assert (
        training_cutoffs(
            [Told(events=table(event("a", 1, "letter")))], day(100), TARGET, params, ZONE
        )
        == []
    )


def test_an_event_that_was_corrected_away_is_no_history():
    wrong = event("a", -400) | {"superseded_at": day(20)}
    params = PanelParams(every_days=14, history_days=30)
    told = [event("a", 10.5), event("a", 90)]
    cutoffs = training_cutoffs([Told(events=table(wrong, *told))], day(100), TARGET, params, ZONE)
    assert cutoffs == training_cutoffs([Told(events=table(*told))], day(100), TARGET, params, ZONE)


def test_one_event_of_long_ago_does_not_stretch_the_panel():
    world = table(event("a", -15_000), event("a", 90))
    params = PanelParams(every_days=14, history_days=30, cutoffs=2)
    assert training_cutoffs([Told(events=world)], day(100), TARGET, params, ZONE) == [
        day(71),
        day(85),
    ]


def test_training_and_scoring_see_the_same_features():
    world = table(event("a", 80), event("a", 99, value=50_000), event("b", 95), event("b", 110))
    words = Vocabulary(pairs=(("store", "order"),), steps_with_value=("order",))
    features = catalog(FeatureParams(windows_days=(14, 28)), words).features
    learned = training_panel(
        [Told(events=world)], [day(100)], features, TARGET, watermark=day(115), zone=ZONE
    )
    scored = scoring_panel([Told(events=world)], [day(100)], features, TARGET, zone=ZONE)
    columns = list(scored.rows.columns)
    assert learned.rows[columns].equals(scored.rows)
    assert {"rfm_recency_days", "rfm_events", "rfm_money", "rfm_tenure_days"} <= set(columns)
    assert scored.rows.set_index("customer_id").loc["a", "rfm_money"] == 5.0


def test_several_steps_count_as_one():
    both = InactivityChurn(steps=("order", "letter"), active_within_days=42, horizon_days=14)
    world = table(event("a", 90), event("a", 97, "letter"), event("a", 70, value=10_000))
    row = scoring_panel([Told(events=world)], [day(100)], [], both, zone=ZONE).rows.iloc[0]
    assert row["rfm_recency_days"] == 3
    assert row["rfm_events"] == 3
    assert row["rfm_tenure_days"] == 30
    assert row["rfm_money"] == 1.0


@pytest.mark.parametrize("common", [0.0, 1.0])
def test_a_definition_under_which_all_do_the_same_is_refused(common):
    churned = np.full(1000, common)
    churned[0] = 1 - common
    with pytest.raises(ModelRefused, match="change horizon_days"):
        TARGET.check_base_rate(churned)
    churned[1:3] = 1 - common
    TARGET.check_base_rate(churned)
