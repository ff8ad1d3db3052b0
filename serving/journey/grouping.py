"""Groups too small to be told apart: every group that may be chosen, and the rest, has enough."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from features.stages.personas import OTHER

APART = "~"
"""Stands for the persona, or the channel, of those whose pair of both is too small."""

OTHERS = "other_channels"
Pair = tuple[str, str]


@dataclass(frozen=True)
class Grouping:
    """Which personas and channels stand together, and which pairs of them are not told apart."""

    personas: Mapping[str, str]
    channels: Mapping[str, str]
    hidden: frozenset[Pair]

    def named(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A frame whose personas and channels are those that may be told."""
        names = {"persona": self.personas, "channel": self.channels}
        return frame.assign(
            **{key: frame[key].replace(to) for key, to in names.items() if key in frame}
        )

    def whole(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A frame that counts everybody once, the persona of hidden pairs untold."""
        return frame.assign(persona=frame["persona"].mask(self._is_hidden(frame), APART))

    def of_personas(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of hidden pairs, the channel untold: of which personas count these too."""
        return frame.loc[self._is_hidden(frame)].assign(channel=APART)

    def _is_hidden(self, frame: pd.DataFrame) -> pd.Series:
        pairs = zip(frame["persona"], frame["channel"], strict=True)
        return pd.Series([pair in self.hidden for pair in pairs], frame.index, dtype=bool)


def grouped(people: pd.DataFrame, least: int, rare: set[str]) -> Grouping:
    """Groups of at least so many customers, from how many each persona has by each channel.

    `people` has persona, channel and customers; without a channel they are all of a persona. The
    channels `rare` stand together whatever their number. What is too small joins others, and so
    does the next larger where the difference to a total would tell it.
    """
    rows = people[["persona", "channel", "customers"]].itertuples(index=False, name=None)
    told = [(str(persona), str(channel), int(n)) for persona, channel, n in rows]
    personas = dict.fromkeys(_few({who: n for who, by, n in told if not by}, least), OTHER)
    pairs, reached = Counter[Pair](), Counter[str]()
    for persona, channel, n in told:
        if channel:
            pairs[personas.get(persona, persona), channel] += n
            reached[channel] += n
    channels = dict.fromkeys(_together(reached, least, rare), OTHERS)
    met: dict[Pair, int] = {}
    for (persona, channel), n in pairs.items():
        pair = (persona, channels.get(channel, channel))
        met[pair] = max(met.get(pair, 0), n)
    return Grouping(personas, channels, frozenset(_hidden(met, least)))


def _few(sizes: Mapping[str, int], least: int) -> set[str]:
    """Personas that become `OTHER`, which then is large enough itself if there are so many."""
    named = sorted((n, name) for name, n in sizes.items() if name != OTHER)
    few, pooled = set[str](), sizes.get(OTHER, 0)
    for n, name in named:
        if n < least or 0 < pooled < least:
            few.add(name)
            pooled += n
    return few


def _together(reached: Mapping[str, int], least: int, rare: set[str]) -> set[str]:
    """Channels that stand together, one of which at least has enough if there is any."""
    together = rare | {name for name, n in reached.items() if n < least}
    if together and max(reached.get(name, 0) for name in together) < least:
        alone = sorted((n, name) for name, n in reached.items() if name not in together)
        together |= {name for _, name in alone[:1]}
    return together


def _hidden(met: Mapping[Pair, int], least: int) -> set[Pair]:
    """Pairs too small, and those that must be hidden with them for their sum to be no smaller.

    Personas share no customer, so theirs add up; channels do, so the largest speaks for all.
    """
    hidden, before = {pair for pair, n in met.items() if n < least}, -1
    while len(hidden) > before:
        before = len(hidden)
        for place, enough in ((1, sum), (0, max)):
            for name in {pair[place] for pair in hidden}:
                own = {pair: n for pair, n in met.items() if pair[place] == name}
                rest = sorted((n, pair) for pair, n in own.items() if pair not in hidden)
                if rest and enough(n for pair, n in own.items() if pair in hidden) < least:
                    hidden.add(rest[0][1])
    return hidden
