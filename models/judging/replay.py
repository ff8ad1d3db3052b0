"""A past cutoff lived again: scored with what was told then, measured by what is told today."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from features.engine.partitions import LOCAL, Engine
from features.errors import ModelRefused
from features.known.told import Parts
from models.answers.churn import ChurnModel
from models.judging.bootstrap import Comparison, compare
from models.judging.profit import ProfitParams, profit_cut
from models.learned.prepared import Prepared
from models.learning.baselines import Baseline
from models.logit import Floats
from models.rows.panel import labelled, scoring_panel
from models.rows.treated import NO_ONE, set_aside
from models.trial import CHURN

KEYS = ("customer_id", "cutoff", "label")


@dataclass(frozen=True, kw_only=True)
class Contacts:
    """Who would have been contacted, from the profit cut on, and what came of it.

    `left` of the `contacted` left in truth; `expected` is the profit that the probabilities
    promised and `observed` that of who left and who stayed, if the assumed share accepts.
    """

    contacted: int
    left: int
    expected: float
    observed: float


def lived(
    model: ChurnModel,
    prepared: Prepared,
    today: Parts,
    cutoff: datetime,
    *,
    told_until: datetime,
    outreach: pd.DataFrame = NO_ONE,
    engine: Engine = LOCAL,
) -> pd.DataFrame:
    """Everyone at risk at a cutoff: customer_id, cutoff, label, churn, and each baseline.

    `prepared` is what the model was learned from, and holds what was told then; the labels are of
    `today`, when everything up to `told_until` is told. Whom `outreach` may have changed is left
    out as in learning. Baselines learn from the same rows.
    """
    target, zone = model.target, prepared.zone
    then = scoring_panel(prepared.parts, [cutoff], model.needed(), target, zone=zone, engine=engine)
    everyone = labelled(then, today, target, watermark=told_until, zone=zone)
    whole = set_aside(everyone, outreach, prepared.params.panel)
    if whole.rows.empty:
        raise ModelRefused(
            f"outreach may have changed what became of all {len(everyone.rows)} customers",
            where=f"{cutoff:%Y-%m-%d}",
            mend="hold some customers out, or see an earlier day",
        )
    fitted = {
        name: Baseline(name, columns).fit(prepared.panel) for name, columns in target.baselines
    }
    predictors = {CHURN: model, **fitted}
    return whole.rows.loc[:, list(KEYS)].assign(
        **{name: one.probabilities(whole.rows) for name, one in predictors.items()}
    )


def compared(rows: pd.DataFrame) -> Comparison:
    """Every metric of every predictor of `lived` rows, by day and pooled over all of them.

    `rows` has the columns customer (equal for rows of one customer), day (a text), label, and
    one a predictor, the model's first.
    """
    names = [name for name in rows.columns if name not in ("customer", "day", "label")]
    return compare(
        rows["label"].to_numpy(np.float64),
        {name: rows[name].to_numpy(np.float64) for name in names},
        pd.factorize(rows["customer"])[0],
        rows["day"].to_numpy(str),
    )


def contacts(y: Floats, p: Floats, params: ProfitParams) -> Contacts:
    """What contacting everyone from the profit cut on was worth.

    >>> contacts(np.array([1.0, 0.0, 0.0]), np.array([0.5, 0.2, 0.1]), ProfitParams()).contacted
    2
    """
    chosen = p >= profit_cut(params)
    gain = params.acceptance * (params.customer_value - params.offer_cost) + params.offer_cost
    cost = chosen.sum() * (params.offer_cost + params.contact_cost)
    return Contacts(
        contacted=int(chosen.sum()),
        left=int(y[chosen].sum()),
        expected=float(p[chosen].sum() * gain - cost),
        observed=float(y[chosen].sum() * gain - cost),
    )
