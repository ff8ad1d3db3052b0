"""The whole catalog out of core: a lake in, a folder of Parquet out, timed until its last close.

All families at the last of the cutoffs, for everyone with an event.
"""

import json
import sys
from datetime import UTC
from pathlib import Path
from shutil import rmtree

from journey_lake import ZONE, whole_catalog
from panel_work import CUTOFFS, Clock

from features.lake import open_lake
from features.stream import scan, stream


def main(cutoffs: int, folder: Path) -> None:
    """Files to files, timed."""
    snapshot, target = open_lake(folder / "lake"), folder / "panel"
    rmtree(target, ignore_errors=True)
    wanted = whole_catalog(snapshot)
    instants = [cutoff.replace(tzinfo=UTC) for cutoff in CUTOFFS[-cutoffs:]]
    clock = Clock()
    files = stream(snapshot.told(), instants, wanted, ZONE, target)
    told = clock.told() | {
        "features": len(wanted),
        "rows": scan(target).select("customer_id").collect().height,
        "written_mib": round(sum(file.stat().st_size for file in files) / (1 << 20)),
    }
    rmtree(target)
    print(json.dumps(told))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
