"""Where public data lie that stay out of the tree."""

import os
from pathlib import Path

BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data"

DATA = Path(os.environ.get("JEJAK_DATA") or BESIDE)
"""One folder a data set, as beside the checkout or wherever `JEJAK_DATA` says."""
