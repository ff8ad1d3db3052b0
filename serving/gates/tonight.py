"""What the gates look at: a night that is not yet published, beside the last that was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from features.lake.emptiness import Emptiness
from serving.gates.spread import Spread
from serving.scores import Run


@dataclass(frozen=True, kw_only=True)
class Last:
    """The published run, and how probabilities spread in the newest run that is like tonight's.

    `model_version` scored that run, `means_before` are of those before it, the newest first. Of a
    run from before there were gates neither spread nor suppressed customers are known.
    """

    run_id: str
    as_of: datetime
    rows: int
    model_version: int
    spread: Spread | None = None
    suppressed: int | None = None
    means_before: Sequence[float] = ()


@dataclass(frozen=True, kw_only=True)
class Tonight:
    """A night before it is published.

    `unfit` customers had a probability that is none and were left out, `suppressed` ones were not
    scored. `newest_event` is the latest event of any source before the cutoff. The champion's
    `features_needed` and those that tonight's code builds are definition hashes by name;
    `champion_version` is who would score now. `emptiness` tells how often cells are empty.
    Without `last` this is the first night, and nothing is compared.
    """

    run: Run
    rows: int
    spread: Spread | None
    unfit: int = 0
    suppressed: int = 0
    newest_event: datetime | None = None
    trained_through: datetime | None = None
    champion_version: int
    features_needed: Mapping[str, str] = field(default_factory=dict[str, str])
    features_built: Mapping[str, str] = field(default_factory=dict[str, str])
    emptiness: Sequence[Emptiness] = ()
    last: Last | None = None

    def as_json(self) -> dict[str, Any]:
        """What the next night is compared with, to be kept with the run."""
        return {
            "spread": self.spread and self.spread.as_json(),
            "suppressed": self.suppressed,
            "unfit": self.unfit,
        }


@dataclass(frozen=True)
class Gate:
    """One gate of a night: its code, whether the night passed, and the numbers in a sentence."""

    code: str
    passed: bool
    sentence: str
