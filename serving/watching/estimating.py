"""What matured runs say of how far probabilities stray."""

from collections.abc import Sequence
from datetime import timedelta

from models.expected import Strayed
from serving.watching.matured import interval
from serving.watching.records import Kept


def strayed(matured: Sequence[Kept], model_version: int, horizon_days: int) -> list[Strayed]:
    """How far runs of a model were from their probabilities: of those whose horizons are apart.

    `matured` are the newest first. Runs of nights in a row share most of what came true, so that
    only as many count as there were horizons.
    """
    found: list[Strayed] = []
    until = None
    for one in matured:
        true = one.facts.get("true")
        if not true or one.facts.get("model_version") != model_version:
            continue
        if until is None or one.as_of <= until:
            until = one.as_of - timedelta(days=horizon_days)
            names = ("observed_over_expected", "calibration_slope")
            found.append(Strayed(*(interval(true.get(name)) for name in names)))
    return found
