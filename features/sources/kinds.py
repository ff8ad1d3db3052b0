"""The kinds of sources; a new kind is a module like these and one line here."""

from features.sources import csv, parquet
from features.sources.raw import Kind

KINDS: dict[str, Kind] = {"csv": csv, "parquet": parquet}
