"""Where sentiments come from: customers stated them, or a lexicon read them out of texts."""

from collections.abc import Mapping
from typing import Literal

from features.lake.snapshot import Snapshot

Origin = Literal["stated", "text"]

SENTIMENT_READ = "sentiment_read_from_texts"
"""What the manifest says of a source whose sentiments were read out of texts."""


def origins(snapshot: Snapshot) -> Mapping[str, Origin]:
    """The origin of the sentiments of each source, by its name.

    A score that a customer gave is `stated`; what was read out of a text is `text`. A source has
    one of them.
    """
    return {
        source["name"]: "text" if source.get(SENTIMENT_READ) else "stated"
        for source in snapshot.manifest.sources
    }
