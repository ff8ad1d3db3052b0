"""What a model's numbers allow: a grade with its sentences, a tier, and alarms of a leak."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from features.errors import ModelRefused
from models.judging.bootstrap import Comparison

MODEL_AUC_MOST = 0.97
FEATURE_AUC_MOST = 0.95
GAIN_SHARE_MOST = 0.5

EVENTS_LEAST = 100
EVENTS_STANDARD = 500
ORIGINS_STANDARD = 3


@dataclass(frozen=True)
class Finding:
    """A check that fired: its code and what it saw."""

    code: str
    sentence: str


@dataclass(frozen=True)
class Grade:
    """A letter from A to F and the sentences that explain it; F is not published."""

    letter: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class _Rung:
    letter: str
    auc: float
    auc_low: float
    ece: float


RUNGS = (_Rung("A", 0.80, 0.0, 0.02), _Rung("B", 0.70, 0.0, 0.03), _Rung("C", 0.65, 0.60, 0.05))


def grade(comparison: Comparison, *, positives: int, findings: tuple[Finding, ...] = ()) -> Grade:
    """The best letter whose every condition holds on the pooled out-of-time rows.

    A asks for an AUC of .80, an ECE of .02, a paired interval above every baseline, and 500
    positives over 3 cutoffs; B for .70, .03 and a higher AUC than every baseline; C for .65 (lower
    bound .60) and .05. A leakage finding forces F.
    """
    if findings:
        return Grade("F", tuple(f"{f.code}: {f.sentence}" for f in findings))
    missed: list[str] = []
    for rung in RUNGS:
        faults = [*_numbers(comparison, rung), *_beats(comparison, rung)]
        if rung.letter == "A":
            faults += _evidence(comparison, positives)
        if not faults:
            return Grade(rung.letter, (*missed, _summary(comparison)))
        missed += [f"not {rung.letter}: {fault}" for fault in faults]
    return Grade("F", (*missed, _summary(comparison)))


def findings(
    comparison: Comparison, feature_aucs: Mapping[str, float], gain_shares: Mapping[str, float]
) -> tuple[Finding, ...]:
    """Every leakage alarm that fires; a model that is better than it can be has seen the label."""
    return tuple(_alarms(comparison.pooled("auc").value, feature_aucs, gain_shares))


def check_enough(events_rarer: int) -> None:
    """Refuse to learn from fewer than 100 rows in the rarer of churned and stayed."""
    if events_rarer < EVENTS_LEAST:
        raise ModelRefused(
            f"{events_rarer} rows in the rarer of churned and stayed; a model needs {EVENTS_LEAST}",
            where="training panel",
            mend="give it a longer history or more customers, or lengthen horizon_days",
        )


def tier(events_rarer: int, origins: int) -> str:
    """How far scores may be trusted: standard from 500 rarer rows over 3 cutoffs on."""
    enough = events_rarer >= EVENTS_STANDARD and origins >= ORIGINS_STANDARD
    return "standard" if enough else "experimental"


def _alarms(
    auc: float, feature_aucs: Mapping[str, float], gain_shares: Mapping[str, float]
) -> Iterator[Finding]:
    if auc > MODEL_AUC_MOST:
        yield Finding("J01", f"the model's AUC is {auc:.3f}, better than it can be")
    for name, alone in feature_aucs.items():
        if max(alone, 1 - alone) > FEATURE_AUC_MOST:
            yield Finding(
                "J02", f"{name} alone separates with an AUC of {max(alone, 1 - alone):.3f}"
            )
    for name, share in gain_shares.items():
        if share > GAIN_SHARE_MOST:
            yield Finding("J03", f"{name} brings {share:.0%} of the gain")


def _numbers(comparison: Comparison, rung: _Rung) -> Iterator[str]:
    auc, low, _ = comparison.pooled("auc")
    ece = comparison.pooled("ece").value
    if not auc >= rung.auc:
        yield f"AUC {auc:.3f} is below {rung.auc:.2f}"
    if not low > rung.auc_low:
        yield f"the lower bound of AUC, {low:.3f}, is not above {rung.auc_low:.2f}"
    if not ece <= rung.ece:
        yield f"calibration error {ece:.3f} is above {rung.ece:.2f}"


def _beats(comparison: Comparison, rung: _Rung) -> Iterator[str]:
    for baseline, (value, low, high) in comparison.margins("auc").items():
        if rung.letter == "A" and not low > 0:
            yield f"AUC is not surely above that of {baseline} ({low:+.3f} to {high:+.3f})"
        if rung.letter == "B" and not value > 0:
            yield f"AUC is not above that of {baseline} ({value:+.3f})"


def _evidence(comparison: Comparison, positives: int) -> Iterator[str]:
    if positives < EVENTS_STANDARD or comparison.origins < ORIGINS_STANDARD:
        yield (
            f"{positives} events over {comparison.origins} out-of-time cutoffs; "
            f"{EVENTS_STANDARD} over {ORIGINS_STANDARD} are asked"
        )


def _summary(comparison: Comparison) -> str:
    auc, low, high = comparison.pooled("auc")
    ece = comparison.pooled("ece").value
    origin, lowest = comparison.lowest_auc()
    return (
        f"AUC {auc:.3f} ({low:.3f} to {high:.3f}; lowest {lowest:.3f} at {origin}), "
        f"lift quality {2 * auc - 1:.2f}, calibration error {ece:.3f}"
    )
