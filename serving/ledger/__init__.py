"""The ledger of pains: who means to mend what, since when, and what came of it."""

from serving.ledger.book import (
    Measure,
    Pain,
    change,
    close,
    keep_measure,
    measures,
    open_pain,
    pains,
    reopen,
)

__all__ = [
    "Measure",
    "Pain",
    "change",
    "close",
    "keep_measure",
    "measures",
    "open_pain",
    "pains",
    "reopen",
]
