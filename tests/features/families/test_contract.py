"""The features of contracts against a slow, obvious reading of the terms."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
import wholes
from hypothesis import given
from wholes import EVERYBODY, PARAMS, VOCABULARY, days_between, known
from worlds import cutoffs_in

from features.build import build
from features.catalog import FeatureParams, Vocabulary
from features.contracts import CONTRACTS, EVENTS
from features.families.contract import contract
from features.known.terms import contracts_at
from features.known.told import Told

FEATURES = tuple(contract(PARAMS, VOCABULARY))
UTC_ZONE = ZoneInfo("UTC")
NIGHT = datetime(2026, 4, 6, tzinfo=UTC)
FOR_EVER = datetime.max.replace(tzinfo=UTC)
MONTH = timedelta(days=30)


class Slow:
    """One customer at one cutoff; `terms` are what was known then, in order of their begin."""

    def __init__(self, terms: list[dict], cutoff: datetime) -> None:
        names = ("starts_at", "known_at", "source", "source_key")
        ordered = sorted(terms, key=lambda one: [one[name] for name in names])
        self.terms = [one | {"end": one["ends_at"] or FOR_EVER} for one in ordered]
        self.cutoff = cutoff
        self.running = [one for one in self.terms if one["end"] >= cutoff]
        self.term = self.running[-1] if self.running else None

    def before(self, term: dict) -> dict | None:
        earlier = self.terms[: self.terms.index(term)]
        same = [one for one in earlier if one["contract"] == term["contract"]]
        return same[-1] if same else None

    def price(self, term: dict | None) -> float | None:
        days = self.length(term)
        if days is None or term["amount"] is None:
            return None
        return term["amount"] / 10_000 * 30 / days

    def length(self, term: dict | None) -> float | None:
        if term is None or term["ends_at"] is None or term["ends_at"] <= term["starts_at"]:
            return None
        return days_between(term["starts_at"], term["ends_at"])

    def gaps(self) -> list[float]:
        """Days in which none ran, before each term that began after all others had ended."""
        found, until = [], None
        for one in self.terms:
            if until is not None and one["starts_at"] > until:
                found.append(days_between(until, one["starts_at"]))
            end = max(one["starts_at"], one["end"])
            until = end if until is None else max(until, end)
        return found

    def contract_active(self):
        return int(bool(self.running))

    def contracts_running(self):
        return len(self.running)

    def contract_terms(self):
        return len(self.terms)

    def days_to_contract_end(self):
        ends = [one["end"] for one in self.running]
        if not ends or FOR_EVER in ends:
            return None
        return days_between(self.cutoff, max(ends))

    def days_since_contract_end(self):
        if self.running or not self.terms:
            return None
        return days_between(max(one["end"] for one in self.terms), self.cutoff)

    def days_since_term_start(self):
        return days_between(self.term["starts_at"], self.cutoff) if self.term else None

    def contract_term_days(self):
        return self.length(self.term)

    def contract_elapsed_share(self):
        days = self.length(self.term)
        return None if days is None else self.days_since_term_start() / days

    def contract_amount_30d(self):
        return self.price(self.term)

    def contract_price_ratio(self):
        former = self.price(self.before(self.term)) if self.term else None
        now = self.price(self.term)
        return None if now is None or not former or former < 0 else now / former

    def contract_notice(self):
        return int(self.days_since_contract_notice() is not None)

    def days_since_contract_notice(self):
        given = self.term["cancelled_at"] if self.term else None
        return days_between(given, self.cutoff) if given and given < self.cutoff else None

    def contract_renewals(self):
        pairs = [(self.before(one), one) for one in self.terms]
        apart = [one["starts_at"] - b["ends_at"] for b, one in pairs if b and b["ends_at"]]
        return sum(-MONTH <= span < MONTH for span in apart)

    def contract_lapses(self):
        return len(self.gaps())

    def contract_lapsed_days(self):
        return sum(self.gaps())

    def days_under_contract(self):
        days, until = 0.0, None
        for one in self.terms:
            start = one["starts_at"] if until is None else max(until, one["starts_at"])
            end = min(one["end"], self.cutoff)
            if end > start:
                days += days_between(start, end)
            until = max(start, end)
        return days

    def contract_involuntary_ends(self):
        ended = [one for one in self.terms if one["end"] < self.cutoff]
        return sum(one["voluntary"] is False for one in ended)


def alike(got: float | None, expected: float | None) -> bool:
    if got is None or expected is None:
        return got is expected
    return got == pytest.approx(expected, rel=1e-9)


def assert_agrees(told: Told, zone: ZoneInfo) -> None:
    panel = build(told, EVERYBODY, cutoffs_in(zone), FEATURES, zone)
    for row in panel.iter_rows(named=True):
        terms = known(told, row["customer_id"], row["cutoff"])["contracts"]
        slow = Slow(terms, row["cutoff"])
        for feature in FEATURES:
            expected = getattr(slow, feature.name)()
            assert alike(row[feature.name], expected), feature.name


@given(world=wholes.wholes())
def test_every_feature_agrees_with_the_slow_way(world):
    assert_agrees(*world)


@given(world=wholes.wholes())
def test_rules_of_stages_are_told_the_same(world):
    told, zone = world
    for cutoff in cutoffs_in(zone):
        facts = contracts_at(told.contracts, cutoff)
        panel = build(told, facts["customer_id"], [cutoff], FEATURES, zone)
        for name in ("contract_active", "days_to_contract_end", "days_since_contract_end"):
            assert all(map(alike, panel[name], facts[name].cast(pl.Float64)))


def tonight(*terms: dict, night: datetime = NIGHT) -> dict:
    """Of one customer whose terms begin and end at an instant, or so many days before `NIGHT`."""
    rows = [
        {"customer_id": "a", "source": "billing", "source_key": f"{key}", "amount": 36_500_000}
        | {"known_at": NIGHT - timedelta(days=3_000)}
        | {name: day(value) if name.endswith("_at") else value for name, value in term.items()}
        for key, term in enumerate(terms)
    ]
    plain = [{name: row.get(name) for name in CONTRACTS.schema} for row in rows]
    told = Told(
        events=pl.DataFrame(schema=EVENTS.schema),
        contracts=pl.DataFrame(plain, schema=CONTRACTS.schema),
    )
    customers = pl.Series("customer_id", ["a"])
    return build(told, customers, [night], FEATURES, UTC_ZONE).row(0, named=True)


def day(when: int | datetime) -> datetime:
    return when if isinstance(when, datetime) else NIGHT - timedelta(days=when)


def test_a_year_renewed_for_a_higher_price():
    row = tonight(
        {"contract": "main", "starts_at": 400, "ends_at": 35},
        {"contract": "main", "starts_at": 30, "ends_at": -335, "amount": 73_000_000},
    )
    assert (row["contract_active"], row["days_to_contract_end"]) == (1, 335)
    assert (row["contract_term_days"], row["days_since_term_start"]) == (365, 30)
    assert (row["contract_amount_30d"], row["contract_price_ratio"]) == (600, 2)
    assert (row["contract_renewals"], row["contract_lapses"]) == (1, 1)
    assert (row["contract_lapsed_days"], row["days_under_contract"]) == (5, 395)


def test_a_successor_of_another_contract_or_a_month_too_late_is_no_renewal():
    other = tonight(
        {"contract": "a", "starts_at": 90, "ends_at": 60}, {"contract": "b", "starts_at": 60}
    )
    late = tonight({"starts_at": 90, "ends_at": 60}, {"starts_at": 30})
    in_time = tonight({"starts_at": 90, "ends_at": 60}, {"starts_at": 31})
    assert [row["contract_renewals"] for row in (other, late, in_time)] == [0, 0, 1]


def test_notice_that_is_given_later_is_not_known():
    given = tonight({"starts_at": 90, "ends_at": -10, "cancelled_at": 5})
    to_be = tonight({"starts_at": 90, "ends_at": -10, "cancelled_at": 0})
    assert (given["contract_notice"], given["days_since_contract_notice"]) == (1, 5)
    assert (to_be["contract_notice"], to_be["days_since_contract_notice"]) == (0, None)


def test_a_term_that_ends_at_the_cutoff_still_runs():
    row = tonight({"starts_at": 90, "ends_at": 0, "voluntary": False})
    assert (row["contract_active"], row["days_to_contract_end"]) == (1, 0)
    assert row["contract_involuntary_ends"] == 0


def test_a_term_without_end_has_neither_length_nor_price():
    row = tonight({"starts_at": 90})
    assert (row["contract_active"], row["days_under_contract"]) == (1, 90)
    empty = ("days_to_contract_end", "contract_term_days", "contract_amount_30d")
    assert [row[name] for name in empty] == [None, None, None]


def test_a_term_that_ends_before_it_begins_was_no_time_under_contract():
    row = tonight({"starts_at": 50, "ends_at": 80}, {"starts_at": 20, "ends_at": 10})
    assert (row["days_under_contract"], row["contract_lapsed_days"]) == (10, 30)


def test_the_leap_day_is_a_day():
    first, last = datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 3, 1, tzinfo=UTC)
    row = tonight({"starts_at": first, "ends_at": last}, night=datetime(2024, 2, 29, tzinfo=UTC))
    assert (row["contract_term_days"], row["days_to_contract_end"]) == (29, 1)


def test_no_contract_is_empty_or_zero():
    row = tonight()
    zero = {feature.name for feature in FEATURES if feature.whole}
    zero |= {"contract_lapsed_days", "days_under_contract"}
    assert all(row[f.name] == (0 if f.name in zero else None) for f in FEATURES)


def test_without_contracts_there_is_no_such_feature():
    assert not list(contract(FeatureParams(), Vocabulary(pairs=VOCABULARY.pairs)))
