"""One file a family: functions of the past, and the features made of them."""

from features.catalog import Catalog, Family, FeatureParams, Vocabulary
from features.families.frequency import frequency
from features.families.monetary import monetary
from features.families.recency import recency
from features.families.rhythm import rhythm
from features.families.tenure import tenure

FAMILIES: dict[str, Family] = {
    "recency": recency,
    "tenure": tenure,
    "frequency": frequency,
    "monetary": monetary,
    "rhythm": rhythm,
}


def catalog(params: FeatureParams, vocabulary: Vocabulary) -> Catalog:
    """Every feature of the workspace's families over the words it has seen."""
    return Catalog(
        feature for name in params.families for feature in FAMILIES[name](params, vocabulary)
    )
