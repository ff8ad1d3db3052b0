"""The counts of the journey map as the page shows them: few words, rounded, in a fixed order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from features.journey_map import JourneyMap
from serving.journey.cubes import DICTIONARIES
from serving.journey.grouping import APART, OTHERS, Grouping, grouped

CHANNELS_MOST = 12
"""Channels in columns of their own; the rarer ones stand together."""

PAIRS_MOST = 120
"""Steps of channels that are told by name; the rarer ones of a channel stand together."""

OTHER_STEPS = "other_steps"

KEYS: dict[str, tuple[str, ...]] = {
    "flows": ("month", "persona", "channel", "source", "target", "direction"),
    "standing": ("month", "persona", "stage"),
    "dwell": ("month", "persona", "channel", "stage", "bin"),
    "staying": ("persona", "stage", "bin"),
    "touches": ("month", "persona", "stage", "channel", "step"),
    "reach": ("month", "persona", "stage", "channel"),
    "feelings": ("month", "persona", "stage", "channel", "origin"),
    "spend": ("month", "channel"),
    "waits": ("month", "persona", "stage", "channel", "kind", "bin"),
    "changes": ("month", "persona", "stage"),
}
"""What each frame is counted by."""

MEASURES: dict[str, tuple[str, ...]] = {
    "flows": ("moves",),
    "standing": ("customers",),
    "dwell": ("spells",),
    "staying": ("customers",),
    "touches": ("customers", "events", "value", "sentiment", "rated"),
    "reach": ("customers",),
    "feelings": ("ratings", "sentiment", "low"),
    "spend": ("cost",),
    "waits": ("waits",),
    "changes": ("issues", "switched", "ping_pong"),
}
"""What the page shows of each frame."""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Frames by their name, one row a combination of keys, and the words of each key in order.

    `stage` begins with the empty word: no stage yet. `apart` has what a persona counts by channels
    that are not told of it, the pairs `hidden`; the frames count it already, without the
    persona. Groups that may be chosen have `least` customers.
    """

    frames: Mapping[str, pd.DataFrame]
    apart: Mapping[str, pd.DataFrame]
    hidden: frozenset[tuple[str, str]]
    least: int
    words: Mapping[str, tuple[str, ...]]
    order: tuple[str, ...]
    exits: tuple[str, ...]

    @property
    def stages(self) -> tuple[str, ...]:
        """Every stage: the order, then the exits."""
        return (*self.order, *self.exits)

    def chosen(self, key: str) -> tuple[str, ...]:
        """The words of a key that have a name."""
        return tuple(word for word in self.words[key] if word != APART)

    @property
    def months(self) -> tuple[str, ...]:
        """The months that are counted, the earliest first."""
        return self.words["month"]


def counts(counted: JourneyMap, smallest_group: int = 1) -> Counts:
    """What the page shows of the counts of a lake; no group is smaller that may be chosen."""
    frames = {name: _frame(counted, name) for name in KEYS}
    commonest = _by_events(frames["touches"], "channel")
    rare = set(commonest[CHANNELS_MOST:]) if len(commonest) > CHANNELS_MOST + 1 else set[str]()
    groups = grouped(_everyone(frames, counted.people), smallest_group, rare)
    named = {name: groups.named(frame) for name, frame in frames.items()}
    named["touches"] = _few_steps(named["touches"])
    frames = {name: _summed(_whole(frame, groups), name) for name, frame in named.items()}
    apart = {
        name: _summed(groups.of_personas(frame), name)
        for name, frame in named.items()
        if {"persona", "channel"} <= {*frame}
    }
    words = _words([*frames.values(), *apart.values()], frames["touches"], counted)
    return Counts(
        frames=frames,
        apart=apart,
        hidden=groups.hidden,
        least=smallest_group,
        words={**words, "month": counted.months},
        order=counted.order,
        exits=counted.exits,
    )


def totals(
    frame: pd.DataFrame, keys: Sequence[str], *measures: str
) -> dict[tuple[str, ...], tuple[float, ...]]:
    """Sums of some measures by the words of some keys.

    >>> rows = pd.DataFrame({"stage": ["decision"] * 2, "customers": [3, 4]})
    >>> totals(rows, ["stage"], "customers")
    {('decision',): (7.0,)}
    """
    summed = _grouped(frame, keys, measures)
    words = (summed[key].astype(str).tolist() for key in keys)
    numbers = (summed[name].astype(float).tolist() for name in measures)
    return dict(zip(zip(*words, strict=True), zip(*numbers, strict=True), strict=True))


def _frame(counted: JourneyMap, name: str) -> pd.DataFrame:
    frame: pd.DataFrame = getattr(counted, name)
    kept = frame.loc[:, [*KEYS[name], *MEASURES[name]]]
    words = [key for key in KEYS[name] if key != "bin"]
    return kept.astype(dict.fromkeys(words, "str")).fillna(dict.fromkeys(words, ""))


def _everyone(frames: Mapping[str, pd.DataFrame], people: pd.DataFrame) -> pd.DataFrame:
    """How many customers there are, personas included of whom nobody was active."""
    still = _found([*frames.values()], "persona") - {*people["persona"]}
    none = pd.DataFrame({"persona": sorted(still), "channel": "", "customers": 0})
    return pd.concat([people, none])


def _whole(frame: pd.DataFrame, groups: Grouping) -> pd.DataFrame:
    return groups.whole(frame) if {"persona", "channel"} <= {*frame} else frame


def _few_steps(touches: pd.DataFrame) -> pd.DataFrame:
    """The commonest steps of channels by name: the page is small whatever the words are."""
    pairs = totals(touches, ["channel", "step"], "events")
    if len(pairs) <= PAIRS_MOST:
        return touches
    rare = sorted(pairs, key=lambda pair: (-pairs[pair][0], pair))[PAIRS_MOST:]
    is_rare = pd.MultiIndex.from_arrays([touches["channel"], touches["step"]]).isin(rare)
    return touches.assign(step=touches["step"].mask(is_rare, OTHER_STEPS))


def _summed(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    return _grouped(frame, KEYS[name], MEASURES[name]).round(2)


def _grouped(frame: pd.DataFrame, keys: Sequence[str], measures: Sequence[str]) -> pd.DataFrame:
    return frame.groupby([*keys], as_index=False).agg(dict.fromkeys(measures, "sum"))


def _by_events(touches: pd.DataFrame, key: str) -> list[str]:
    events = totals(touches, [key], "events")
    return [word for (word,) in sorted(events, key=lambda words: (-events[words][0], words))]


def _words(
    frames: Sequence[pd.DataFrame], touches: pd.DataFrame, counted: JourneyMap
) -> dict[str, tuple[str, ...]]:
    """The words of each key: stages as a journey goes, channels by volume, others by the letter."""
    stages = ("", *counted.order, *counted.exits)
    keys = dict.fromkeys(DICTIONARIES.get(key, key) for some in KEYS.values() for key in some)
    found = {key: sorted(_found(frames, key)) for key in keys}
    found["stage"] = [*stages, *(word for word in found["stage"] if word not in stages)]
    volume, last = _by_events(touches, "channel"), {OTHERS: 1, APART: 2}
    places = {word: place for place, word in enumerate(volume)}
    found["channel"].sort(key=lambda word: (last.get(word, 0), places.get(word, len(places))))
    found["persona"].sort(key=lambda word: word == APART)
    found["bin"] = [str(place) for place in range(1 + max(map(int, found["bin"]), default=0))]
    return {key: tuple(words) for key, words in found.items()}


def _found(frames: Sequence[pd.DataFrame], key: str) -> set[str]:
    return {
        str(word)
        for frame in frames
        for name in frame.columns
        if DICTIONARIES.get(str(name), name) == key
        for word in frame[name].unique()
    }
