"""What has changed of columns, one alarm a column: the one that says most."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from models.drift.alarm import Alarm, Severity
from models.drift.money import times
from models.drift.moves import Distance, Look, Moves, Usual
from models.drift.shape import Shape, size_of
from models.drift.trend import Tonight
from models.logit import Floats

INDEX_WARN, INDEX_ACT = 0.10, 0.20
SHIFT_WARN, SHIFT_ACT = 0.20, 0.45
MISSING_WARN, MISSING_ACT = 0.05, 0.20
SIZE_ACT = 0.8
UNSEEN_WARN, UNSEEN_ACT, UNSEEN_ROWS = 0.01, 0.05, 5


def changed(
    shapes: Sequence[Shape], values: Mapping[str, Floats], tonight: Tonight | None = None
) -> list[Alarm]:
    """An alarm for each column that matters and moves further than it does by itself.

    The gravest first. A column that has no values tonight is not looked at.
    """
    moves = [Moves(shape=shape) for shape in shapes if shape.name in values]
    usual = Usual.of(moves)
    looks = [
        Look(
            moves=one,
            values=values[one.shape.name],
            usual=usual,
            tonight=tonight or Tonight(),
        )
        for one in moves
    ]
    found = [next(_alarms(look), None) for look in looks if len(look.values)]
    alarms = [one for one in found if one]
    return sorted(alarms, key=lambda one: (one.severity, -one.measured / one.needed))


def score_changed(shape: Shape, scores: Floats) -> list[Alarm]:
    """The same of the scores, under their own codes."""
    known = scores[np.isfinite(scores)]
    codes = {"D01": "D20", "D02": "D21"}
    found = changed([shape], {shape.name: known})
    return [replace(one, code=codes[one.code], about="score") for one in found if one.code in codes]


def _alarms(look: Look) -> Iterator[Alarm]:
    """What may be said of one column, what says most first."""
    yield from _unit(look)
    yield from _unseen(look)
    yield from _missing(look)
    yield from _shift(look)
    yield from _spread(look)


def _unit(look: Look) -> Iterator[Alarm]:
    size = look.size
    if size and size.passes(SIZE_ACT):
        told = {**_sizes(look), "times": times(size.measured)}
        yield _alarm(look, "D05", size, SIZE_ACT, "act", told)


def _unseen(look: Look) -> Iterator[Alarm]:
    rows, others = look.now.sum(), look.now[-2]
    share = float(others / rows)
    before = float((look.before[-2] + 1) / (look.before.sum() + 1))
    if not look.moves.shape.is_category or others < UNSEEN_ROWS:
        return
    if share >= UNSEEN_WARN and share > before:
        severity: Severity = "act" if share >= UNSEEN_ACT else "warn"
        edges = look.moves.shape.edges
        known = look.values[np.isfinite(look.values)]
        commonest = _commonest(known[~np.isin(known, edges)])
        distance = Distance(measured=share, by_itself=0.0)
        told = {"value": commonest, "share": share}
        yield _alarm(look, "D04", distance, UNSEEN_WARN, severity, told)


def _missing(look: Look) -> Iterator[Alarm]:
    missing = look.missing
    if missing.passes(MISSING_WARN):
        before = float(look.before[-1] / look.before.sum())
        told = {"before": before, "now": before + missing.measured}
        yield _alarm(look, "D03", missing, MISSING_WARN, _grave(missing, MISSING_ACT), told)


def _shift(look: Look) -> Iterator[Alarm]:
    shift = look.shift
    if shift and shift.passes(SHIFT_WARN):
        grave = _grave(shift, SHIFT_ACT)
        told = {**_means(look), "deviations": shift.measured}
        yield _alarm(look, "D02", shift, SHIFT_WARN, grave, told)


def _spread(look: Look) -> Iterator[Alarm]:
    index = look.index
    if index.passes(INDEX_WARN):
        told = {"psi": index.measured, **_means(look)}
        yield _alarm(look, "D01", index, INDEX_WARN, _grave(index, INDEX_ACT), told)


def _grave(distance: Distance, act: float) -> Severity:
    return "act" if distance.passes(act) else "warn"


def _alarm(
    look: Look,
    code: str,
    distance: Distance,
    least: float,
    severity: Severity,
    told: Mapping[str, float],
) -> Alarm:
    return Alarm(
        code=code,
        severity=severity,
        about="feature",
        name=look.moves.shape.name,
        measured=abs(distance.measured),
        needed=distance.needed(least),
        told=told,
    )


def _means(look: Look) -> dict[str, float]:
    """Means before and now; 0 where nobody has a value."""
    before = [one for one in look.moves.shape.means if one is not None]
    now = look.values[np.isfinite(look.values)]
    return {
        "before": float(np.mean(before)) if before else 0.0,
        "now": float(now.mean()) if len(now) else 0.0,
    }


def _sizes(look: Look) -> dict[str, float]:
    """What usual values that are not zero were, and are."""
    told = [one for one in look.moves.shape.sizes if one is not None]
    now = size_of(look.values[np.isfinite(look.values)])
    return {"before": 10 ** float(np.median(told)), "now": 10 ** float(np.median(now))}


def _commonest(values: Floats) -> float:
    found, counts = np.unique(values, return_counts=True)
    return float(found[np.argmax(counts)])
