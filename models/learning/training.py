"""Retraining: from what is told to a trial, whatever the question."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from features.catalog import Feature, Vocabulary
from features.engine.partitions import LOCAL, Engine
from features.errors import DataRefused
from features.families import catalog
from features.known.told import Parts
from models.drift.kept import with_reference
from models.drift.reference import Recent
from models.judging.evaluation import Progress
from models.learned.churn import churn_trial
from models.learned.few import few_trial
from models.learned.outcomes import outcome_trial
from models.learned.prepared import Prepared
from models.rows.following import with_what_came_next
from models.rows.panel import training_cutoffs, training_panel
from models.rows.treated import NO_ONE, settled
from models.targets.churn import Churn
from models.trial import Trial, TrialParams


def run_trial(  # noqa: PLR0913  # what is known, what is wanted, and how to work
    parts: Parts,
    vocabulary: Vocabulary,
    params: TrialParams,
    *,
    own: Iterable[Feature] = (),
    watermark: datetime,
    zone: ZoneInfo,
    threads: int = 1,
    engine: Engine = LOCAL,
    prove: bool = False,
    progress: Progress = lambda _: None,
) -> Trial:
    """Build the panel, measure at rolling origins, calibrate if that helps, learn from all of it.

    `own` are features of the workspace's own file, beside those of the families.
    Refused are histories too short to measure (`ModelRefused`, `DataRefused`), definitions under
    which almost nobody or almost everybody leaves, and fewer than 100 events in the rarer class.
    """
    prepared = prepare(
        parts, vocabulary, params, own=own, watermark=watermark, zone=zone, engine=engine
    )
    progress(f"panel: {len(prepared.panel.rows)} rows at {len(prepared.panel.cutoffs)} cutoffs")
    return learn(prepared, threads=threads, prove=prove, progress=progress)


def prepare(  # noqa: PLR0913  # what is known, what is wanted, and how to work
    parts: Parts,
    vocabulary: Vocabulary,
    params: TrialParams,
    *,
    own: Iterable[Feature] = (),
    outreach: pd.DataFrame | None = None,
    watermark: datetime,
    zone: ZoneInfo,
    engine: Engine = LOCAL,
) -> Prepared:
    """The rows that a retraining learns from; the features are built here, and only here.

    `outreach` tells who was treated and who held out (`models/rows/treated.py`): no row teaches
    what becomes of customers who are left alone if they were not.
    """
    target, known = params.target, catalog(params.features, vocabulary, own)
    cutoffs = training_cutoffs(parts, watermark, target, params.panel, zone)
    if not cutoffs:
        needed = params.panel.history_days + target.lead_days
        raise DataRefused(
            f"the history spans less than the {needed} days that one training cutoff of "
            f"{target.predicts} needs",
            where="events",
            mend="ingest a longer history, or shorten history_days or horizon_days",
        )
    panel = training_panel(
        parts, cutoffs, known.features, target, watermark=watermark, zone=zone, engine=engine
    )
    if params.transforms.looks_ahead:
        panel = with_what_came_next(panel, parts, target, zone)
    log = NO_ONE if outreach is None else outreach
    return Prepared(
        panel=settled(panel, log, params.panel),
        outreach=log,
        recent=Recent.of(panel),
        known=known,
        vocabulary=vocabulary,
        params=params,
        parts=parts,
        watermark=watermark,
        zone=zone,
    )


def learn(
    prepared: Prepared,
    *,
    threads: int = 1,
    prove: bool = False,
    progress: Progress = lambda _: None,
) -> Trial:
    """Measure, calibrate and learn, as the question asks and as far as the data allow.

    With `prove` the evidence for a report is gathered too, the leakage audit among it.
    """
    few = few_trial(prepared, threads=threads, prove=prove, progress=progress)
    if few is not None:
        return with_reference(few, prepared)
    of = churn_trial if isinstance(prepared.params.target, Churn) else outcome_trial
    found = of(prepared, threads=threads, prove=prove, progress=progress)
    return with_reference(found, prepared)
