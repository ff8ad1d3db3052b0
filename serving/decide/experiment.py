"""The control arm: drawn by a keyed hash, frozen at enrolment, with its probability."""

import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from serving.decide.params import BANDS, Band
from serving.keyed import fraction

TREATED, CONTROL = "treated", "control"

_NAME = "[a-z0-9][a-z0-9_-]{0,59}"


class Enrolment(NamedTuple):
    """The arm that a customer was drawn into, and with which probability."""

    arm: str
    probability: float


@dataclass(frozen=True, kw_only=True)
class ExperimentParams:
    """Who is held out, so that it can be told what contact is worth: `[experiment]`.

    `control_share` of those for whom contact is planned are held out; `shares` says otherwise for
    single bands. An arm, once drawn, stays; a new `name` draws again. Of those held out
    destinations are not told the `hide`: their action, or their whole score.
    """

    name: str
    control_share: float
    shares: Mapping[Band, float] = field(default_factory=dict[Band, float])
    hide: Literal["action", "score"] = "action"

    def __post_init__(self) -> None:
        """Refuse names that cannot be columns' values and shares without two arms."""
        faults = list(self._faults())
        if faults:
            raise ValueError("\n".join(faults))

    def _faults(self) -> Iterator[str]:
        if not re.fullmatch(_NAME, self.name):
            yield f"name is {self.name!r}; write small letters, digits, - and _"
        for band, share in {"": self.control_share, **self.shares}.items():
            if band and band not in BANDS:
                yield f"shares names {band!r}; write {', '.join(BANDS)}"
            if not (math.isfinite(share) and 0 < share < 1):
                key = "shares" if band else "control_share"
                yield f"{key} is {share}; write a share above 0 and below 1"

    def share(self, band: str) -> float:
        """The share that is held out of those who are enrolled from a band.

        >>> ExperimentParams(name="offer", control_share=0.5, shares={"high": 0.1}).share("high")
        0.1
        """
        return {**self.shares}.get(band, self.control_share)


def draw(experiment: ExperimentParams, customer_id: str, band: str, key: bytes) -> Enrolment:
    """The arm of a customer who is enrolled from a band: control below the band's share.

    It depends on the key, the experiment's name, the customer and the share, on nothing else.

    >>> offer = ExperimentParams(name="offer", control_share=0.5)
    >>> draw(offer, "c1", "high", b"key") == draw(offer, "c1", "high", b"key")
    True
    """
    share = experiment.share(band)
    if fraction(key, experiment.name, customer_id) < share:
        return Enrolment(CONTROL, share)
    return Enrolment(TREATED, 1 - share)


def drawn(
    experiment: ExperimentParams,
    bands: Mapping[str, str],
    enrolled: Mapping[str, Enrolment],
    key: bytes,
) -> dict[str, Enrolment]:
    """The arm of each customer with a band: the one that is frozen, else the one to be drawn."""
    fresh: Collection[str] = bands.keys() - enrolled.keys()
    told = {customer: draw(experiment, customer, bands[customer], key) for customer in fresh}
    return told | {customer: enrolled[customer] for customer in bands.keys() & enrolled.keys()}
