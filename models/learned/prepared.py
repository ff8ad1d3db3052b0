"""What a retraining learns from: the panel, the catalog, and all settings."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from features.catalog import Catalog, Vocabulary
from features.told import Parts
from models.boosting import Boosting
from models.panel import Panel
from models.trial import TrialParams


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A panel with labels, and how it came about."""

    panel: Panel
    known: Catalog
    vocabulary: Vocabulary
    params: TrialParams
    parts: Parts
    watermark: datetime
    zone: ZoneInfo

    def boosting(self, threads: int) -> Boosting:
        """The learner with the catalog's signs and categories."""
        return Boosting(
            self.params.boosting,
            threads,
            signs={f.name: f.sign for f in self.known.features},
            categories=self.known.categories,
            name=self.params.target.predicts,
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
        return {
            "watermark": self.watermark.isoformat(),
            "catalog_hash": self.known.definition_hash,
        }
