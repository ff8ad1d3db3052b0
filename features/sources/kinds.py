"""The kinds of sources; a new kind is a module like these and one line here."""

from dataclasses import replace

from features.sources import csv, parquet
from features.sources.raw import Kind
from features.sources.spec import SourceSpec

KINDS: dict[str, Kind] = {"csv": csv, "parquet": parquet}


def complete(spec: SourceSpec) -> SourceSpec:
    """The spec with the columns that its kind maps by itself, where it does not say otherwise."""
    return replace(spec, columns={**KINDS[spec.kind].columns(spec), **spec.columns})
