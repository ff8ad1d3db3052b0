"""Whether a challenger becomes the champion: coded checks, and the verdict on them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from models.judging.bootstrap import POOLED, Comparison
from models.judging.challenge import CHALLENGER, CHAMPION, RULES, Challenge

NEVER, CHECKS, FORCE = MODES = ("never", "checks", "force")
"""Who decides: nobody (it is kept as challenger), the checks, or a person who says why."""

ECE_MOST = 0.03
AUC_INFERIOR_MOST = 0.003
WORST_ORIGIN_LOWER_MOST = 0.01


@dataclass(frozen=True)
class Check:
    """One condition of a promotion: its code, whether it holds, and what was seen."""

    code: str
    passed: bool
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What is known of a challenger when it is judged.

    `comparison` is the model beside its baselines; `alarms` are what the leakage audit found;
    `unbuildable` says why tonight's code cannot build a feature that it needs, and is empty where
    it can. Without a `challenge` there is no champion yet. `scoring_seconds` is held against
    `budget_seconds` where both are known.
    """

    comparison: Comparison
    grade: str
    tier: str
    alarms: tuple[str, ...] = ()
    unbuildable: str = ""
    challenge: Challenge | None = None
    scoring_seconds: float | None = None
    budget_seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The checks of a candidate and what follows; a person may overrule them and is named."""

    checks: tuple[Check, ...]
    mode: str = CHECKS
    forced_by: str = ""
    forced_why: str = ""

    @property
    def promoted(self) -> bool:
        """Whether the candidate becomes the champion."""
        return self.mode == FORCE or (self.mode == CHECKS and not self.failed)

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that do not hold."""
        return tuple(check for check in self.checks if not check.passed)

    @property
    def obstacles(self) -> tuple[str, ...]:
        """What speaks, or spoke, against it: a code and a sentence each."""
        against = tuple(f"{check.code}: {check.sentence}" for check in self.failed)
        asked_not_to = ("promotion was not asked for",) if self.mode == NEVER else ()
        return (*asked_not_to, *against)


def judged(
    candidate: Candidate, *, mode: str = CHECKS, forced_by: str = "", forced_why: str = ""
) -> Verdict:
    """The verdict on a candidate; `forced_by` and `forced_why` are kept where checks failed.

    `ValueError` for a mode that is none, or force without who and why.
    """
    if mode not in MODES or (mode == FORCE and not (forced_by and forced_why)):
        raise ValueError(f"mode {mode!r}, forced by {forced_by!r} because {forced_why!r}")
    checks = tuple(found for look in LOOKS if (found := look(candidate)) is not None)
    overruled = mode == FORCE and not all(check.passed for check in checks)
    if not overruled:
        return Verdict(checks=checks, mode=CHECKS if mode == FORCE else mode)
    return Verdict(checks=checks, mode=FORCE, forced_by=forced_by, forced_why=forced_why)


def beats_baselines(candidate: Candidate) -> Check | None:
    """M01: surely better than every baseline in log loss or AUC, surely worse in neither."""
    if candidate.tier == RULES:
        return None
    lost = list(_lost(candidate.comparison))
    return Check("M01", not lost, "; ".join(lost) or "it surely beats every baseline")


def same_question(candidate: Candidate) -> Check | None:
    """M02: the champion answers the same question, else nothing can be compared."""
    if candidate.challenge is None:
        return None
    other = candidate.challenge.other_question
    told = f"the champion answers another question ({other}), so nothing can be compared"
    return Check("M02", not other, told if other else "it answers the champion's question")


def better_than_champion(candidate: Candidate) -> Check | None:
    """M03: log loss surely lower, or AUC not inferior and calibration nearer to true."""
    challenge = candidate.challenge
    if challenge is None or challenge.other_question:
        return None
    if challenge.foregone is not None:
        return Check("M03", challenge.foregone.passes, challenge.foregone.why)
    if challenge.measured is None:
        return Check("M03", passed=False, sentence="it was not measured beside the champion")
    return _better(challenge.measured)


def worst_origin(candidate: Candidate) -> Check | None:
    """M04: the AUC of the worst origin is not lower than the champion's by more than .01."""
    measured = candidate.challenge and candidate.challenge.measured
    if not measured:
        return None
    mine, theirs = (_lowest(measured, who) for who in (CHALLENGER, CHAMPION))
    told = f"lowest AUC of an origin {mine:.3f}, the champion's {theirs:.3f}"
    return Check("M04", bool(mine >= theirs - WORST_ORIGIN_LOWER_MOST), told)


def champion_as_it_stands(candidate: Candidate) -> Check | None:
    """M05: the champion's own booster is not surely better on cutoffs that are news to it."""
    measured = candidate.challenge and candidate.challenge.as_it_stands
    if not measured:
        return None
    value, low, high = measured.margins("log_loss")[CHAMPION]
    told = (
        f"log loss {value:+.4f} ({low:+.4f} to {high:+.4f}) beside the champion as it stands, "
        "at the cutoffs after all that it has learned from"
    )
    return Check("M05", bool(low <= 0), told)


def calibrated(candidate: Candidate) -> Check | None:
    """M06: the calibration error is .03 at most, or cannot be told from that by so few rows."""
    if candidate.tier == RULES:
        return None
    error, low, _ = candidate.comparison.pooled("ece")
    told = f"calibration error {error:.3f} (surely above {low:.3f}); {ECE_MOST} is allowed"
    return Check("M06", bool(error <= ECE_MOST or low <= ECE_MOST), told)


def buildable(candidate: Candidate) -> Check:
    """M07: tonight's code builds every feature that it needs by the same definition."""
    told = candidate.unbuildable or "tonight's code builds every feature that it needs"
    return Check("M07", not candidate.unbuildable, told)


def no_alarm(candidate: Candidate) -> Check:
    """M08: nothing suggests that it has seen the label."""
    told = "; ".join(candidate.alarms) or "no sign of a leak"
    return Check("M08", not candidate.alarms, told)


def fit_to_publish(candidate: Candidate) -> Check | None:
    """M09: the grade is not F."""
    if candidate.tier == RULES:
        return None
    return Check("M09", candidate.grade != "F", f"grade {candidate.grade}")


def in_time(candidate: Candidate) -> Check | None:
    """M10: scoring takes no longer than it may."""
    took, may = candidate.scoring_seconds, candidate.budget_seconds
    if took is None or may is None:
        return None
    return Check("M10", took <= may, f"scoring takes {took:.0f} s of {may:.0f}")


LOOKS: tuple[Callable[[Candidate], Check | None], ...] = (
    beats_baselines,
    same_question,
    better_than_champion,
    worst_origin,
    champion_as_it_stands,
    calibrated,
    buildable,
    no_alarm,
    fit_to_publish,
    in_time,
)
"""Every check; one that does not apply answers nothing."""


def _lost(comparison: Comparison) -> Iterator[str]:
    aucs = comparison.margins("auc")
    for baseline, loss in comparison.margins("log_loss").items():
        auc = aucs[baseline]
        is_better, is_worse = loss.high < 0 or auc.low > 0, loss.low > 0 or auc.high < 0
        if not is_better or is_worse:
            yield (
                f"not surely better than {baseline}: log loss {loss.low:+.4f} to "
                f"{loss.high:+.4f}, AUC {auc.low:+.3f} to {auc.high:+.3f}"
            )


def _better(measured: Comparison) -> Check:
    loss, auc = (measured.margins(metric)[CHAMPION] for metric in ("log_loss", "auc"))
    told = f"log loss {loss.value:+.4f} ({loss.low:+.4f} to {loss.high:+.4f}) beside the champion"
    if loss.high < 0:
        return Check("M03", passed=True, sentence=told)
    mine, theirs = (_off(measured, who) for who in (CHALLENGER, CHAMPION))
    told += f", AUC {auc.value:+.3f} (from {auc.low:+.3f}), {mine[1]} against {theirs[1]}"
    passed = bool(auc.low >= -AUC_INFERIOR_MOST and mine[0] < theirs[0])
    return Check("M03", passed, told)


def _off(measured: Comparison, who: str) -> tuple[float, str]:
    """How far calibration is off, and that in words; of several classes by the mean error."""
    rows = measured.metrics.loc[measured.metrics["predictor"].eq(who)]
    pooled = rows.loc[rows["origin"].eq(POOLED)].set_index("metric")["value"]
    if "observed_over_expected" in pooled:
        ratio = float(pooled["observed_over_expected"])
        off = abs(np.log(ratio)) if ratio > 0 else float("inf")
        return float(off), f"observed/expected {ratio:.2f}"
    return float(pooled["ece"]), f"calibration error {pooled['ece']:.3f}"


def _lowest(measured: Comparison, who: str) -> float:
    """The AUC at its worst origin; NaN, with which no check holds, where none has one."""
    rows = measured.metrics
    own = rows.loc[rows["predictor"].eq(who) & rows["metric"].eq("auc")]
    return float(own.loc[own["origin"].ne(POOLED), "value"].min())
