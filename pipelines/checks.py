"""What a workspace file says of sources and features, checked before any file is opened."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from features.catalog import FeatureParams
from features.families import FAMILIES
from features.sources.kinds import KINDS, complete
from features.sources.spec import SourceSpec
from pipelines.mistakes import Mistake, nearest, unknown_key

NEEDED = {
    "events": ("customer_id", "occurred_at", "channel", "step"),
    "customers": ("customer_id", "valid_from"),
}
ALLOWED = {
    "events": (*NEEDED["events"], "known_at", "value", "sentiment", "source_key"),
    "customers": (*NEEDED["customers"], "known_at"),
}


def check_source(key: str, spec: SourceSpec) -> Iterator[Mistake]:
    """The mistakes in one source; `key` names it in the file, such as `sources[0]`."""
    if spec.kind not in KINDS:
        yield Mistake(f"{key}.kind", f"{spec.kind!r} is unknown", nearest(spec.kind, KINDS))
        return
    spec = complete(spec)
    for name in spec.columns:
        if name not in ALLOWED[spec.table]:
            yield unknown_key(f"{key}.columns.{name}", name, ALLOWED[spec.table])
    for name in NEEDED[spec.table]:
        if name not in spec.columns:
            mend = "name a column of the file, or write a constant in single quotes"
            yield Mistake(f"{key}.columns.{name}", "is missing", mend)
    if spec.attributes and spec.table != "customers":
        yield Mistake(f"{key}.attributes", "belong to customers", 'write table = "customers"')
    if spec.lookups and not spec.sql:
        yield Mistake(f"{key}.lookups", "are not used", "join them in `sql`")
    if spec.time_zone and not _is_zone(spec.time_zone):
        mend = "write one such as Asia/Jakarta"
        yield Mistake(f"{key}.time_zone", f"{spec.time_zone!r} is unknown", mend)


def check_features(params: FeatureParams) -> Iterator[Mistake]:
    """The mistakes in what is said of the features."""
    for name in params.families:
        if name not in FAMILIES:
            yield Mistake("features.families", f"{name!r} is unknown", nearest(name, FAMILIES))
    windows = params.windows_days
    if not windows or min(windows) < 1 or len(set(windows)) < len(windows):
        mend = "write different whole numbers from 1"
        yield Mistake("features.windows_days", f"are {list(windows)}", mend)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
