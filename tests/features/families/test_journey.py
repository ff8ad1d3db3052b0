"""The journey's features against a slow, obvious walk through what was told."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import polars as pl
import pytest
import wholes
from hypothesis import given
from wholes import EVERYBODY, EXITS, PARAMS, STAGES, VOCABULARY, days_between, known
from worlds import cutoffs_in

from features.build import build
from features.catalog import FeatureParams, Vocabulary
from features.contracts import EVENTS, STAGE_HISTORY
from features.families.journey import journey
from features.known.told import Told

FEATURES = tuple(journey(PARAMS, VOCABULARY))
WORDS = (*STAGES, *EXITS)
UTC_ZONE = ZoneInfo("UTC")
NIGHT = datetime(2026, 4, 6, tzinfo=UTC)


class Slow:
    """One customer at one cutoff; `entries` are what was known then, in order."""

    def __init__(self, entries: list[dict], cutoff: datetime) -> None:
        self.cutoff = cutoff
        self.stated = self.moves([one for one in entries if one["said_by"] != "rule"])
        self.derived = self.moves([one for one in entries if one["said_by"] == "rule"])
        self.path = self.stated or self.derived

    @staticmethod
    def moves(entries: list[dict]) -> list[tuple[str, datetime]]:
        path = []
        for entry in entries:
            if not path or path[-1][0] != entry["stage"]:
                path.append((entry["stage"], entry["entered_at"]))
        return path

    def days_from(self, at: datetime) -> float:
        return days_between(at, self.cutoff)

    def stage(self):
        return WORDS.index(self.path[-1][0]) if self.path else None

    def stage_before(self):
        return WORDS.index(self.path[-2][0]) if len(self.path) > 1 else None

    def stage_rank(self):
        here = self.path[-1][0] if self.path else None
        return STAGES.index(here) + 1 if here in STAGES else None

    def stage_rank_best(self):
        return max((STAGES.index(s) + 1 for s, _ in self.path if s in STAGES), default=None)

    def stage_ranks_below_best(self):
        here = self.stage_rank()
        return None if here is None else self.stage_rank_best() - here

    def days_in_stage(self):
        return self.days_from(self.path[-1][1]) if self.path else None

    def days_since_first_stage(self):
        return self.days_from(self.path[0][1]) if self.path else None

    def days_per_stage_left(self):
        spells = [days_between(a, b) for (_, a), (_, b) in pairwise(self.path)]
        return sum(spells) / len(spells) if spells else None

    def stages_disagree(self):
        if not self.stated or not self.derived:
            return None
        return float(self.stated[-1][0] != self.derived[-1][0])

    def days_since_stage(self, word):
        entered = [at for stage, at in self.path if stage == word]
        return self.days_from(entered[-1]) if entered else None

    def visits_to_stage(self, word):
        return sum(stage == word for stage, _ in self.path)

    def stage_moves(self, kind, days):
        number = 0
        for place in range(len(self.path)):
            stage, at = self.path[place]
            recent = days is None or at >= self.cutoff - timedelta(days=days)
            number += recent and self.is_of(kind, stage, [one for one, _ in self.path[:place]])
        return number

    @staticmethod
    def is_of(kind: str, stage: str, before: list[str]) -> bool:
        if not before:
            return False
        last = before[-1]
        both = stage in STAGES and last in STAGES
        return {
            "moves": True,
            "advances": both and STAGES.index(stage) > STAGES.index(last),
            "regressions": both and STAGES.index(stage) < STAGES.index(last),
            "exits": stage in EXITS,
            "reentries": stage in STAGES and last in EXITS,
            "returns": stage in before,
        }[kind]


def alike(got: float | None, expected: float | None) -> bool:
    if got is None or expected is None:
        return got is expected
    return got == pytest.approx(expected, rel=1e-12)


def assert_agrees(told: Told, zone: ZoneInfo) -> None:
    panel = build(told, EVERYBODY, cutoffs_in(zone), FEATURES, zone)
    for row in panel.iter_rows(named=True):
        entries = known(told, row["customer_id"], row["cutoff"])["stage_history"]
        slow = Slow(entries, row["cutoff"])
        for feature in FEATURES:
            arguments = {name: v for name, v in feature.arguments.items() if name != "ladder"}
            expected = getattr(slow, feature.function.__name__)(**arguments)
            assert alike(row[feature.name], expected), feature.name


@given(world=wholes.wholes())
def test_every_feature_agrees_with_the_slow_way(world):
    assert_agrees(*world)


def told_of(*entries: tuple[int, str, str]) -> Told:
    """Entries of one customer: days before the night, the stage, who says so."""
    rows = [
        {
            "customer_id": "a",
            "stage": stage,
            "entered_at": NIGHT - timedelta(days=days),
            "known_at": NIGHT - timedelta(days=days),
            "superseded_at": None,
            "direction": "stay",
            "said_by": voice,
        }
        for days, stage, voice in entries
    ]
    return Told(
        events=pl.DataFrame(schema=EVENTS.schema),
        stage_history=pl.DataFrame(rows, schema=STAGE_HISTORY.schema),
    )


def tonight(*entries: tuple[int, str, str]) -> dict:
    customers = pl.Series("customer_id", ["a"])
    return build(told_of(*entries), customers, [NIGHT], FEATURES, UTC_ZONE).row(0, named=True)


def test_a_journey_there_and_back():
    row = tonight(
        (90, "aware", "crm"), (60, "buying", "crm"), (40, "looking", "crm"), (40, "looking", "crm")
    )
    assert WORDS[int(row["stage"])] == "looking"
    assert WORDS[int(row["stage_before"])] == "buying"
    assert (row["stage_rank"], row["stage_rank_best"], row["stage_ranks_below_best"]) == (2, 3, 1)
    assert (row["days_in_stage"], row["days_per_stage_left"]) == (40, 25)
    assert (row["stage_moves"], row["stage_advances"], row["stage_regressions"]) == (2, 1, 1)
    assert (row["stage_moves_28d"], row["stage_moves_168d"]) == (0, 2)


def test_what_a_source_states_wins_over_the_rules_before_and_after_it():
    row = tonight((90, "buying", "rule"), (60, "aware", "crm"), (10, "gone", "rule"))
    assert WORDS[int(row["stage"])] == "aware"
    assert (row["days_since_first_stage"], row["stage_moves"]) == (60, 0)
    assert row["stage_rank_best"] == 1
    assert row["stages_disagree"] == 1


def test_out_and_back_in_is_an_exit_a_reentry_and_a_return():
    row = tonight(
        (50, "aware", "rule"), (40, "lost", "rule"), (30, "gone", "rule"), (9, "aware", "rule")
    )
    assert (row["stage_exits"], row["stage_reentries"], row["stage_returns"]) == (2, 1, 1)
    assert (row["stage_visits_aware"], row["stage_visits_lost"]) == (2, 1)
    assert row["stages_disagree"] is None


def test_a_word_that_is_no_stage_is_one_stage_out_of_the_order():
    row = tonight((50, "aware", "crm"), (30, "limbo", "crm"), (20, "haze", "crm"))
    assert row["stage"] == len(WORDS)
    assert row["stage_rank"] is None
    assert (row["days_in_stage"], row["stage_moves"], row["stage_exits"]) == (30, 1, 0)


def test_nothing_told_is_empty_or_zero():
    row = tonight()
    whole = {feature.name for feature in FEATURES if feature.whole}
    assert all(row[f.name] == (0 if f.name in whole else None) for f in FEATURES)


def test_without_stages_there_is_no_such_feature():
    assert not list(journey(FeatureParams(), Vocabulary(pairs=VOCABULARY.pairs)))
