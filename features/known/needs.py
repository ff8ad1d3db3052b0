"""What features read: the columns and spans that a trace must bring, and no others."""

from dataclasses import dataclass, fields


def group_column(attribute: str) -> str:
    """The column of a trace that says to which group an attribute's value leads.

    >>> group_column("plan")
    'plan#'
    """
    return f"{attribute}#"


@dataclass(frozen=True, order=True)
class Attribute:
    """An attribute of customers: a `number`, an `instant`, or a `category` of some values."""

    name: str
    kind: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, order=True)
class Group:
    """Groups whose habits of some days are read: by a value that customers or events share.

    `of` is the table that has the attribute. `customers` who share its value are peers; so are
    those of whom `events` name the same item.
    """

    of: str
    attribute: str
    days: int


@dataclass(frozen=True, order=True)
class Keys:
    """The values by which an attribute tells groups apart; `of` is the table that has it."""

    of: str
    attribute: str
    values: tuple[str, ...]

    @property
    def column(self) -> str:
        """The column of a trace that says which group a row belongs to."""
        return group_column(self.attribute)


@dataclass(frozen=True)
class Needs:
    """What some features read.

    Of events: days of look-back, the words of channel and step that are told apart, `measures`
    (integers that are summed: value, sentiment, or an attribute that is a number), `told` (measures
    of which it matters whether they are there), `attributes` that say which events belong together
    (a ticket, a product), and `sequence`: the order of events within one instant. Of other tables:
    their names, the words of stages, and attributes of customers. `peers` are the groups whose
    habits are read, `keys` what a table of peers calls them.
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
    peers: frozenset[Group] = frozenset()
    keys: frozenset[Keys] = frozenset()

    def __or__(self, other: "Needs") -> "Needs":
        """What both read."""
        both = {one.name: getattr(self, one.name) | getattr(other, one.name) for one in _FIELDS}
        return Needs(**both)


_FIELDS = fields(Needs)
NOTHING = Needs()
