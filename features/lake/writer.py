"""Writing the lake: what it holds and what was read tonight, merged and moved in as one."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from features import durable
from features.contracts import INPUTS, QUARANTINE, STAGE_HISTORY, PolarsDtype, Table
from features.errors import DataRefused
from features.identity.standing import TABLES, IdentityParams, Standing, stand
from features.lake import store
from features.lake.held import Held, Part
from features.lake.intake import Intake
from features.lake.manifest import Manifest, Stored
from features.lake.merging import Merged, Versions, key_hash
from features.lake.origins import SENTIMENT_READ
from features.lake.snapshot import Snapshot, open_lake
from features.lake.store import MANIFEST
from features.sources import Reading
from features.sources.raw import ROW

_ALL = 0
_AT_ONCE = 2
_NO_DUPLICATES = pl.DataFrame(schema={"source": pl.String, ROW: pl.Int64})


@dataclass(frozen=True, kw_only=True)
class Written:
    """The snapshot, and what became new in it."""

    snapshot: Snapshot
    reading: Reading
    customers: int
    new: int
    corrected: int
    anew: tuple[str, ...] = ()
    """Sources that are read otherwise than before; their former rows are gone."""
    gone: tuple[str, ...] = ()
    """Sources that are no longer named; their rows are gone."""
    left_out: int = 0
    """Rows that were read of customers who were erased."""


History = Callable[[Snapshot], pl.DataFrame]
"""Derives the stage history from a snapshot without one."""


def write(
    root: Path,
    intake: Intake,
    reading: Reading,
    *,
    currency: str = "",
    identity: IdentityParams | None = None,
    history: History | None = None,
    anew: bool = False,
) -> Written:
    """Merge what was read into what the lake holds, and make it the lake's snapshot.

    Equal rows give equal files, and what is there already is not written again. Until the
    manifest is in place the former snapshot stands; its files stay for those who still read it.
    With `anew` what the lake holds is forgotten.
    """
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)  # it holds personal data
        with durable.only_writer(root):
            former = None if anew else _former(root)
            intake.ask_who_is_erased()
            writer = _Writer(root, former, intake, reading, identity or IdentityParams())
            return writer.write(currency, history)
    except OSError as error:
        raise DataRefused(
            f"the lake could not be written ({error.strerror})",
            where=str(root),
            mend="look at the disk's space and the folder's rights, then run it again;"
            " until then the last whole snapshot is read",
        ) from error


class _Writer:
    """One writing, from the former snapshot to the next one."""

    def __init__(
        self,
        root: Path,
        former: Snapshot | None,
        intake: Intake,
        reading: Reading,
        identity: IdentityParams,
    ) -> None:
        before = {} if former is None else dict(_settings(former.manifest.sources))
        same = {name for name, how in reading.settings.items() if before.get(name) == how}
        self.root, self.former, self.intake, self.reading = root, former, intake, reading
        self.identity = identity
        self._refuse_parts(same)
        self.same = frozenset(same)
        self.held = Held(former, same)
        self.anew = tuple(sorted({*before} & {*reading.settings} - same))
        self.gone = tuple(sorted({*before} - {*reading.settings}))
        self.duplicates: list[pl.DataFrame] = []
        self.customers: dict[int, list[pl.Series]] = {}
        self.new = self.corrected = 0

    def write(self, currency: str, history: History | None) -> Written:
        standing = self._stand()
        tables = {name: self._table(table) for name, table in INPUTS.items()}
        reading = self.reading.without(pl.concat([_NO_DUPLICATES, *self.duplicates]))
        tables[QUARANTINE.name] = self._whole(QUARANTINE, self._set_aside(reading))
        for name, rows in standing.tables().items() if standing else ():
            tables[name] = self._whole(TABLES[name], rows)
        made = Manifest(
            as_of=reading.as_of,
            watermark=reading.watermark,
            partitions=self.intake.places.count,
            tables=tables,
            sources=tuple(self._sources(reading)),
            currency=currency,
            resolved_at=standing.identity.as_of if standing else None,
        )
        if history:
            told = self._parted(STAGE_HISTORY, history(Snapshot(self.root, made)))
            made = replace(made, tables={**tables, STAGE_HISTORY.name: told})
        store.move(self.root, made, self.former.manifest if self.former else None)
        return Written(
            snapshot=Snapshot(self.root, made),
            reading=reading,
            customers=sum(pl.concat(ids).n_unique() for ids in self.customers.values()),
            new=self.new,
            corrected=self.corrected,
            anew=self.anew,
            gone=self.gone,
            left_out=self.intake.left_out,
        )

    def _set_aside(self, reading: Reading) -> pl.DataFrame:
        recognition = self.intake.recognition
        return self.intake.erased.quarantine(
            reading.quarantine, recognition.params if recognition else None
        )

    def _sources(self, reading: Reading) -> Iterator[Mapping[str, Any]]:
        """What is said of each source; of one that is held and was not there, what was said."""
        judged = {spec.name for spec in reading.specs if spec.sentiment_from}
        for source in reading.sources:
            read_out = {SENTIMENT_READ: True} if source.name in judged else {}
            yield {**asdict(source), **read_out, "settings": reading.settings[source.name]}
        away = self.same - {source.name for source in reading.sources}
        for told in self.former.manifest.sources if self.former else ():
            if told["name"] in away:
                yield told

    def _refuse_parts(self, same: Collection[str]) -> None:
        """Of a source only what changed may be read where the lake holds the rest of it."""
        for spec in self.reading.specs:
            if spec.since is not None and spec.name not in same:
                raise DataRefused(
                    f"source {spec.name!r} was read in part, and the lake does not hold the rest",
                    where=str(self.root),
                    mend="run `jejak ingest` again, and one at a time",
                )

    def _stand(self) -> Standing | None:
        """Tell whose the records are; rows that are held or were read follow them."""
        recognition = self.intake.recognition
        if recognition is None:
            return None
        standing = stand(
            self.intake.erased.records(recognition.records()),
            self.held.standing,
            as_of=self.reading.as_of,
            key=recognition.key,
            params=self.identity,
            told=recognition.traits(),
        )
        self.intake.settle(standing.whose)
        self.held.rename(standing, self.intake.places)
        return standing

    def _table(self, table: Table[PolarsDtype]) -> tuple[Stored, ...]:
        """The files of one table: each partition merged, those without news left as they are."""
        if not self.held.has(table.name) and not self.intake.has(table.name):
            return ()
        merging = self._merging(table)
        keys = self._keys(table)
        distinct = keys is not None and keys["key"].n_unique() == keys.height
        wandering = None if keys is None or distinct else _wandering(keys)
        distinct = distinct and self._all_keyed(table)
        settled = self._settled(table, merging, wandering)

        def partition(place: int) -> tuple[Merged, pl.Series, Stored | None]:
            held = self.held.part(table.name, place)
            fresh = self.intake.take(table.name, place)
            if wandering is not None:
                held, fresh = _staying(held, wandering), fresh.filter(~_among(wandering))
            merged = merging.merge(held.rows, fresh, distinct=distinct)
            rows = pl.concat([merged.rows, *settled.get(place, [])], how="diagonal_relaxed")
            stored = self.former.manifest.stored(table.name, place) if self.former else None
            if not held.intact or merged.changed or place in settled:
                rows = store.arranged(table, rows)
                stored = store.put(self.root, table, place, rows) if rows.height else None
            return replace(merged, rows=rows.clear()), _customers(rows), stored

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            done = list(pool.map(partition, range(self.intake.places.count)))
        for place, (merged, customers, _) in enumerate(done):
            self._count(merged)
            self.customers.setdefault(place, []).append(customers)
        return tuple(stored for *_, stored in done if stored)

    def _count(self, merged: Merged) -> None:
        self.duplicates.append(merged.duplicates.select(_NO_DUPLICATES.columns))
        self.new += merged.new
        self.corrected += merged.corrected

    def _merging(self, table: Table[PolarsDtype]) -> Versions:
        stated = [spec.name for spec in self.reading.specs if "known_at" in spec.columns]
        since = self.former.as_of if self.former else None
        return Versions(table=table, stated=stated, since=since)

    def _keys(self, table: Table[PolarsDtype]) -> pl.DataFrame | None:
        """Key and place of all rows, if a source names its rows, which may move them."""
        fresh = self.intake.keys(table.name)
        return pl.concat([*fresh, *self.held.keys(table.name)]) if fresh else None

    def _all_keyed(self, table: Table[PolarsDtype]) -> bool:
        """Whether every source of a table names its rows itself."""
        specs = [spec for spec in self.reading.specs if spec.table == table.name]
        return all("source_key" in spec.columns for spec in specs)

    def _settled(
        self, table: Table[PolarsDtype], merging: Versions, wandering: pl.Series | None
    ) -> dict[int, list[pl.DataFrame]]:
        """The versions of wandering rows, merged across partitions, by where they belong."""
        if wandering is None:
            return {}
        places = range(self.intake.places.count)
        held = [
            self.held.part(table.name, place).rows.filter(_among(wandering)) for place in places
        ]
        fresh = [self.intake.part(table.name, place).filter(_among(wandering)) for place in places]
        merged = merging.merge(
            pl.concat(held, how="diagonal_relaxed"), pl.concat(fresh, how="diagonal_relaxed")
        )
        self._count(merged)
        return {place: [part] for place, part in self.intake.places.split(merged.rows)}

    def _parted(self, table: Table[PolarsDtype], rows: pl.DataFrame) -> tuple[Stored, ...]:
        """A table in one file a partition."""
        parts = self.intake.places.split(rows) if rows.height else ()
        return tuple(
            store.put(self.root, table, place, store.arranged(table, part)) for place, part in parts
        )

    def _whole(self, table: Table[PolarsDtype], rows: pl.DataFrame) -> tuple[Stored, ...]:
        """A table in one file; an empty one has none."""
        if rows.is_empty():
            return ()
        return (store.put(self.root, table, _ALL, store.arranged(table, rows)),)


def _wandering(keys: pl.DataFrame) -> pl.Series | None:
    """Keys of rows that a correction moves to another partition; None if there are none."""
    apart = keys.group_by("place").agg(pl.col("key").n_unique())["key"].sum()
    if keys["key"].n_unique() == apart:
        return None
    pairs = keys.unique()
    return pairs.filter(pl.col("key").is_duplicated())["key"].unique()


def _customers(rows: pl.DataFrame) -> pl.Series:
    """Each customer of rows in order, once."""
    if "customer_id" not in rows.columns:
        return pl.Series(dtype=pl.String)
    ids = rows["customer_id"]
    return ids.filter(ids.ne_missing(ids.shift()))


def _staying(held: Part, wandering: pl.Series) -> Part:
    rows = held.rows.filter(~_among(wandering))
    return Part(rows, held.intact and rows.height == held.rows.height)


def _among(keys: pl.Series) -> pl.Expr:
    return key_hash().is_in(keys.implode())


def _settings(sources: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for source in sources:
        yield source["name"], source["settings"]


def _former(root: Path) -> Snapshot | None:
    if not (root / MANIFEST).exists():
        return None
    return open_lake(root)
