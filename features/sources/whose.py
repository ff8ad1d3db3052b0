"""Whose rows these are: as the sources name their customers, or as handles tell."""

from collections.abc import Sequence
from dataclasses import replace

from features.contracts import INPUTS
from features.sources import roles
from features.sources.spec import SourceSpec

OWN_ID = "id:customer"
"""The handle that a customer's name in a source counts as, once any source tells by handles."""


def told_by_handles(specs: Sequence[SourceSpec]) -> bool:
    """Whether identity decides who is who in a workspace."""
    return any(spec.handles or spec.likely for spec in specs)


def whose(specs: Sequence[SourceSpec]) -> list[SourceSpec]:
    """The sources, all by handles if one of them is.

    One that does not say at all whose its rows are stays as it is; `check.faults` tells of it.

    >>> chats = SourceSpec(name="chats", kind="csv", handles={"phone": "hp"})
    >>> sales = SourceSpec(name="sales", kind="csv", columns={"customer_id": "client"})
    >>> [spec.handles for spec in whose([chats, sales])]
    [{'phone': 'hp'}, {'id:customer': 'client'}]
    """
    return [_by_handles(spec) for spec in specs] if told_by_handles(specs) else list(specs)


def _by_handles(spec: SourceSpec) -> SourceSpec:
    if roles.CUSTOMER not in INPUTS[spec.table].schema:
        return spec
    columns = {name: text for name, text in spec.columns.items() if name != roles.CUSTOMER}
    if spec.handles:
        return replace(spec, columns=columns)
    own = spec.columns.get(roles.CUSTOMER)
    return spec if own is None else replace(spec, columns=columns, handles={OWN_ID: own})
