"""All gates of a night: what each says, what a person accepts, and the refusal otherwise."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from features.errors import GateFailed, WorkspaceInvalid
from features.mistakes import Mistake, nearest
from serving.gates.answers import fit_answers, not_constant
from serving.gates.drift import steady_mean, steady_spread
from serving.gates.fit import NOBODY
from serving.gates.inputs import as_full, fresh
from serving.gates.model import same_features, young_enough
from serving.gates.params import GateParams
from serving.gates.rows import as_many_rows, as_many_suppressed
from serving.gates.tonight import Gate, Tonight

LOOKS: dict[str, Callable[[Tonight, GateParams], Gate | None]] = {
    "G01": as_many_rows,
    "G03": fresh,
    "G04": not_constant,
    "G05": fit_answers,
    "G06": steady_mean,
    "G07": steady_spread,
    "G08": same_features,
    "G09": young_enough,
    "G10": as_full,
    "G11": as_many_suppressed,
}
"""Every gate that a person can accept; one that does not apply answers nothing."""

CODES = tuple(sorted([NOBODY, *LOOKS]))


class GatesFailed(GateFailed):
    """Gates that stopped a night; `mistakes` names each with its sentence and how to accept it."""

    def __init__(self, failed: Collection[Gate], run_id: str) -> None:
        self.mistakes = tuple(Mistake(gate.code, gate.sentence) for gate in failed)
        accepting = " ".join(f"--accept {gate.code}" for gate in failed)
        told = "\n".join(f"  {gate.code}: {gate.sentence}" for gate in failed)
        count = len(failed)
        super().__init__(
            f"{count} quality gate{'s' * (count > 1)} stopped the night\n{told}",
            where=f"run {run_id}",
            mend=f'mend what is named, or accept it: {accepting} --why "the reason"',
        )


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What every gate said; `accepted` are those that failed and that a person let pass."""

    gates: tuple[Gate, ...]
    accepted: tuple[Gate, ...] = ()


def judged(tonight: Tonight, params: GateParams, *, accept: Collection[str] = ()) -> Judged:
    """What the gates say of a night; `GatesFailed` names at once all that stop it.

    The codes in `accept` stop nothing; those of gates that did not fail mean nothing.
    """
    gates = tuple(found for look in LOOKS.values() if (found := look(tonight, params)))
    failed = [gate for gate in gates if not gate.passed]
    if stopping := [gate for gate in failed if gate.code not in accept]:
        raise GatesFailed(stopping, tonight.run.run_id)
    return Judged(gates=gates, accepted=tuple(failed))


def check_codes(accept: Collection[str], why: str) -> None:
    """Refuse what nobody can accept: an unknown code, no reason; `WorkspaceInvalid`."""
    for code in accept:
        if code == NOBODY:
            raise WorkspaceInvalid(
                f"{NOBODY} cannot be accepted: there would be nothing to publish",
                where=f"--accept {code}",
                mend="mend the sources",
            )
        if code not in LOOKS:
            raise WorkspaceInvalid(
                f"there is no gate {code!r}",
                where=f"--accept {code}",
                mend=nearest(code, LOOKS),
            )
    if accept and not why.strip():
        raise WorkspaceInvalid(
            "nobody accepts a gate without a reason",
            where="--accept",
            mend="write --why 'the reason'; it is kept beside your name",
        )
