"""A table in parts, by source or by another word, always in the same order."""

import polars as pl


def parts(frame: pl.DataFrame, column: str) -> list[tuple[str, pl.DataFrame]]:
    """Each value of a column of text, ascending, with its rows in their order.

    >>> frame = pl.DataFrame({"source": ["till", "site", "till"], "row": [1, 2, 3]})
    >>> [(source, rows.height) for source, rows in parts(frame, "source")]
    [('site', 1), ('till', 2)]
    """
    found = frame.partition_by(column, as_dict=True)
    return sorted(((str(value), rows) for (value,), rows in found.items()), key=lambda one: one[0])
