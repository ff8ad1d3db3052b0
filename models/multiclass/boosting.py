"""LightGBM over several classes, none of them impossible for want of an example."""

from dataclasses import dataclass

import pandas as pd

from models.learning.boosting import Boosted, Boosting
from models.logit import Floats
from models.rows.panel import Panel


@dataclass(frozen=True)
class SeveralBoosted:
    """Boosters folded into one, beside a `floor`: what is spread evenly over all classes.

    Trees know nothing of a class that no row had; without the floor it would be impossible.
    """

    boosted: Boosted
    classes: tuple[str, ...]
    floor: float

    def probabilities(self, frame: pd.DataFrame) -> Floats:
        """Probability of each class for each row of features: (rows, classes), adding up to 1."""
        raw = self.boosted.probabilities(frame)
        return (1 - self.floor) * raw + self.floor / len(self.classes)


@dataclass(frozen=True)
class SeveralBoosting:
    """Learns the classes of a panel as `boosting` does; the floor is worth one more row.

    Natural priors: neither rows nor classes are weighted.
    """

    boosting: Boosting

    @property
    def name(self) -> str:
        """The booster's own."""
        return self.boosting.name

    def fit(self, train: Panel) -> SeveralBoosted:
        """Choose the rounds on the last cutoffs of the panel, then learn from all of it."""
        return SeveralBoosted(self.boosting.fit(train), train.classes, 1 / (len(train.rows) + 1))
