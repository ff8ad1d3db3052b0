"""What decisions build on: the workspace's playbook, and what is remembered of nights before."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from serving.decide.experiment import Enrolment, ExperimentParams
from serving.decide.params import DecideParams
from serving.decide.plays import Play


@dataclass(frozen=True, kw_only=True)
class Playbook:
    """All that a workspace says of whom to contact and how; plays in their order."""

    params: DecideParams = field(default_factory=DecideParams)
    plays: tuple[Play, ...] = ()
    experiment: ExperimentParams | None = None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What is remembered from the nights before, and who must not be contacted.

    `bands` are those of the night before by customer. `enrolled` are the arms of the playbook's
    experiment, `enrolled_a_night` how many were enrolled at each earlier cutoff. `acted` is the
    last cutoff at which a customer was given a play, by play and customer. `suppressed` are
    customers by channel; those without a channel must not be scored either.
    """

    bands: Mapping[str, str] = field(default_factory=dict[str, str])
    enrolled: Mapping[str, Enrolment] = field(default_factory=dict[str, Enrolment])
    enrolled_a_night: Mapping[datetime, int] = field(default_factory=dict[datetime, int])
    acted: Mapping[str, Mapping[str, datetime]] = field(
        default_factory=dict[str, Mapping[str, datetime]]
    )
    suppressed: Mapping[str, Collection[str]] = field(default_factory=dict[str, Collection[str]])
