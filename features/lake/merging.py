"""Versions: what tonight's rows add to those that the lake holds of the same keys.

Equal content adds nothing. Different content supersedes the version held, from when it became
known. Within one reading, rows of one key are versions only where the source itself says when
each was known; elsewhere they are set aside as duplicates, since the key may be a wrong one.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from features.contracts import INSTANT, PolarsDtype, Table
from features.sources.raw import ROW

RECORD = "record"
"""Column of the lake: the record of identity that a row's customer was told from."""

_KEY, _CONTENT, _FRESH, _WHO = "_key", "_content", "_fresh", "_who"
_BOOKKEEPING = frozenset({"customer_id", RECORD, "known_at", "superseded_at", "source", ROW})
_INSTANT = pl.duration(microseconds=1)


def key_hash() -> pl.Expr:
    """A number that rows of one source and key share, for as long as the process lives."""
    return pl.struct("source", "source_key").hash(1)


@dataclass(frozen=True, kw_only=True)
class Merged:
    """Rows of all versions; fresh rows that came twice; how many were new, how many corrected."""

    rows: pl.DataFrame
    duplicates: pl.DataFrame
    new: int
    corrected: int

    @property
    def changed(self) -> bool:
        """Whether the fresh rows told anything that was not held."""
        return bool(self.new or self.corrected)


@dataclass(frozen=True, kw_only=True)
class Versions:
    """How the rows of one table are merged.

    `stated` names the sources that say when each row was known. `since` is the instant of the
    snapshot that holds the held rows: a correction that bears no later date than the version it
    corrects was not known before it.
    """

    table: Table[PolarsDtype]
    stated: Collection[str] = ()
    since: datetime | None = None

    def merge(self, held: pl.DataFrame, fresh: pl.DataFrame, *, distinct: bool = False) -> Merged:
        """Held rows and fresh ones together.

        Both have the table's columns and attributes, and `RECORD` where identity tells who it
        is; `fresh` numbers its rows in `ROW`. `distinct` says that no two rows share a key.
        """
        if distinct:
            both = pl.concat([held, fresh.drop(ROW)], how="diagonal_relaxed")
            return Merged(rows=both, duplicates=fresh.clear(), new=fresh.height, corrected=0)
        told, duplicates = self._once(self._marked(fresh))
        if held.is_empty():
            rows = self._chained(told)
            return Merged(rows=rows, duplicates=duplicates, new=told.height, corrected=0)
        both = pl.concat(
            [held.with_columns(_fresh=False), told.drop(_KEY).with_columns(_fresh=True)],
            how="diagonal_relaxed",
        )
        marked = self._marked(both, content=True)
        before, unheard = self._unheard(marked)
        dated = self._dated(before, unheard)
        return Merged(
            rows=self._chained(pl.concat([before, dated.drop("_last")])),
            duplicates=duplicates,
            new=dated["_last"].null_count(),
            corrected=dated.height - dated["_last"].null_count(),
        )

    def _marked(self, rows: pl.DataFrame, *, content: bool = False) -> pl.DataFrame:
        """Hashes of each row's key, and of its content; both together are unmistakable."""
        who = [pl.col(name) for name in (RECORD, "customer_id") if name in rows.columns]
        person = pl.coalesce(who) if who else pl.lit(None, pl.String)
        has_key = "source_key" in self.table.schema
        key = key_hash() if has_key else pl.struct("source", person, self.table.clock).hash(1)
        marks = [key.alias(_KEY)]
        if content:
            told = sorted(set(rows.columns) - _BOOKKEEPING - {_KEY, _FRESH})
            marks.append(pl.struct(person.alias(_WHO), *told).hash(2).alias(_CONTENT))
        return rows.with_columns(*marks)

    def _once(self, fresh: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Fresh rows without those that say nothing new after another one of their key."""
        if fresh[_KEY].n_unique() == fresh.height:
            return fresh, fresh.clear()
        shared = fresh[_KEY].is_duplicated()
        marked = self._marked(fresh.filter(shared), content=True)
        stated = pl.col("source").is_in(list(self.stated))
        group = marked.sort(*self._order(marked))
        first = pl.col(_KEY).is_first_distinct()
        changed = first | (pl.col(_CONTENT) != pl.col(_CONTENT).shift())
        told = group.filter(pl.when(stated).then(changed).otherwise(first))
        later = pl.col("known_at") != pl.col("known_at").shift()
        told = told.filter(first | later)
        again = group.join(told.select(ROW, "source"), on=[ROW, "source"], how="anti")
        return pl.concat([fresh.filter(~shared), told.drop(_CONTENT)]), again

    def _order(self, rows: pl.DataFrame) -> list[str]:
        """By key and time of knowing; then whatever decides without regard to order."""
        last = [name for name in (ROW,) if name in rows.columns]
        others = set(rows.columns) - {_KEY, "known_at", "superseded_at", *last, _CONTENT, _FRESH}
        return [_KEY, "known_at", *sorted(others), *last]

    def _unheard(self, both: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The held rows, and the fresh ones that tell what no held version of their key told.

        A source that states when rows were known may tell a version again that another one has
        superseded; any other source tells what holds now.
        """
        before, fresh = both.filter(~pl.col(_FRESH)), both.filter(pl.col(_FRESH))
        stated = pl.col("source").is_in(list(self.stated))
        current = before.filter(stated | pl.col("superseded_at").is_null())
        until = pl.when(stated).then("known_at")
        heard = current.group_by(_KEY, _CONTENT).agg(_heard=pl.lit(True), _until=until.max())
        found = fresh.join(heard, on=[_KEY, _CONTENT], how="left", maintain_order="left")
        again = pl.col("_heard") & (pl.col("known_at") <= pl.col("_until")).fill_null(value=True)
        return before, found.filter(~again.fill_null(value=False)).drop("_heard", "_until")

    def _dated(self, before: pl.DataFrame, fresh: pl.DataFrame) -> pl.DataFrame:
        """Corrections bear the time from when they could be known; `_last` is that of the old."""
        last = before.group_by(_KEY).agg(_last=pl.col("known_at").max())
        found = fresh.join(last, on=_KEY, how="left", maintain_order="left")
        since = pl.lit(self.since, INSTANT)
        after = pl.max_horizontal(since, pl.col("_last") + _INSTANT)
        stated = pl.col("source").is_in(list(self.stated))
        known = (
            pl.when(pl.col("_last").is_null() | (stated & (pl.col("known_at") > pl.col("_last"))))
            .then("known_at")
            .otherwise(pl.max_horizontal("known_at", after))
        )
        return found.with_columns(known_at=known)

    def _chained(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Each version superseded when the next one of its key was known."""
        if rows[_KEY].n_unique() < rows.height:
            shared = rows[_KEY].is_duplicated()
            group = rows.filter(shared).sort(*self._order(rows))
            following = pl.when(pl.col(_KEY) == pl.col(_KEY).shift(-1)).then(
                pl.col("known_at").shift(-1)
            )
            chained = group.with_columns(superseded_at=following)
            rows = pl.concat([rows.filter(~shared), chained])
        return rows.drop(_KEY, _CONTENT, _FRESH, ROW, strict=False)
