"""Which part each event plays, by its step."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from features.known.past import Past

Parts = npt.NDArray[np.int8]


def parts(past: Past, steps: Sequence[Sequence[str]]) -> Parts:
    """For each event the number of the part whose steps have its own, from one; else zero.

    A step of several parts plays the last of them.
    """
    if not any(steps):
        return np.zeros(len(past.trace.key), dtype=np.int8)
    number = np.zeros(len(past.trace.words["step"]) + 1, dtype=np.int8)
    for part, own in enumerate(steps, start=1):
        for step in own:
            number[past.trace.word("step", step)] = part
    return number[past.columns["step"]]
