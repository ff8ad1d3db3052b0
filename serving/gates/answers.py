"""Whether the answers are answers: not all the same, and probabilities."""

from serving.gates.params import GateParams
from serving.gates.tonight import Gate, Tonight

ROWS_LEAST = 20
"""Fewer customers may well be told the same."""


def not_constant(tonight: Tonight, params: GateParams) -> Gate | None:
    """G04: not nearly everyone has the same probability."""
    spread = tonight.spread
    if spread is None or spread.rows < ROWS_LEAST:
        return None
    share = spread.same / spread.rows
    told = f"{share:.1%} of the customers have the same probability"
    passed = share <= params.same_share_most
    return Gate("G04", passed, f"{told}; {params.same_share_most:.0%} are allowed")


def fit_answers(tonight: Tonight, params: GateParams) -> Gate | None:
    """G05: hardly anyone lacks a finite probability from 0 to 1; who does is left out."""
    if tonight.spread is None:
        return None
    share = tonight.unfit / (tonight.unfit + tonight.rows)
    told = f"{tonight.unfit:,} customers ({share:.2%}) have no probability from 0 to 1"
    passed = share <= params.unfit_share_most
    return Gate("G05", passed, f"{told}; {params.unfit_share_most:.2%} are allowed")
