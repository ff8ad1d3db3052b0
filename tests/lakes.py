"""Lakes of a few visits for the tests of the lake."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from features import lake
from features.lake import Intake
from features.sources import SourceSpec, read

AS_OF = datetime(2026, 3, 10, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")
VISITS = SourceSpec(
    name="visits",
    kind="csv",
    path="visits.csv",
    columns={"customer_id": "who", "occurred_at": "at", "channel": "'web'", "step": "what"},
)
PEOPLE = SourceSpec(
    name="people",
    kind="csv",
    path="people.csv",
    table="customers",
    columns={"customer_id": "who", "valid_from": "'2026-01-01'"},
    attributes=("plan",),
)


def visits(*days):
    return [
        {"who": name, "at": f"2026-03-{day:02}", "what": f"step {day % 3}"}
        for day in days
        for name in ("ana", "budi", "citra", "dewi")
    ]


ROWS = [*visits(1, 2, 3), {"who": "", "at": "2026-03-01", "what": "x"}]


def prepared(folder: Path, rows: list[dict[str, str]], partitions: int = 16):
    """These visits on their way into a lake."""
    pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String)).write_csv(folder / "visits.csv")
    (folder / "people.csv").write_text("who,plan\nana,gold\nbudi,basic\n")
    intake = Intake(partitions=partitions)
    told = {"as_of": AS_OF, "zone": UTC_ZONE, "max_quarantine_share": 1}
    return intake, read([VISITS, PEOPLE], folder, intake, **told)


def write(root: Path, rows: list[dict[str, str]], *, partitions: int = 16, **options):
    """One night: these visits in the lake under `root`."""
    return lake.write(root, *prepared(root.parent, rows, partitions), **options)
