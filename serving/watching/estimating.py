"""What matured runs say of how far probabilities stray."""

from collections.abc import Sequence

from models.judging.expected import Strayed
from serving.watching.matured import interval
from serving.watching.records import Kept
from serving.watching.together import apart


def strayed(matured: Sequence[Kept], model_version: int, horizon_days: int) -> list[Strayed]:
    """How far runs of a model were from their probabilities: of those whose horizons are apart.

    `matured` are the newest first. Runs of nights in a row share most of what came true, so that
    only as many count as there were horizons.
    """
    names = ("observed_over_expected", "calibration_slope")
    return [
        Strayed(*(interval(one.facts["true"].get(name)) for name in names))
        for one in apart(matured, model_version, horizon_days)
    ]
