"""J01, J02, J03, J13, J14, J15: what is too good by itself."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.evidence.case import Case, event
from models.evidence.leakage.tried import Tried
from models.judging.grades import FEATURE_AUC_MOST, GAIN_SHARE_MOST, MODEL_AUC_MOST
from models.judging.metrics import auc
from models.judging.suspects import gives_away
from models.learning.folding import gain_shares
from models.logit import Floats
from models.transforms.drawn import some

ROWS_MOST = 20_000
"""Where more rows were measured, some customers are drawn."""

NAMED = 3

Flags = NDArray[np.bool_]


def too_good(case: Case) -> Iterator[Tried]:
    """The model, each feature, what is missing of it, and where it is anything at all.

    Of several outcomes it is the commonest against all others, and what only those have who leave
    is not looked for.
    """
    rows = _some(case)
    x = rows[list(case.panel.features)].to_numpy(np.float64, na_value=np.nan)
    y, _ = event(case, rows["label"].to_numpy(np.float64), case.p)
    names = case.panel.features
    yield _of_model(case)
    yield _best("J02", "Each feature alone: the best AUC.", FEATURE_AUC_MOST, _alone(case, x, y))
    yield from _gains(case)
    yield _twice(case)
    if case.p.ndim == 1:
        yield _best(
            "J13",
            "That a feature is missing, alone: the best AUC.",
            FEATURE_AUC_MOST,
            dict(zip(names, _missing(x, y), strict=True)),
        )
        yield _given_away(case, x, y)


def _of_model(case: Case) -> Tried:
    value = auc(*event(case, case.y, case.p))
    return Tried(
        code="J01",
        test="The model's AUC out of time.",
        value=value,
        limit=MODEL_AUC_MOST,
        note=f"{case.name}: {value:.3f}",
    )


def _gains(case: Case) -> Iterator[Tried]:
    if case.booster_text:
        gains = gain_shares(case.booster_text, case.told.features)
        yield _best("J03", "One feature's share of the gain.", GAIN_SHARE_MOST, gains)


def _best(code: str, test: str, limit: float, values: Mapping[str, float]) -> Tried:
    """The highest of some values, with the features that are above the limit, or the first."""
    told = sorted(values, key=lambda name: -values[name])
    above = [name for name in told if values[name] > limit]
    named = ", ".join((above or told)[: NAMED if above else 1])
    more = f" and {len(above) - NAMED} more" if len(above) > NAMED else ""
    value = float(values[told[0]]) if told else float("nan")
    return Tried(code=code, test=test, value=value, limit=limit, note=f"{named}{more}: {value:.3f}")


def _twice(case: Case) -> Tried:
    twice = int(case.panel.rows.duplicated(["customer_id", "cutoff"]).sum())
    return Tried(
        code="J15",
        test="Rows that stand in the panel twice: the same customer at the same cutoff.",
        value=float(twice),
        limit=0.0,
        note=f"{twice} of {len(case.panel.rows)} rows",
    )


def _given_away(case: Case, x: Floats, y: Floats) -> Tried:
    """Other steps than the target's own after which hardly anybody stays.

    Whoever asks to be deleted has left before it is counted; it may be known early all the same.
    """
    own = {*case.target.own_steps}
    given = [
        feature.name
        for feature, column in zip(case.features, x.T, strict=True)
        if feature.needs.steps and not own & feature.needs.steps and gives_away(y, column > 0)
    ]
    return Tried(
        code="J14",
        test="Features that are above 0 for hardly anybody but those who leave: they may be a"
        " consequence of leaving.",
        value=float(len(given)),
        note=", ".join(given[:NAMED]),
    )


def _alone(case: Case, x: Floats, y: Floats) -> dict[str, float]:
    """How well each feature separates alone, whichever way round."""
    filled = np.nan_to_num(x, nan=-np.inf)
    found = [auc(y, column) for column in filled.T]
    return {
        name: max(alone, 1 - alone) for name, alone in zip(case.panel.features, found, strict=True)
    }


def _missing(x: Floats, y: Floats) -> Floats:
    """AUC of whether each column is missing: half of how far the shares lie apart, beyond .5."""
    empty = np.isnan(x).astype(np.float64)
    left, stayed = y @ empty / y.sum(), (1 - y) @ empty / (1 - y).sum()
    return 0.5 + np.abs(left - stayed) / 2


def _some(case: Case) -> pd.DataFrame:
    rows = case.measured
    if len(rows) <= ROWS_MOST:
        return rows
    most = max(1, int(ROWS_MOST / len(rows) * (case.customers.max() + 1)))
    return rows.loc[some(rows["customer_id"], most)]
