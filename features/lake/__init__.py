"""The event lake: immutable files by customer, and one manifest that is moved at the end."""

from features.lake.intake import Intake
from features.lake.snapshot import Snapshot, last_read, open_lake
from features.lake.writer import Written, write

__all__ = ["Intake", "Snapshot", "Written", "last_read", "open_lake", "write"]
