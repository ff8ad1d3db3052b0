"""Recognition: the record that each row of a source belongs to, by the handles in it.

A record is one combination of handles within one source: a million touches of one address are
one record.
"""

import re

import polars as pl

from features.identity import traits
from features.identity.marks import name
from features.identity.records import HandleParams, marked
from features.identity.tables import RECORDS, TRAITS

_PLACE = r"\[\d+\]$"


class Recognition:
    """Reads handles, each distinct one once, and remembers the records that it met."""

    def __init__(self, params: HandleParams) -> None:
        self.key = params.key
        self.params = params
        self._marks: dict[str, pl.DataFrame] = {}
        self._met: list[pl.DataFrame] = []
        self._traits: list[pl.DataFrame] = []

    def records_of(
        self,
        source: str,
        handles: pl.DataFrame,
        known_at: pl.Series,
        told: pl.DataFrame | None = None,
    ) -> pl.Series:
        """The record of each row; null where a row has no handle that can be read.

        `handles` has columns of text named by the kind of handle that they hold, further ones of
        a kind by its place too, such as `email[1]`; in which of them a handle stands is all one.
        `told` likewise has names and places, if the source declares them. Who is told otherwise
        is another record.
        """
        plain = None if told is None else traits.comparable(told)
        if plain is not None:
            prints = traits.fingerprints(plain, self.key).alias(traits.HANDLE)
            handles = handles.with_columns(prints)
        marks = pl.DataFrame([self._read(cells) for cells in handles.iter_columns()])
        columns = marks.columns
        kinds = [_kind(column) for column in columns]
        combined = marks.unique()
        keys = [_key(kinds, row) for row in combined.iter_rows()]
        named = combined.with_columns(key=pl.Series(keys, dtype=pl.String))
        found = marks.join(named, on=columns, how="left", nulls_equal=True, maintain_order="left")
        self._meet(source, named, found["key"], known_at)
        if plain is not None:
            self._traits.append(traits.traits_of(source, found["key"], known_at, plain))
        return found["key"]

    def records(self) -> pl.DataFrame:
        """The records of all rows so far, as the contract `records`."""
        met = pl.concat([pl.DataFrame(schema=RECORDS.schema), *self._met])
        return together(met)

    def traits(self) -> pl.DataFrame:
        """Names and places of the records so far, as the contract `traits`."""
        return traits.together(pl.concat([pl.DataFrame(schema=TRAITS.schema), *self._traits]))

    def _read(self, cells: pl.Series) -> pl.Series:
        kind = _kind(cells.name)
        known = self._marks.get(kind, pl.DataFrame(schema={"cell": pl.String, "mark": pl.String}))
        asked = cells.alias("cell").to_frame()
        new = asked.drop_nulls().unique().join(known, on="cell", how="anti").to_series()
        if new.len():
            known = known.vstack(marked(new, kind, self.params))
            self._marks[kind] = known
        read = asked.join(known, on="cell", how="left", maintain_order="left")["mark"]
        return read.alias(cells.name)

    def _meet(self, source: str, named: pl.DataFrame, keys: pl.Series, known_at: pl.Series) -> None:
        since = (
            pl.DataFrame([keys.alias("key"), known_at.alias("known_at")])
            .drop_nulls()
            .group_by("key")
            .agg(pl.col("known_at").min())
        )
        told = (
            named.drop_nulls("key")
            .unpivot(index="key", variable_name="kind", value_name="handle")
            .drop_nulls("handle")
            .with_columns(pl.col("kind").str.replace(_PLACE, ""))
            .join(since, on="key")
        )
        self._met.append(told.select(pl.lit(source).alias("source"), *list(RECORDS.schema)[1:]))


def together(records: pl.DataFrame) -> pl.DataFrame:
    """Each handle of each record once, since it was first known."""
    own = ["source", "key", "kind", "handle"]
    return records.group_by(own).agg(pl.col("known_at").min()).select(*RECORDS.schema).sort(own)


def _kind(column: str) -> str:
    """The kind of handle in a column, which may be one of several.

    >>> _kind("id:crm"), _kind("email[1]")
    ('id:crm', 'email')
    """
    return re.sub(_PLACE, "", column)


def _key(kinds: list[str], row: tuple[str | None, ...]) -> str | None:
    pairs = {f"{kind}\0{handle}" for kind, handle in zip(kinds, row, strict=True) if handle}
    return name("r", "\0".join(sorted(pairs))) if pairs else None
