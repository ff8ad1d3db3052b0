"""What features read: the columns and spans that a trace must bring, and no others."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, order=True)
class Attribute:
    """An attribute of customers: a `number`, an `instant`, or a `category` of some values."""

    name: str
    kind: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Needs:
    """What some features read.

    Of events: days of look-back, the words of channel and step that are told apart, `measures`
    (integers that are summed: value, sentiment, or an attribute that is a number), `told` (measures
    of which it matters whether they are there), `attributes` that say which events belong together
    (a ticket, a product), and `sequence`: the order of events within one instant. Of other tables:
    their names, the words of stages, and attributes of customers. `peers` are the groups whose
    habits are read.
    """

    lookbacks_days: frozenset[int] = frozenset()
    channels: frozenset[str] = frozenset()
    steps: frozenset[str] = frozenset()
    measures: frozenset[str] = frozenset()
    told: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()
    sequence: frozenset[bool] = frozenset()
    tables: frozenset[str] = frozenset()
    stages: frozenset[str] = frozenset()
    profile: frozenset[Attribute] = frozenset()
    peers: frozenset[str] = frozenset()

    def __or__(self, other: "Needs") -> "Needs":
        """What both read."""
        both = {one.name: getattr(self, one.name) | getattr(other, one.name) for one in _FIELDS}
        return Needs(**both)


_FIELDS = fields(Needs)
NOTHING = Needs()
