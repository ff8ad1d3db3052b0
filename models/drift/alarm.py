"""An alarm: what is no longer as the champion learned it, in numbers that a sentence is made of."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Severity = Literal["warn", "act"]

CODES: Mapping[str, tuple[str, ...]] = {
    "D01": ("psi", "before", "now"),
    "D02": ("before", "now", "deviations"),
    "D03": ("before", "now"),
    "D04": ("value", "share"),
    "D05": ("before", "now", "times"),
    "D06": ("before", "now", "ratio"),
    "D10": ("days", "expected", "since"),
    "D11": ("expected", "seen", "ratio"),
    "D12": ("expected", "seen", "ratio"),
    "D13": ("rows", "share"),
    "D14": ("before", "now", "times"),
    "D15": ("before", "now"),
    "D20": ("psi", "before", "now"),
    "D21": ("before", "now"),
    "D30": ("auc", "low", "high", "usual", "features"),
}
"""What each kind of alarm tells beside its name.

Of a feature: D01 spreads otherwise, D02 its mean has moved, D03 is more often missing, D04 has a
value that the model never saw, D05 is in another unit, D06 (of the population) more or fewer
customers. Of a source or a channel: D10 has fallen silent, D11 tells less, D12 tells more, D13 (of
a channel or a step) is new, D14 has values in another unit, D15 comes later than it did. Of the
score: D20 spreads otherwise, D21 its mean has moved. D30 (of the population): tonight's rows can be
told apart from those that were learned from.
"""


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One thing that has changed: `name` says which, `about` of what kind it is.

    `measured` is what was found and `needed` what it takes for an alarm, in the unit of its code;
    `told` holds the other numbers and words that `CODES` lists, of no customer. Severity `act`:
    do something before the scores are trusted; `warn`: look.
    """

    code: str
    severity: Severity
    about: Literal["source", "channel", "step", "feature", "score", "population"]
    name: str
    measured: float
    needed: float
    told: Mapping[str, str | float | int] = field(default_factory=dict[str, "str | float | int"])

    def as_json(self) -> dict[str, Any]:
        """Itself as JSON."""
        return asdict(self)
