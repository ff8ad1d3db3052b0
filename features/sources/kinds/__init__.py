"""The kinds of sources; a new kind is a module like these and one line here."""

from dataclasses import replace
from pathlib import Path

from features.sources import paths
from features.sources.kinds import (
    ads,
    csv,
    email_events,
    ga4,
    hubspot,
    jsonl,
    meetings,
    parquet,
    salesforce,
    sql,
    surveys,
    whatsapp,
    xlsx,
    zendesk,
)
from features.sources.raw import Kind, Resuming
from features.sources.spec import SourceSpec

KINDS: dict[str, Kind] = {
    "ads": ads,
    "csv": csv,
    "email_events": email_events,
    "ga4": ga4,
    "hubspot": hubspot,
    "jsonl": jsonl,
    "meetings": meetings,
    "parquet": parquet,
    "salesforce": salesforce,
    "sql": sql,
    "surveys": surveys,
    "whatsapp": whatsapp,
    "xlsx": xlsx,
    "zendesk": zendesk,
}
WITHOUT_FILE = frozenset({"sql"})
"""Kinds that read no file; their path is the workspace's folder."""

SPARSE = frozenset({"jsonl"})
"""Kinds in which a name may stand in some records only, and so in some files only."""


def complete(spec: SourceSpec) -> SourceSpec:
    """The spec with what its kind maps by itself, where it does not say otherwise.

    Who has handles has no `customer_id`, whose sentiments are read out of texts states none; a
    `currency` that a kind maps is the spec's.
    """
    known = KINDS[spec.kind].columns(spec)
    currency = known.pop("currency", None)
    if spec.handles:
        known.pop("customer_id", None)
    if spec.sentiment_from:
        known.pop("sentiment", None)
    return replace(spec, columns={**known, **spec.columns}, currency=spec.currency or currency)


def resumes(spec: SourceSpec) -> bool:
    """Whether of a source that the lake holds only what changed need be read."""
    kind = KINDS[spec.kind]
    return isinstance(kind, Resuming) and kind.resumes(spec)


def is_there(spec: SourceSpec, root: Path) -> bool:
    """Whether a file of the source is there; what has none is found out when it is asked."""
    return spec.kind in WITHOUT_FILE or bool(paths.found(spec.path, root))
