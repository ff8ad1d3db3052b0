"""Reading what a workspace's sources hold, as rows of the contracts."""

from features.sources.reading import Reading, SourceCount, read, watermark
from features.sources.spec import SourceSpec

__all__ = ["Reading", "SourceCount", "SourceSpec", "read", "watermark"]
