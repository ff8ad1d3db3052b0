"""Sources read without a lake: their rows as tables, and what was set aside."""

from types import SimpleNamespace

import polars as pl

from features import sources
from features.contracts import INPUTS, check
from features.lake import Intake
from features.lake.merging import Versions
from features.sources.raw import ROW


def read(specs, root, **options) -> SimpleNamespace:
    """What `features.sources.read` makes of the sources, with a frame for each input table."""
    intake = Intake()
    reading = sources.read(specs, root, intake, **options)
    stated = [spec.name for spec in reading.specs if "known_at" in spec.columns]
    duplicates, frames = [], {}
    for name, table in INPUTS.items():
        versions = Versions(table=table, stated=stated)
        merged = versions.merge(pl.DataFrame(schema=table.schema), intake.rows(name))
        duplicates.append(merged.duplicates.select("source", ROW))
        frames[name] = check(table, merged.rows).sort(table.clock, maintain_order=True)
    settled = reading.without(pl.concat(duplicates))
    told = ("quarantine", "sources", "watermark", "as_of")
    return SimpleNamespace(**frames, **{name: getattr(settled, name) for name in told})
