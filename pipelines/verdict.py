"""Whether a trial earns to become the champion, and if not, why."""

from collections.abc import Iterator

from models.bootstrap import POOLED
from models.trial import Trial

BETTER = {"auc": 1, "log_loss": -1}
"""Metrics by which a model must beat every baseline, and the sign of a better one."""


def obstacles(trial: Trial) -> list[str]:
    """Sentences that speak against promoting; none means that it is promoted."""
    if trial.grade.letter == "F":
        return ["a model of grade F is not promoted"]
    return list(_lost(trial))


def _lost(trial: Trial) -> Iterator[str]:
    pooled = trial.differences.loc[trial.differences["origin"] == POOLED]
    for row in pooled.to_dict("records"):
        sign = BETTER.get(row["metric"], 0)
        if sign and not sign * row["value"] > 0:
            yield f"{row['metric']} is not better than the baseline {row['baseline']}'s"
