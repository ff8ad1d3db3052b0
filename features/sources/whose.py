"""Whose rows these are: as the sources name their customers, or as handles tell."""

from collections.abc import Sequence
from dataclasses import replace

from features.contracts import INPUTS
from features.sources.spec import SourceSpec

OWN_ID = "id:customer"
"""The handle that a customer's name in a source counts as, once any source tells by handles."""


def told_by_handles(specs: Sequence[SourceSpec]) -> bool:
    """Whether identity decides who is who in a workspace."""
    return any(spec.handles or spec.likely for spec in specs)


def whose(specs: Sequence[SourceSpec]) -> list[SourceSpec]:
    """The sources, all by handles if one of them is.

    >>> chats = SourceSpec(name="chats", kind="csv", handles={"phone": "hp"})
    >>> sales = SourceSpec(name="sales", kind="csv", columns={"customer_id": "client"})
    >>> [spec.handles for spec in whose([chats, sales])]
    [{'phone': 'hp'}, {'id:customer': 'client'}]
    """
    return [_by_handles(spec) for spec in specs] if told_by_handles(specs) else list(specs)


def _by_handles(spec: SourceSpec) -> SourceSpec:
    columns = {name: text for name, text in spec.columns.items() if name != "customer_id"}
    if "customer_id" not in INPUTS[spec.table].schema:
        return spec
    return replace(
        spec, columns=columns, handles=spec.handles or {OWN_ID: spec.columns["customer_id"]}
    )
