"""Erasing: what the lake holds of one customer taken out of it, and kept out of it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from features import durable
from features.contracts import INPUTS, QUARANTINE, STAGE_HISTORY
from features.identity.standing import TABLES, Standing
from features.identity.tables import ASSIGNMENTS, LINKS, RECORDS, TRAITS
from features.lake import store
from features.lake.erased import CUSTOMER, HANDLE, NAME, RECORD_OF, unnamed
from features.lake.manifest import Manifest, Stored
from features.lake.merging import RECORD
from features.lake.snapshot import Snapshot, open_lake

_TABLES = {**INPUTS, **TABLES, STAGE_HISTORY.name: STAGE_HISTORY, QUARANTINE.name: QUARANTINE}
_BY_RECORD = (RECORDS.name, ASSIGNMENTS.name, TRAITS.name)
_OF_COMPANIES = ("account:", "domain")
_OWN_RECORDS = pl.Schema({"source": pl.String, "key": pl.String})

Words = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Person:
    """What there is to find one customer by.

    `ids` are those under which they were ever a customer, `words` what tombstones are made of,
    `texts` what may stand in the name of a file.
    """

    ids: frozenset[str]
    words: frozenset[Words]
    texts: frozenset[str]
    records: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_OWN_RECORDS))


def person(root: Path, customer_id: str, *, names: Iterable[str] = ()) -> Person:
    """Everything by which the lake knows a customer, who may be an account or one of its contacts.

    A handle that others share too names nobody, so it is none of the words. `names` are further
    ones that the customer has in the names of files.
    """
    standing = open_lake(root).standing() if (root / store.MANIFEST).exists() else None
    known = frozenset(names)
    words = {(CUSTOMER, customer_id), *((NAME, text.casefold()) for text in known)}
    if standing is None:
        ids = frozenset({customer_id})
        return Person(ids=ids, words=frozenset(words), texts=ids | known)
    own = _records_of(standing, customer_id)
    ids = _ids(standing, customer_id, own)
    words |= {(CUSTOMER, one) for one in ids}
    words |= {(RECORD_OF, *row) for row in own.iter_rows()}
    words |= {(HANDLE, *row) for row in _handles(standing, own, customer_id)}
    called = standing.traits.join(own, on=["source", "key"], how="semi")["name"]
    return Person(
        ids=ids, words=frozenset(words), texts=ids | known | {*called.to_list()}, records=own
    )


def erase(root: Path, gone: Person) -> dict[str, int]:
    """Take a customer out of the lake; how many rows left each table.

    The files that held them are deleted, also those that only a reader of the former snapshot
    would miss. `DataRefused` while an ingest writes the lake.
    """
    if not (root / store.MANIFEST).exists():
        return {}
    with durable.only_writer(root):
        snapshot = open_lake(root)
        told = snapshot.manifest.tables
        tables = {name: tuple(_without(snapshot, name, gone)) for name in told}
        store.move(root, replace(snapshot.manifest, tables=tables), None)
    return _lost(snapshot.manifest, tables)


def _without(snapshot: Snapshot, name: str, gone: Person) -> Iterator[Stored]:
    """The files of a table without a customer; a file that does not hold them stays as it is."""
    table = _TABLES[name]
    for stored in snapshot.manifest.tables[name]:
        rows = snapshot.rows(stored)
        kept = _kept(name, rows, gone)
        if kept.equals(rows):
            yield stored
        elif kept.height:
            yield store.put(snapshot.root, table, stored.place, store.arranged(table, kept))


def _kept(name: str, rows: pl.DataFrame, gone: Person) -> pl.DataFrame:
    own, ids = gone.records, sorted(gone.ids)
    if name == QUARANTINE.name:
        return unnamed(rows, lambda file: _mentions(file, gone.texts))
    if name in _BY_RECORD:
        return rows.join(own, on=["source", "key"], how="anti", maintain_order="left")
    if name == LINKS.name:
        other = own.rename({"source": "other_source", "key": "other_key"})
        kept = rows.join(own, on=["source", "key"], how="anti", maintain_order="left")
        return kept.join(other, on=other.columns, how="anti", maintain_order="left")
    columns = [one for one in ("customer_id", "former_id", "account_id") if one in rows.columns]
    if not columns:
        return rows
    kept = rows.filter(~pl.any_horizontal(pl.col(columns).is_in(ids).fill_null(value=False)))
    if RECORD not in rows.columns:
        return kept
    ours = own.rename({"key": RECORD})
    return kept.join(ours, on=["source", RECORD], how="anti", maintain_order="left")


def _lost(manifest: Manifest, tables: Mapping[str, Iterable[Stored]]) -> dict[str, int]:
    now = {name: sum(one.rows for one in files) for name, files in tables.items()}
    before = {name: sum(one.rows for one in files) for name, files in manifest.tables.items()}
    return {name: before[name] - now[name] for name in now if before[name] != now[name]}


def _records_of(standing: Standing, customer_id: str) -> pl.DataFrame:
    """The records of a customer, of all contacts where the customer is an account."""
    whose = standing.whose.filter(pl.col("customer_id") == customer_id)
    assigned = standing.identity.assignments.filter(pl.col("customer_id") == customer_id)
    both = [whose.select("source", key=RECORD), assigned.select("source", "key")]
    return pl.concat(both).unique().sort("source", "key")


def _ids(standing: Standing, customer_id: str, own: pl.DataFrame) -> frozenset[str]:
    """The ids that a customer has and had: those of contacts, and of customers merged into them."""
    assigned = standing.identity.assignments.join(own, on=["source", "key"], how="semi")
    ids = {customer_id, *assigned["customer_id"].to_list()}
    moves = standing.identity.changes.filter(pl.col("change") == "merge")
    pairs = [*moves.select("former_id", "customer_id").iter_rows()]
    while former := {one for one, other in pairs if other in ids} - ids:
        ids |= former
    return frozenset(ids)


def _handles(standing: Standing, own: pl.DataFrame, customer_id: str) -> list[tuple[str, str]]:
    """Kind and keyed hash of the handles that nobody else has."""
    records = standing.records.drop_nulls("handle")
    pair = ["kind", "handle"]
    ours = records.join(own, on=["source", "key"], how="semi").select(pair).unique()
    others = records.join(own, on=["source", "key"], how="anti").select(pair).unique()
    hubs = standing.identity.hubs.select(pair)
    left = ours.join(others, on=pair, how="anti").join(hubs, on=pair, how="anti")
    is_account = bool((standing.accounts["account_id"] == customer_id).any())
    of_company = pl.any_horizontal(pl.col("kind").str.starts_with(one) for one in _OF_COMPANIES)
    return [*left.filter(pl.lit(is_account) | ~of_company).sort(pair).iter_rows()]


def _mentions(file: str, texts: Iterable[str]) -> bool:
    """Whether a file's name holds a text, or all of its words."""
    name = file.casefold()
    return any(all(word in name for word in text.casefold().split()) for text in texts)
