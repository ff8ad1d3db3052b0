"""What a search for parameters changes in a retraining, and what it leaves."""

from collections.abc import Iterable
from dataclasses import replace

from models.judging.evaluation import Learner
from models.learned.prepared import Prepared
from models.learning.boosting import BoostingParams
from models.learning.space import free
from models.learning.tuning import Search
from models.multiclass.boosting import SeveralBoosting
from models.targets.churn import Churn
from models.transforms.learning import Transforming


def search_of(prepared: Prepared, *, fixed: Iterable[str] = (), threads: int = 1) -> Search:
    """A search for the parameters of what `prepared` will be learned by.

    Those that are `fixed` stay as they are. Transforms are fitted anew at each origin.
    """
    params, known = prepared.params, prepared.known

    def learner(boosting: BoostingParams) -> Learner:
        booster = replace(prepared.boosting(min(threads, boosting.seeds)), params=boosting)
        if isinstance(params.target, Churn):
            return Transforming(booster, params.transforms.transforms(params.target))
        return SeveralBoosting(booster)

    return Search(
        panel=prepared.panel,
        learner=learner,
        preset=params.boosting,
        space=free(fixed, categories=bool(known.categories)),
        measured=params.panel.origins,
    )
