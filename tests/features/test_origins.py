"""Whether sentiments were stated or read out of texts, by what the manifest says."""

from pathlib import Path

from stored import NIGHT

from features.lake.manifest import Manifest
from features.lake.origins import SENTIMENT_READ, origins
from features.lake.snapshot import Snapshot


def test_a_source_states_its_sentiments_unless_they_were_read_out_of_texts():
    sources = ({"name": "surveys"}, {"name": "chats", SENTIMENT_READ: True})
    manifest = Manifest(as_of=NIGHT, watermark=NIGHT, partitions=1, tables={}, sources=sources)
    assert origins(Snapshot(Path(), manifest)) == {"surveys": "stated", "chats": "text"}
