"""Risk bands: by the profit cut or by capacity, and steady from night to night."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.judging.profit import profit_cut
from serving.decide.params import BANDS, DecideParams

Floats = NDArray[np.float64]
Ranks = NDArray[np.int_]

RISING = BANDS[::-1]


def risk_bands(
    probabilities: Floats, params: DecideParams, before: Sequence[str | None] = ()
) -> NDArray[np.str_]:
    """The band of each probability: high from the profit cut, medium from half of it, else low.

    `before` are the bands of the night before, None where there was none: who was in a band stays
    there while the probability is not below its beginning by more than `params.margin` of it.

    >>> risk_bands(np.array([0.9, 0.1, 0.01]), DecideParams()).tolist()
    ['high', 'medium', 'low']
    >>> risk_bands(np.array([0.16, 0.16]), DecideParams(), ["high", None]).tolist()
    ['high', 'medium']
    """
    borders = np.array([band_begins(band, params) for band in RISING[1:]])
    reached, kept = (
        (probabilities[:, None] >= borders * share).sum(axis=1) for share in (1, 1 - params.margin)
    )
    urgency = np.maximum(reached, np.minimum(_ranks(before, len(probabilities)), kept))
    return np.array(RISING)[urgency]


def bands_by_capacity(
    weights: Floats, params: DecideParams, before: Sequence[str | None] = ()
) -> NDArray[np.str_]:
    """The band of each customer where the heaviest `params.capacity` are high.

    As many again are medium. Equal weights rank in the order given. Who was in a band before
    competes for it with a weight that is greater by `params.margin` of that greater weight.

    >>> two = DecideParams(bands_by="capacity", capacity=1)
    >>> bands_by_capacity(np.array([5.0, 9.0, 7.0]), two).tolist()
    ['low', 'high', 'medium']
    """
    was, most = _ranks(before, len(weights)), params.capacity or 0
    urgency = np.zeros(len(weights), dtype=int)
    for band, room in ((2, most), (1, 2 * most)):
        competing = np.where(was >= band, weights / (1 - params.margin), weights)
        competing[urgency > 0] = np.inf
        first = np.argsort(-competing, kind="stable")[:room]
        urgency[first] = np.maximum(urgency[first], band)
    return np.array(RISING)[urgency]


def band_begins(band: str, params: DecideParams) -> float:
    """The least probability of a band where profit decides.

    >>> band_begins("low", DecideParams())
    0.0
    """
    cut = profit_cut(params)
    return {"high": cut, "medium": cut / 2, "low": 0.0}[band]


def bands_told(params: DecideParams) -> tuple[str, ...]:
    """The bands whose customers are given reasons.

    >>> bands_told(DecideParams())
    ('high', 'medium')
    """
    return BANDS[: BANDS.index(params.reasons_from) + 1]


def reasons_begin(params: DecideParams) -> float:
    """The least probability from which a customer may come into a band that is given reasons.

    Who was in it the night before may be below its beginning; by capacity anyone may come into it.

    >>> reasons_begin(DecideParams(margin=0)) == band_begins("medium", DecideParams())
    True
    """
    if params.bands_by == "capacity":
        return 0.0
    return band_begins(params.reasons_from, params) * (1 - params.margin)


def _ranks(before: Sequence[str | None], rows: int) -> Ranks:
    """How urgent each customer was, 0 to 2; not at all where nothing was said of them."""
    if not len(before):
        return np.zeros(rows, dtype=int)
    urgency = {band: rank for rank, band in enumerate(RISING)}
    return np.fromiter((urgency.get(band or "", 0) for band in before), int, rows)
