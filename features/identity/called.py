"""Customers by a handle that a person types, such as the number of who is on the telephone."""

import re

import polars as pl

from features.identity.handles import KIND
from features.identity.records import HandleParams, marked
from features.identity.standing import Standing

_WRITTEN = re.compile(rf"(?P<kind>{KIND.pattern}):(?P<cell>.+)")


def is_handle(written: str) -> bool:
    """Whether a text is written `KIND:HANDLE`.

    >>> [is_handle(text) for text in ("phone:0812 345 678", "id:hubspot:12", "c8bvbup1prdffdoea")]
    [True, True, False]
    """
    return _WRITTEN.fullmatch(written) is not None


def customers_called(standing: Standing, written: str, params: HandleParams) -> list[str]:
    """The customers with a record that has this handle, sorted; the account where it is scored."""
    found = _WRITTEN.fullmatch(written)
    if found is None:
        return []
    cell = pl.Series([found["cell"]], dtype=pl.String)
    handle = marked(cell, found["kind"], params).select("mark").drop_nulls()
    records = standing.records.filter(kind=found["kind"])
    records = records.join(handle, left_on="handle", right_on="mark", how="semi")
    whose = standing.whose.join(
        records, left_on=["source", "record"], right_on=["source", "key"], how="semi"
    )
    return whose["customer_id"].unique().sort().to_list()
