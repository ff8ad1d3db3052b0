"""Mistakes in what a person wrote: the key, the reason, the mend."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

NAMES_TOLD = 12
LETTERS_TOLD = 40


@dataclass(frozen=True)
class Mistake:
    """One key of what a person has written that is wrong, why, and what to write instead."""

    key: str
    reason: str
    mend: str = ""

    def __str__(self) -> str:
        mend = f"; {self.mend}" if self.mend else ""
        return f"{self.key}: {self.reason}{mend}"


def unknown_key(key: str, name: str, known: Iterable[str]) -> Mistake:
    """The mistake of a key that means nothing here, with the nearest that does.

    >>> print(unknown_key("churn.horizon_day", "horizon_day", ["horizon_days", "steps"]))
    churn.horizon_day: is not a known key; did you mean `horizon_days`?
    """
    return Mistake(key, "is not a known key", nearest(name, known))


def nearest(name: str, known: Iterable[str]) -> str:
    """A suggestion: the known name most like the one given, else what there is.

    >>> nearest("ORDERD_AT", ["buyer", "ordered_at"]), nearest("total", ["buyer", "ordered_at"])
    ('did you mean `ordered_at`?', 'there are: buyer, ordered_at')
    """
    names = list(known)
    lowered = {other.lower(): other for other in names}
    close = get_close_matches(name.lower(), lowered, n=1)
    if close:
        return f"did you mean `{lowered[close[0]]}`?"
    told = (_short(one) for one in names[:NAMES_TOLD])
    return f"there are: {', '.join(told)}" + (", ..." * (len(names) > NAMES_TOLD))


def _short(name: str) -> str:
    """A name that fits a line: what stands where a header should be may be a whole file."""
    return name if len(name) <= LETTERS_TOLD else f"{name[:LETTERS_TOLD]}..."
