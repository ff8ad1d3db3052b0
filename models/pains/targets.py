"""What a workspace wants of its journey: how many go on, how soon, and how long anybody waits."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from features.mistakes import Mistake, nearest, unknown_key
from models.limits import at_least, at_most

SHARES = ("advance_share", "drop_off_share")
DAYS = "days_median"
MEASURES = (*SHARES, DAYS)
"""What may be wanted of a stage: shares a month of those who stand there, median days in it."""

WAIT_HOURS: Mapping[str, float] = {
    "first_reply_hours": 8.0,
    "resolution_hours": 48.0,
    "refund_hours": 168.0,
}
"""How long customers should wait at most, where a workspace says nothing else."""

MONTHS_MOST = 120
_HOURS = "_hours"


@dataclass(frozen=True, kw_only=True)
class JourneyParams:
    """The journey as it should be, `[journey]` in the workspace file; `docs/pains.md` tells each.

    `months` are shown in the report; `period_months` of them are compared with as many before.
    `targets` has a table a stage with some of `MEASURES`, `waits` some of `WAIT_HOURS`;
    `channel_costs` is what one touch by a channel costs, in the workspace's currency. Groups of
    fewer than `smallest_group` customers cannot be chosen in the report, whose feelings are its.
    """

    months: int = 13
    period_months: int = 3
    smallest_group: int = 5
    targets: Mapping[str, Mapping[str, float]] = field(
        default_factory=dict[str, Mapping[str, float]]
    )
    waits: Mapping[str, float] = field(default_factory=dict[str, float])
    channel_costs: Mapping[str, float] = field(default_factory=dict[str, float])

    def __post_init__(self) -> None:
        """Refuse spans that are none, and periods that do not fit into what is shown."""
        at_least(self, period_months=1, months=2 * self.period_months, smallest_group=1)
        at_most(self, months=MONTHS_MOST)

    @property
    def wait_hours(self) -> dict[str, float]:
        """How long customers should wait at most, by the kind of wait.

        >>> JourneyParams(waits={"first_reply_hours": 2.0}).wait_hours
        {'first_reply': 2.0, 'resolution': 48.0, 'refund': 168.0}
        """
        told = {**WAIT_HOURS, **self.waits}
        return {name.removesuffix(_HOURS): hours for name, hours in told.items()}


def mistakes_in_journey(params: JourneyParams, stages: Iterable[str]) -> Iterator[Mistake]:
    """What of it no journey can be: unknown stages and measures, shares that are none, ...

    >>> wanted = JourneyParams(targets={"decision": {"advance_share": 25.0}})
    >>> [str(one) for one in mistakes_in_journey(wanted, ["decision"])]
    ['targets.decision.advance_share: is 25; write a share from 0 to 1']
    """
    known = list(stages)
    for stage, wanted in params.targets.items():
        if stage not in known:
            yield Mistake(f"targets.{stage}", "is no stage", nearest(stage, known))
        yield from _in_measures(f"targets.{stage}", wanted)
    for name, hours in params.waits.items():
        if name not in WAIT_HOURS:
            yield unknown_key(f"waits.{name}", name, WAIT_HOURS)
        elif not hours > 0:
            yield Mistake(f"waits.{name}", f"is {hours:g}", "write hours above 0")
    for channel, cost in params.channel_costs.items():
        if not cost >= 0:
            yield Mistake(f"channel_costs.{channel}", f"is {cost:g}", "write money from 0")


def _in_measures(key: str, wanted: Mapping[str, float]) -> Iterator[Mistake]:
    for name, value in wanted.items():
        if name not in MEASURES:
            yield unknown_key(f"{key}.{name}", name, MEASURES)
        elif name in SHARES and not 0 <= value <= 1:
            yield Mistake(f"{key}.{name}", f"is {value:g}", "write a share from 0 to 1")
        elif not value >= 0:
            yield Mistake(f"{key}.{name}", f"is {value:g}", "write days from 0")
