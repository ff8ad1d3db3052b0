"""What the log of outreach proves: whether customers may be ranked by uplift, or by a rule."""

from collections.abc import Callable

from features.contracts import Frame
from features.engine.partitions import Engine
from features.errors import DataRefused
from models.learned.few import FEW_FAMILIES
from models.learned.prepared import Prepared
from models.targets.churn import Churn
from models.uplift.adoption import Adoption, adopt
from models.uplift.bases import FewLines, Lines
from models.uplift.learners import DoublyRobust, Single, Together
from models.uplift.outreach import assigned
from models.uplift.study import study

CONTROL = "control"

LEARNER = Together(learners=(Single(base=Lines()), DoublyRobust(base=Lines(), last=FewLines())))
"""The one that did best where it could be tried (decision 0025)."""


def adoption(
    outreach: Frame, prepared: Prepared, *, engine: Engine, progress: Callable[[str], None]
) -> Adoption | None:
    """Whether an experiment proves uplift to rank better than risk; of churn alone.

    Who was contacted and who was held out is told by a table `outreach`
    (`pipelines/loop/drawn.py`); without a control arm, or before its outcomes are known, there is
    no experiment.
    """
    target = prepared.params.target
    if not isinstance(target, Churn):
        return None
    if not bool((outreach["arm"] == CONTROL).any()):
        return adopt(None)
    progress("the log of outreach")
    features = [one for one in prepared.known.features if one.family in FEW_FAMILIES]
    try:
        drawn = assigned(
            outreach,
            prepared.parts,
            features,
            target,
            watermark=prepared.watermark,
            zone=prepared.zone,
            engine=engine,
        )
        return adopt(study(drawn.experiment, LEARNER).ranked)
    except DataRefused as error:
        progress(f"no experiment: {error.what}")
        return adopt(None)
