"""Contract: how long the running term still lasts, what it costs, and what came before it."""

from collections.abc import Iterator

import numpy as np

from features.catalog import Compute, Feature, FeatureParams, Vocabulary
from features.clock import MICROSECONDS_PER_DAY
from features.known.asof import Floats, ratio
from features.known.compact import NEVER
from features.known.needs import Needs
from features.known.past import Past
from features.known.trace import Ints
from features.traits import running


def contract_active(past: Past) -> Ints:
    """1 where a term runs, else 0."""
    return (running.number(past) > 0).astype(np.int64)


def contracts_running(past: Past) -> Ints:
    """Number of terms that run."""
    return running.number(past)


def contract_terms(past: Past) -> Ints:
    """Number of terms that have begun."""
    return past.contracts.position - past.contracts.trace.starts


def days_to_contract_end(past: Past) -> Floats:
    """Days until the last running term ends; NaN if none runs or one has no end."""
    end, cutoff = running.last_end(past), past.cutoffs
    days = (end - cutoff) / MICROSECONDS_PER_DAY
    return np.where((end >= cutoff) & (end != NEVER), days, np.nan)


def days_since_contract_end(past: Past) -> Floats:
    """Days since the last term ended; NaN if one runs or none ever did."""
    end, cutoff = running.last_end(past), past.cutoffs
    ended = (end < cutoff) & (contract_terms(past) > 0)
    return np.where(ended, (cutoff - np.where(ended, end, 0)) / MICROSECONDS_PER_DAY, np.nan)


def days_since_term_start(past: Past) -> Floats:
    """Days since the running term began."""
    return past.contracts.days_since(running.term(past))


def contract_term_days(past: Past) -> Floats:
    """Length of the running term in days; NaN if it has no end."""
    return past.contracts.taken(running.term_days(past), running.term(past), np.nan)


def contract_elapsed_share(past: Past) -> Floats:
    """How much of the running term is over, from 0 to 1."""
    return ratio(days_since_term_start(past), contract_term_days(past))


def contract_amount_30d(past: Past) -> Floats:
    """Money per 30 days of the running term."""
    return past.contracts.taken(running.price(past), running.term(past), np.nan)


def contract_price_ratio(past: Past) -> Floats:
    """Price of the running term divided by that of the term before it of the same contract."""
    terms, term = past.contracts, running.term(past)
    former = terms.taken(running.former(past), term, -1)
    return ratio(contract_amount_30d(past), terms.taken(running.price(past), former, np.nan))


def contract_notice(past: Past) -> Ints:
    """1 where notice was given of the running term, else 0."""
    return (running.notice(past) < past.cutoffs).astype(np.int64)


def days_since_contract_notice(past: Past) -> Floats:
    """Days since notice was given of the running term."""
    given, cutoff = running.notice(past), past.cutoffs
    return np.where(given < cutoff, (cutoff - given) / MICROSECONDS_PER_DAY, np.nan)


def contract_renewals(past: Past) -> Ints:
    """Number of terms that renewed the one before them."""
    return past.contracts.sum_of(("contract", "renewals"), lambda: running.renews(past))


def contract_lapses(past: Past) -> Ints:
    """How often a term began after all before it had ended."""
    return past.contracts.sum_of(("contract", "lapses"), lambda: running.gap(past) > 0)


def contract_lapsed_days(past: Past) -> Floats:
    """Days between terms in which none ran."""
    gaps = past.contracts.sum_of(("contract", "lapsed"), lambda: running.gap(past))
    return gaps / MICROSECONDS_PER_DAY


def days_under_contract(past: Past) -> Floats:
    """Days so far on which a term ran."""
    terms = past.contracts
    begun = contract_terms(past) > 0
    first = terms.taken(terms.at, np.where(begun, terms.trace.starts, -1), 0)
    until = np.minimum(running.last_end(past, least=True), past.cutoffs)
    gaps = terms.sum_of(("contract", "lapsed"), lambda: running.gap(past))
    return np.where(begun, until - first - gaps, 0) / MICROSECONDS_PER_DAY


def contract_involuntary_ends(past: Past) -> Ints:
    """Number of terms that ended without the customer wanting it."""
    unwanted = past.contracts.columns["voluntary"] == 0
    return running.counted(past, lambda ends, cutoff: unwanted & (ends < cutoff))


CONTRACT: dict[Compute, tuple[str, str]] = {
    contract_active: ("flag", "1 if a term runs; one that ends at the cutoff still does"),
    contracts_running: ("terms", "number of terms that run"),
    contract_terms: ("terms", "number of terms that have begun"),
    days_to_contract_end: (
        "days",
        "days until the last running term ends; empty if none runs or one has no end",
    ),
    days_since_contract_end: (
        "days",
        "days since the last term ended; empty if one runs or there was none",
    ),
    days_since_term_start: (
        "days",
        "days since the running term began, of several the last begun; empty if none runs",
    ),
    contract_term_days: (
        "days",
        "length of the running term; empty if none runs or it has no end",
    ),
    contract_elapsed_share: (
        "share",
        "share of the running term that is over; empty if none runs or it has no end",
    ),
    contract_amount_30d: (
        "currency per 30 days",
        "money per 30 days of the running term; empty if none runs, or it has no end or no amount",
    ),
    contract_price_ratio: (
        "ratio",
        (
            "money per 30 days of the running term / of the one before it of the same contract; "
            "empty without both or if the former was not above 0"
        ),
    ),
    contract_notice: ("flag", "1 if notice was given of the running term"),
    days_since_contract_notice: (
        "days",
        "days since notice was given of the running term; empty if none was",
    ),
    contract_renewals: (
        "terms",
        (
            "number of terms that began at most 30 days before, or less than 30 days after, the "
            "end of the one before it of the same contract; those without a name are of one"
        ),
    ),
    contract_lapses: ("times", "how often a term began after all before it had ended"),
    contract_lapsed_days: (
        "days",
        "days between terms in which none ran, up to the last that has begun",
    ),
    days_under_contract: ("days", "days so far in which a term ran; 0 if there was none"),
    contract_involuntary_ends: (
        "terms",
        "number of terms that ended though the customer did not want it",
    ),
}
"""Unit and meaning of each function."""

WHOLE = {
    contract_active,
    contracts_running,
    contract_terms,
    contract_notice,
    contract_renewals,
    contract_lapses,
    contract_involuntary_ends,
}
SIGNS: dict[Compute, int] = {contract_notice: 1}


def contract(_params: FeatureParams, vocabulary: Vocabulary) -> Iterator[Feature]:
    """What the terms of a customer's contracts tell, where any are told."""
    if "contracts" not in vocabulary.tables:
        return
    for function, (unit, meaning) in CONTRACT.items():
        yield Feature(
            name=function.__name__,
            family="contract",
            unit=unit,
            meaning=meaning,
            function=function,
            needs=Needs(tables=frozenset({"contracts"})),
            sign=SIGNS.get(function, 0),
            whole=function in WHOLE,
        )
