"""The intake: tonight's rows on their way into the lake, by table, source and partition."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import polars as pl

from features import quarantine
from features.contracts import INPUTS
from features.engine.spill import Spill
from features.errors import DataRefused
from features.identity.recognition import Recognition
from features.identity.records import HandleParams
from features.lake.erased import CUSTOMER, Erased
from features.lake.merging import RECORD, key_hash
from features.lake.places import PARTITIONS, Places, parted
from features.sources.expressions import HANDLE, TRAIT
from features.sources.keys import content_keys
from features.sources.raw import ROW
from features.sources.resuming import LastRead
from features.sources.spec import SourceSpec

_NO_CONTENT = frozenset({ROW, "known_at", "source_key"})
_UNRESOLVED = -1


class Intake:
    """Keeps rows until the lake takes them; `folder` may hold more of them than the memory.

    With `handles` it is told from a row's handles whose it is, once all rows are there. With
    `last` the sources that can be are read on from what the lake holds of them. Rows of those who
    are `erased` are left out.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        handles: HandleParams | None = None,
        last: Mapping[str, LastRead] | None = None,
        partitions: int = PARTITIONS,
        erased: Callable[[], Erased] = Erased,
    ) -> None:
        self.places = Places(partitions)
        self.recognition = Recognition(handles) if handles else None
        self.erased = Erased()
        self._who_is_erased = erased
        self._last = last or {}
        self._kept: Spill[tuple[str, str, int]] = Spill(folder)
        self._keys: dict[str, list[pl.DataFrame]] = {}
        self._types: dict[tuple[str, str], pl.DataType] = {}
        self._left_out: list[int] = []

    @property
    def left_out(self) -> int:
        """How many of the rows that were settled or taken are of customers who were erased."""
        return sum(self._left_out)

    def add(self, spec: SourceSpec, rows: pl.DataFrame) -> pl.DataFrame:
        """Keep rows of a source; the quarantine's entries of those that tell of nobody."""
        self._refuse_mixed(spec, rows)
        rows, nobody = self._recognised(spec, rows)
        rows = _with_keys(rows)
        if RECORD in rows.columns:
            self._kept.add((spec.table, spec.name, _UNRESOLVED), rows)
        else:
            self._place(spec.table, spec.name, rows, keyed="source_key" in spec.columns)
        return nobody

    def held(self, source: str) -> LastRead | None:
        """What the lake holds of a source, where it was told to go on from there."""
        return self._last.get(source)

    def ask_who_is_erased(self) -> None:
        """Learn who was erased until now; to be asked by whoever alone may write the lake."""
        self.erased = self._who_is_erased()

    def settle(self, customers: pl.DataFrame) -> None:
        """Say whose each record is (`source`, `record`, `customer_id`): rows find their place."""
        for table, source, place in sorted(self._kept.names()):
            if place == _UNRESOLVED:
                own = customers.filter(pl.col("source") == source).drop("source")
                for rows in self._kept.take((table, source, place)):
                    found = rows.drop("customer_id").join(
                        own, on=RECORD, how="inner", maintain_order="left"
                    )
                    self._left_out.append(rows.height - found.height)
                    self._place(table, source, found, keyed=True)

    def has(self, table: str) -> bool:
        """Whether there are rows of a table."""
        return any(of == table for of, _, _ in self._kept.names())

    def part(self, table: str, place: int) -> pl.DataFrame:
        """The rows of a table in one partition, with their source; none of erased customers."""
        return self._of_those_left(self._gathered(table, place, self._kept.frames))

    def take(self, table: str, place: int) -> pl.DataFrame:
        """The same, and they are given up."""
        rows = self._gathered(table, place, self._kept.take)
        left = self._of_those_left(rows)
        self._left_out.append(rows.height - left.height)
        return left

    def rows(self, table: str) -> pl.DataFrame:
        """All rows of a table, which no identity has to settle."""
        return pl.concat(
            [self.part(table, place) for place in range(self.places.count)], how="diagonal_relaxed"
        )

    def keys(self, table: str) -> list[pl.DataFrame]:
        """`place` and hashed `key` of the rows whose source names them, and so may move them."""
        return self._keys.get(table, [])

    def _gathered(
        self,
        table: str,
        place: int,
        frames: Callable[[tuple[str, str, int]], Iterable[pl.DataFrame]],
    ) -> pl.DataFrame:
        schema = INPUTS[table].schema
        later = pl.lit(None, schema["superseded_at"]).alias("superseded_at")
        parts = [
            rows.with_columns(pl.lit(source).alias("source"), later)
            for source in sorted(
                name for of, name, at in self._kept.names() if (of, at) == (table, place)
            )
            for rows in frames((table, source, place))
        ]
        if not parts:
            return pl.DataFrame(schema={ROW: pl.Int64, **schema})
        return pl.concat(parts, how="diagonal_relaxed", rechunk=True)

    def _of_those_left(self, rows: pl.DataFrame) -> pl.DataFrame:
        if not self.erased.tombstones or "customer_id" not in rows.columns:
            return rows
        return rows.filter(~self.erased.among(CUSTOMER, rows["customer_id"]))

    def _refuse_mixed(self, spec: SourceSpec, rows: pl.DataFrame) -> None:
        """An attribute means one thing, whichever source tells it."""
        for name in spec.attributes:
            dtype = rows.schema[name]
            before = self._types.setdefault((spec.table, name), dtype)
            if before != dtype and not (before.is_numeric() and dtype.is_numeric()):
                kinds = " and ".join(sorted((str(before), str(dtype))))
                raise DataRefused(
                    f"attribute {name!r} is {kinds} in different sources",
                    where=spec.path,
                    mend="cast it in `sql`, or give the attributes two names",
                )

    def _recognised(
        self, spec: SourceSpec, rows: pl.DataFrame
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        handles, told = (_named(rows, prefix) for prefix in (HANDLE, TRAIT))
        if not handles.width or self.recognition is None:
            return rows, quarantine.empty()
        records = self.recognition.records_of(
            spec.name, handles, rows["known_at"], told if told.width else None
        )
        plain = rows.select(name for name in rows.columns if not name.startswith((HANDLE, TRAIT)))
        found = plain.with_columns(records.alias(RECORD), records.alias("customer_id"))
        nobody = found.filter(pl.col(RECORD).is_null())
        entries = nobody.select(
            pl.col(ROW).alias("row"),
            pl.lit("no_customer").alias("reason"),
            pl.lit("handles").alias("column"),
        )
        return found.filter(pl.col(RECORD).is_not_null()), quarantine.entries(spec.name, entries)

    def _place(self, table: str, source: str, rows: pl.DataFrame, *, keyed: bool) -> None:
        places = self._places_of(rows)
        if keyed and "source_key" in rows.columns:
            named = rows.select(pl.lit(source).alias("source"), "source_key")
            self._keys.setdefault(table, []).append(named.select(key=key_hash(), place=places))
        for place, part in parted(rows, places):
            self._kept.add((table, source, place), part)

    def _places_of(self, rows: pl.DataFrame) -> pl.Series:
        if "customer_id" in rows.columns:
            return self.places.of(rows["customer_id"])
        return pl.repeat(0, rows.height, dtype=pl.UInt16, eager=True)


def _named(rows: pl.DataFrame, prefix: str) -> pl.DataFrame:
    """The columns with a prefix, by what follows it."""
    names = [name for name in rows.columns if name.startswith(prefix)]
    return rows.select(pl.col(name).alias(name.removeprefix(prefix)) for name in names)


def _with_keys(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows whose source names them not are named by what they say."""
    if "source_key" not in rows.columns or not rows["source_key"].null_count():
        return rows
    content = sorted(set(rows.columns) - _NO_CONTENT)
    nameless = rows.filter(pl.col("source_key").is_null())
    keys = content_keys(nameless, content)
    if nameless.height == rows.height:
        return rows.with_columns(keys.alias("source_key"))
    named = rows.filter(pl.col("source_key").is_not_null())
    return pl.concat([named, nameless.with_columns(keys.alias("source_key"))])
