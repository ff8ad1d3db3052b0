"""The catalog: every feature with its unit, its meaning and a hash of its definition."""

import ast
import hashlib
import inspect
import json
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from features.errors import ModelRefused, WorkspaceInvalid
from features.known.asof import Floats
from features.known.needs import NOTHING, Attribute, Needs
from features.known.past import EVERYTHING, Past, Where
from features.known.trace import Ints
from features.rare import RARE
from features.roles import PARTS, ROLES

ENGINE = 1
"""Part of every hash; raised when the engine computes the same definition differently."""

Compute = Callable[..., Ints | Floats]


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One column of a panel: `function(past, **arguments)`.

    `unit` says what a value counts; `needs` what the function reads. `sign` is +1 where more can
    only mean more risk of leaving, -1 where it can only mean less, 0 where common sense is silent.
    `whole` values are integers and never missing. Where there are `values`, the feature is one of
    them: it holds the number of the value, or one more than the last for a value that is unknown.
    """

    name: str
    family: str
    unit: str
    meaning: str
    function: Compute
    arguments: Mapping[str, Any] = field(default_factory=dict)
    needs: Needs = NOTHING
    sign: int = 0
    whole: bool = False
    values: tuple[str, ...] = ()

    def compute(self, past: Past) -> Ints | Floats:
        """Values of shape (cutoffs, customers); NaN where there is nothing to tell."""
        return self.function(past, **self.arguments)

    @cached_property
    def definition_hash(self) -> str:
        """Changes when the function, its arguments or the engine change, not with comments."""
        arguments = {name: repr(value) for name, value in sorted(self.arguments.items())}
        definition = [ENGINE, self.name, _source(self.function), arguments]
        return hashlib.sha256(json.dumps(definition).encode()).hexdigest()[:16]


DEFAULT_FAMILIES = (
    "recency",
    "tenure",
    "frequency",
    "monetary",
    "rhythm",
    "breadth",
    "trend",
    "decay",
    "diversity",
    "journey",
    "contract",
    "support",
    "conversation",
    "profile",
)
"""The families that helped out of time on the logs that we have (decision 0021)."""


@dataclass(frozen=True, kw_only=True)
class FeatureParams:
    """Which features a workspace builds.

    `roles` says which steps play a part, `attributes` which attribute of events does, each where
    it is not as in `roles.ROLES` and `roles.PARTS`. `segments` are attributes of customers by which
    peers are told apart. `file` is the workspace's own file of features, where it is not called
    `own.FILE_NAME`.
    """

    windows_days: tuple[int, ...] = (7, 14, 28, 56, 84, 168)
    half_lives_days: tuple[int, ...] = (7, 21, 60)
    families: tuple[str, ...] = DEFAULT_FAMILIES
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    segments: tuple[str, ...] = ()
    file: str = ""

    def steps_of(self, role: str, vocabulary: "Vocabulary") -> tuple[str, ...]:
        """The steps that play a part and occur, sorted; empty where none does."""
        return tuple(sorted({*self.roles.get(role, ROLES[role])} & {*vocabulary.steps}))

    def attribute_of(self, part: str, vocabulary: "Vocabulary") -> str | None:
        """The attribute of events that plays a part, if events have it."""
        names = (self.attributes[part],) if part in self.attributes else PARTS[part]
        return next((name for name in names if name in vocabulary.event_attributes), None)


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """The words of a workspace's data: what there is to make features of.

    `pairs` are the (channel, step) pairs that occur, with `RARE` for a word that too few customers
    share; `steps_with_value` carry money, `steps_with_sentiment` a sentiment. `event_attributes`
    are the names of what events tell besides, `tables` the other tables that tell anything.
    `stages` go from stranger to friend, `exits` are ways out, `attributes` are those of customers.
    """

    pairs: tuple[tuple[str, str], ...]
    steps_with_value: tuple[str, ...] = ()
    steps_with_sentiment: tuple[str, ...] = ()
    event_attributes: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    exits: tuple[str, ...] = ()
    attributes: tuple[Attribute, ...] = ()

    @property
    def steps(self) -> tuple[str, ...]:
        """Every step that is told apart, sorted."""
        return tuple(sorted({step for _, step in self.pairs} - {RARE}))

    @property
    def every_channel(self) -> tuple[str, ...]:
        """Every channel that is told apart, sorted."""
        return tuple(sorted({channel for channel, _ in self.pairs} - {RARE}))

    @property
    def channels(self) -> tuple[str, ...]:
        """Channels, sorted; one that has a single step which no other has is left out."""
        pairs = self.pairs
        steps = {channel: {s for c, s in pairs if c == channel} for channel in self.every_channel}
        return tuple(
            channel
            for channel, own in sorted(steps.items())
            if not (len(own) == 1 and sum(own <= others for others in steps.values()) == 1)
        )

    @property
    def slices(self) -> tuple[Where, ...]:
        """All events, each channel, each step."""
        return (
            EVERYTHING,
            *(Where(channel=channel) for channel in self.channels),
            *(Where(step=step) for step in self.steps),
        )


Family = Callable[[FeatureParams, Vocabulary], Iterator[Feature]]


class Catalog:
    """The features of a workspace, by name; names are unique."""

    def __init__(self, features: Iterable[Feature]) -> None:
        self.features = tuple(features)
        names = [feature.name for feature in self.features]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise WorkspaceInvalid(
                f"two features are called {', '.join(twice)}",
                where="feature catalog",
                mend="rename one of the channels, steps or features",
            )

    @property
    def categories(self) -> frozenset[str]:
        """The names of the features that hold numbers of words."""
        return frozenset(feature.name for feature in self.features if len(feature.values))

    def select(self, needed: Mapping[str, str]) -> tuple[Feature, ...]:
        """The features of these names, refused if one is missing or has another hash."""
        known = {feature.name: feature for feature in self.features}
        missing = [name for name in needed if name not in known]
        changed = [
            name
            for name, definition in needed.items()
            if name in known and known[name].definition_hash != definition
        ]
        if missing or changed:
            faults = [f"missing: {name}" for name in missing] + [f"changed: {n}" for n in changed]
            raise ModelRefused(
                f"{len(faults)} of {len(needed)} features that the model needs cannot be built "
                f"as it learned them ({', '.join(faults[:5])})",
                mend="restore their definitions, or run `jejak retrain`",
            )
        return tuple(known[name] for name in needed)

    @property
    def definition_hash(self) -> str:
        """One hash over all features."""
        text = ",".join(f"{f.name}:{f.definition_hash}" for f in self.features)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def slug(where: Where) -> str:
    """The part of a feature's name that says which events it is about.

    >>> slug(Where(step="Demo requested")), slug(EVERYTHING)
    ('_step_demo_requested', '')
    """
    for kind, word in (("channel", where.channel), ("step", where.step)):
        if word is not None:
            return "".join(
                f"_{kind}_{plain(each)}" for each in ([word] if isinstance(word, str) else word)
            )
    return ""


def plain(word: str) -> str:
    """A word as a part of a name: small Latin letters and digits, unlike words kept apart.

    >>> plain("Demo requested"), plain("Größe")
    ('demo_requested', 'gr_e_aedc')
    """
    kept = re.sub(r"[^a-z0-9]+", "_", word.lower()).strip("_")
    if kept != word.lower().replace(" ", "_"):
        kept += "_" + hashlib.sha256(word.encode()).hexdigest()[:4]
    return kept


def phrase(where: Where, noun: str = "event") -> str:
    """The events in words.

    >>> phrase(Where(channel="web"))
    'event on channel web'
    """
    if where.channel is not None:
        return f"{noun} on channel {where.channel}"
    if where.step is None:
        return noun
    steps = where.step if isinstance(where.step, str) else " or ".join(where.step)
    return f"{noun} of step {steps}"


def reads(
    *wheres: Where | int,
    measures: Iterable[str] = (),
    told: Iterable[str] = (),
    attributes: Iterable[str] = (),
    sequence: bool = False,
) -> Needs:
    """What a feature over some events, windows (in days) and measures needs (see `Needs`).

    >>> sorted(reads(Where(step="order"), 7, 28, measures=["value"]).lookbacks_days)
    [7, 28]
    """
    some = [where for where in wheres if isinstance(where, Where)]
    steps = [[where.step] if isinstance(where.step, str) else where.step or () for where in some]
    return Needs(
        lookbacks_days=frozenset(days for days in wheres if isinstance(days, int)),
        channels=frozenset(where.channel for where in some if where.channel is not None),
        steps=frozenset(step for each in steps for step in each),
        measures=frozenset(measures),
        told=frozenset(told),
        attributes=frozenset(attributes),
        sequence=frozenset({True} if sequence else ()),
    )


@cache
def _source(function: Compute) -> str:
    """The function as code alone: without comments, docstring or layout."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    definition = tree.body[0]
    if isinstance(definition, ast.FunctionDef):
        definition.decorator_list = []
        if ast.get_docstring(definition) is not None:
            definition.body = definition.body[1:]
    return ast.unparse(definition)
