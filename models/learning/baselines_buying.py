"""BG/NBD as what a model of churn must beat: the chance of no purchase in the label window."""

from dataclasses import dataclass

import pandas as pd

from features.errors import ModelRefused
from models.judging.evaluation import purged
from models.logit import Floats
from models.rows.panel import Panel
from models.targets.target import Target
from models.transforms.bgnbd import BgNbd
from models.transforms.fitting import Fitted

BGNBD = "bgnbd"


@dataclass(frozen=True)
class FittedBuyers:
    """Parameters that have a maximum of likelihood."""

    fitted: Fitted

    def probabilities(self, frame: pd.DataFrame) -> Floats:
        """Probability of no purchase for each row of features."""
        return self.fitted.values(frame)[:, 1]


@dataclass(frozen=True, kw_only=True)
class Buyers:
    """Learns how often customers buy and when they stop, from the last cutoff of a panel.

    It ranks by the chance of no purchase in the label window; by the chance of having stopped,
    one-time buyers would all seem safe.
    """

    transform: BgNbd
    name: str = BGNBD

    @classmethod
    def of(cls, target: Target) -> "Buyers":
        """Those of a target's label window and of who may be at risk."""
        start, end = target.span_days
        sight = target.sight_days
        return cls(transform=BgNbd(start_days=start, end_days=end, active_within_days=sight))

    def fit(self, train: Panel) -> FittedBuyers:
        """The parameters; `ModelRefused` where they diverge or cannot be learned."""
        fitted = self.transform.fit(train)
        if fitted.note:
            raise ModelRefused(
                fitted.note,
                where=self.name,
                mend="leave this baseline out: its columns say nothing of these customers",
            )
        return FittedBuyers(fitted)


@dataclass(frozen=True, kw_only=True)
class Usable:
    """The baselines that can be measured at every origin, and why another cannot."""

    learners: tuple[Buyers, ...]
    note: str = ""


def usable(buyers: Buyers, panel: Panel, origins: int) -> Usable:
    """Whether the baseline can be fitted wherever it will be measured; otherwise it is left out.

    Where a panel does not tell of purchases there is none, and nothing to say about it.
    """
    if any(name not in panel.rows for name in buyers.transform.reads):
        return Usable(learners=())
    for cutoff in panel.cutoffs[-origins:]:
        train = purged(panel, cutoff)
        note = buyers.transform.fit(train).note if train.events_rarer else ""
        if note:
            told = f"{buyers.name} is left out, for at origin {cutoff:%Y-%m-%d}: {note}"
            return Usable(learners=(), note=told)
    return Usable(learners=(buyers,))
