"""Reading on: of what the lake holds of a source already, only what changed."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from hashlib import blake2b
from zoneinfo import ZoneInfo

from features.sources.kinds import resumes
from features.sources.money import Rates
from features.sources.spec import SourceSpec

_NOT_OF_MAPPING = frozenset(
    {"path", "stale_after_days", "required", "complete_until", "options", "since", "feelings"}
)
_OF_MAPPING_IF_SAID = frozenset({"sentiment_from", "words"})
_NOT_OF_OPTIONS = frozenset({"url", "changed", "overlap_days"})


@dataclass(frozen=True, kw_only=True)
class LastRead:
    """What the lake holds of a source: as of when, a hash of how it was read, its newest row."""

    as_of: datetime
    settings: str
    newest: datetime | None = None


def read_on(
    spec: SourceSpec, last: LastRead | None, *, settings: str, as_of: datetime
) -> SourceSpec:
    """The spec with its `since`, where its other rows are held as they would be read now.

    A lake that was written for a later night than `as_of` does not say what was read by now.
    """
    if last is None or last.settings != settings or last.as_of > as_of or not resumes(spec):
        return spec
    return replace(spec, since=last.as_of)


def how_mapped(spec: SourceSpec, zone: ZoneInfo, rates: Rates | None) -> str:
    """Equal while equal files would give equal rows; says nothing of where they lie."""
    said = {
        name: value
        for name, value in asdict(spec).items()
        if name not in _NOT_OF_MAPPING and (value or name not in _OF_MAPPING_IF_SAID)
    }
    said["options"] = {
        name: value for name, value in spec.options.items() if name not in _NOT_OF_OPTIONS
    }
    content = json.dumps([said, zone.key, rates and rates.currency], sort_keys=True, default=str)
    return blake2b(content.encode(), digest_size=12).hexdigest()
