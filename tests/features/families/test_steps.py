"""Features of steps in their order against a slow, obvious walk through the events."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
import wholes
from hypothesis import given
from hypothesis import strategies as st
from wholes import EVERYBODY, PARAMS, VOCABULARY, known
from worlds import cutoffs_in

from features.build import build
from features.catalog import FeatureParams, Vocabulary
from features.contracts import EVENTS
from features.families.steps import parts, steps
from features.known.told import Told

FEATURES = tuple(steps(PARAMS, VOCABULARY))
FEW = Vocabulary(pairs=(("web", "visit"), ("app", "visit"), ("web", "order")))
UTC_ZONE = ZoneInfo("UTC")
NIGHT = datetime(2026, 4, 6, tzinfo=UTC)


class Slow:
    """One customer at one cutoff; `events` are what was known then, in order."""

    def __init__(self, events: list[dict], cutoff: datetime) -> None:
        self.events = events
        self.cutoff = cutoff

    def told(self, words) -> list[int]:
        """The place of each event's word, or one more than the last."""
        column, all_words = words.column, list(words.known)
        return [
            all_words.index(one[column]) if one[column] in all_words else len(all_words)
            for one in self.events
        ]

    def recent(self, place: int, days: int) -> bool:
        return self.events[place]["occurred_at"] >= self.cutoff - timedelta(days=days)

    def word_back(self, words, nth):
        told = self.told(words)
        return told[-nth] if len(told) >= nth else None

    def run_at_end(self, words):
        told = self.told(words)
        run = 0
        while run < len(told) and told[-1 - run] == told[-1]:
            run += 1
        return run

    def loops(self, words, days):
        told = self.told(words)
        return sum(
            told[at] == told[at - 2] != told[at - 1] and self.recent(at, days)
            for at in range(2, len(told))
        )

    def repeat_share(self, words, days):
        told = self.told(words)
        recent = [at for at in range(len(told)) if self.recent(at, days)]
        again = [at for at in recent if at > 0 and told[at] == told[at - 1]]
        return len(again) / len(recent) if recent else None

    def pairs(self, parts, pair, days):
        before, after = (parts[place] for place in pair)
        return sum(
            self.events[at - 1]["step"] in before
            and self.events[at]["step"] in after
            and self.recent(at, days)
            for at in range(1, len(self.events))
        )


def alike(got: float | None, expected: float | None) -> bool:
    if got is None or expected is None:
        return got is expected
    return got == pytest.approx(expected, rel=1e-12)


@given(world=wholes.wholes(), few=st.booleans())
def test_every_feature_agrees_with_the_slow_way(world, few):
    told, zone = world
    features = tuple(steps(PARAMS, FEW)) if few else FEATURES
    panel = build(told, EVERYBODY, cutoffs_in(zone), features, zone)
    for row in panel.iter_rows(named=True):
        slow = Slow(known(told, row["customer_id"], row["cutoff"])["events"], row["cutoff"])
        for feature in features:
            expected = getattr(slow, feature.function.__name__)(**feature.arguments)
            assert alike(row[feature.name], expected), feature.name


def told_of(*events: tuple[int, str, str]) -> Told:
    """Events of one customer: days before the night, channel, step; in the order of their keys."""
    rows = [
        {
            "customer_id": "a",
            "occurred_at": NIGHT - timedelta(days=days),
            "channel": channel,
            "step": step,
            "value": None,
            "sentiment": None,
            "known_at": NIGHT - timedelta(days=days),
            "superseded_at": None,
            "source": "log",
            "source_key": f"{key:07}",
        }
        for key, (days, channel, step) in enumerate(events)
    ]
    return Told(events=pl.DataFrame(rows, schema=EVENTS.schema))


def tonight(told: Told) -> dict:
    features = tuple(steps(FeatureParams(windows_days=(7, 28)), FEW))
    customers = pl.Series("customer_id", ["a"])
    return build(told, customers, [NIGHT], features, UTC_ZONE).row(0, named=True)


def test_the_last_steps_loops_and_pairs():
    row = tonight(
        told_of(
            (40, "web", "order"),
            (9, "web", "visit"),
            (8, "web", "order"),
            (6, "web", "visit"),
            (5, "app", "visit"),
        )
    )
    order, visit = 0, 1
    assert [row[f"last_step_{nth}"] for nth in range(1, 6)] == [visit, visit, order, visit, order]
    assert (row["last_channel_1"], row["last_channel_2"]) == (0, 1)
    assert (row["same_step_run"], row["same_channel_run"]) == (2, 1)
    assert (row["step_loops_7d"], row["step_loops_28d"]) == (1, 2)
    assert (row["step_repeat_share_7d"], row["step_repeat_share_28d"]) == (0.5, 0.25)
    assert row["pairs_order_then_visit_28d"] == 2
    assert row["pairs_order_then_order_28d"] == 0


def test_a_step_never_seen_is_one_more_than_the_last_and_breaks_pairs():
    row = tonight(told_of((3, "web", "order"), (2, "fax", "faxed"), (1, "web", "order")))
    assert (row["last_step_2"], row["last_channel_2"]) == (2, 2)
    assert (row["step_loops_28d"], row["pairs_order_then_order_28d"]) == (1, 0)


def test_events_of_one_instant_stand_in_the_order_of_their_keys():
    told = told_of(*[(1, "web", "order")] * 3, (1, "web", "visit"))
    row = tonight(Told(events=told.events.reverse()))
    assert (row["last_step_1"], row["last_step_2"]) == (1, 0)
    assert row["pairs_order_then_order_28d"] == 2


def test_a_million_events_of_one_customer():
    one = told_of((1, "web", "visit")).events.drop("source_key")
    keys = pl.Series("source_key", range(1_000_000)).cast(pl.String)
    row = tonight(Told(events=one[[0] * 1_000_000].with_columns(keys), ordered=True))
    assert (row["same_step_run"], row["pairs_visit_then_visit_28d"]) == (1_000_000, 999_999)


def test_nobody_has_neither_steps_nor_pairs():
    row = tonight(told_of())
    told = {name: value for name, value in row.items() if name not in {"customer_id", "cutoff"}}
    assert {*told.values()} == {0, None}


def test_pairs_are_told_of_five_parts_at_most():
    assert list(parts(PARAMS, VOCABULARY)) == [
        "purchase",
        "ticket_opened",
        "message_in",
        "campaign_answered",
        "offer_sent",
    ]
    assert list(parts(PARAMS, FEW)) == ["order", "visit"]
    strange = Vocabulary(
        pairs=tuple(("web", f"step{number}") for number in range(6)), steps_with_value=("step4",)
    )
    assert parts(PARAMS, strange) == {"step4": ("step4",)}


def test_a_step_that_plays_two_roles_counts_in_the_first():
    roles = {"refund": ("purchase", "refund"), "offer_sent": ("offer_sent",)}
    found = parts(FeatureParams(roles=roles), VOCABULARY)
    assert found["purchase"] == ("purchase",)
    twice = FeatureParams(roles={"message_in": ("ticket_opened", "message_in")})
    assert parts(twice, VOCABULARY)["message_in"] == ("message_in",)
