"""What a retraining learns from: the panel, the catalog, and all settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from features.catalog import Catalog, Vocabulary
from features.known.told import Parts
from models.drift.reference import Recent
from models.evidence.case import Case
from models.judging.evaluation import Backtest
from models.judging.profit import ProfitParams
from models.learning.boosting import Boosting
from models.rows.panel import Panel
from models.rows.treated import NO_ONE, settled, told
from models.trial import TrialParams


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A panel with labels, and how it came about.

    `personas` are the workspace's rules by name, and `profit` what a customer is worth: by them
    evidence is gathered, and nothing is learned from them. `outreach` is the log by which the
    panel was settled, and any other panel beside it must be (`models/rows/treated.py`); `recent`
    is who was at risk before that.
    """

    panel: Panel
    known: Catalog
    vocabulary: Vocabulary
    params: TrialParams
    parts: Parts
    watermark: datetime
    zone: ZoneInfo
    outreach: pd.DataFrame = field(default_factory=NO_ONE.copy)
    recent: Recent | None = field(default=None, repr=False)
    personas: Mapping[str, str] = field(default_factory=dict[str, str])
    profit: ProfitParams | None = None

    def settled(self, panel: Panel) -> Panel:
        """Another panel of these customers, without what outreach may have changed."""
        return settled(panel, self.outreach, self.params.panel)

    def boosting(self, threads: int) -> Boosting:
        """The learner with the catalog's signs and categories."""
        return Boosting(
            self.params.boosting,
            threads,
            signs={f.name: f.sign for f in self.known.features},
            categories=self.known.categories,
            name=self.params.target.predicts,
        )

    def case(
        self,
        tested: Backtest,
        *,
        threads: int,
        rounds: int,
        booster_text: str = "",
        told: Panel | None = None,
    ) -> Case:
        """What evidence is gathered from; without `told` no transform adds columns."""
        return Case(
            panel=self.panel,
            told=self.panel if told is None else told,
            tested=tested,
            features=self.known.features,
            target=self.params.target,
            boosting=self.boosting(threads),
            rounds=rounds,
            booster_text=booster_text,
            vocabulary=self.vocabulary,
            parts=self.parts,
            zone=self.zone,
            transforms=(
                () if told is None else self.params.transforms.transforms(self.params.target)
            ),
            personas=self.personas,
            profit=self.profit,
        )

    def asked(self) -> dict[str, Any]:
        """What every model that is learned from this tells of itself."""
        return {
            "features": {f.name: f.definition_hash for f in self.known.features},
            "target": self.params.target,
            "feature_params": self.params.features,
            "vocabulary": self.vocabulary,
            "trained_through": f"{self.panel.cutoffs[-1]:%Y-%m-%d}",
            "recipe": self.params.recipe(),
        }

    def lineage(self) -> dict[str, Any]:
        """How far the sources were complete, and by which definitions the features were made."""
        treated = {} if self.outreach.empty else {"treated": told(self.panel, self.params.panel)}
        return {
            "watermark": self.watermark.isoformat(),
            "catalog_hash": self.known.definition_hash,
            **treated,
        }
