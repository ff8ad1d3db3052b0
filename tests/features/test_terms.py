"""What contracts say at a cutoff: borders by eye."""

from datetime import UTC, datetime, timedelta

import polars as pl

from features.contracts import CONTRACTS
from features.known.terms import contracts_at

CUTOFF = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1) / DAY


def term(customer, start=-365, end=None, known=None, until=None) -> dict:
    """A term by days from the cutoff; fractions are exact."""
    at = {
        "starts_at": start,
        "ends_at": end,
        "known_at": start if known is None else known,
        "superseded_at": until,
    }
    instants = {name: None if days is None else CUTOFF + days * DAY for name, days in at.items()}
    return {"customer_id": customer, "source": "crm", "source_key": "", **instants}


def facts(*terms: dict) -> dict[str, tuple]:
    rows = pl.DataFrame(
        [{name: row.get(name) for name in CONTRACTS.schema} for row in terms],
        schema=CONTRACTS.schema,
    )
    return {customer: told for customer, *told in contracts_at(rows, CUTOFF).iter_rows()}


def test_a_term_runs_until_the_instant_after_its_end():
    assert facts(
        term("runs", end=30),
        term("ends at the cutoff", end=0),
        term("ended just before", end=-INSTANT),
        term("ended", end=-7),
        term("open", end=None),
    ) == {
        "runs": [True, 30.0, None],
        "ends at the cutoff": [True, 0.0, None],
        "ended just before": [False, None, INSTANT],
        "ended": [False, None, 7.0],
        "open": [True, None, None],
    }


def test_of_several_terms_the_last_end_counts():
    assert facts(
        term("renewed", end=-30),
        term("renewed", start=-30, end=335),
        term("twice ended", end=-30),
        term("twice ended", end=-10),
        term("one open", end=20),
        term("one open", end=None),
    ) == {
        "renewed": [True, 335.0, None],
        "twice ended": [False, None, 10.0],
        "one open": [True, None, None],
    }


def test_only_what_was_known_and_held_before_the_cutoff_counts():
    assert facts(
        term("begins at the cutoff", start=0, end=365),
        term("known at the cutoff", end=365, known=0),
        term("corrected before", end=365, until=-INSTANT),
        term("corrected before", end=10, known=-INSTANT),
        term("corrected at the cutoff", end=365, until=0),
        term("corrected at the cutoff", end=10, known=0),
    ) == {
        "corrected before": [True, 10.0, None],
        "corrected at the cutoff": [True, 365.0, None],
    }
