"""Who was erased, as those know who read the sources again: tombstones, which name nobody."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

import polars as pl

from features.identity.records import HandleParams, marked

CUSTOMER, HANDLE, RECORD_OF, NAME = "customer", "handle", "record", "name"
"""What a tombstone may be of: an id, a handle, a record of a source, a name in a file's name."""

_CHAT_WITH = (" with ", " dengan ")


@dataclass(frozen=True, kw_only=True)
class Erased:
    """Who was erased, told by tombstones: `mark` makes the keyed hash of some words.

    >>> erased = Erased(tombstones=frozenset({"customer c1"}), mark=lambda *words: " ".join(words))
    >>> erased.among(CUSTOMER, pl.Series(["c1", "c2"])).to_list()
    [True, False]
    """

    tombstones: frozenset[str] = frozenset()
    mark: Callable[..., str] = lambda *_: ""

    def among(self, kind: str, *names: pl.Series) -> pl.Series:
        """Which rows are of somebody who was erased; each distinct name is marked once."""
        rows = pl.DataFrame([one.alias(str(at)) for at, one in enumerate(names)])
        if not self.tombstones or rows.is_empty():
            return pl.repeat(value=False, n=rows.height, dtype=pl.Boolean, eager=True)
        distinct = rows.unique()
        gone = [self.has(kind, *row) for row in distinct.iter_rows()]
        known = distinct.with_columns(gone=pl.Series(gone, dtype=pl.Boolean))
        found = rows.join(
            known, on=rows.columns, how="left", nulls_equal=True, maintain_order="left"
        )
        return found["gone"]

    def has(self, kind: str, *names: str | None) -> bool:
        """Whether there is a tombstone of what these words name."""
        return None not in names and self.mark(kind, *names) in self.tombstones

    def records(self, records: pl.DataFrame) -> pl.DataFrame:
        """The records, as the contract `records`, of those who were not erased."""
        if not self.tombstones:
            return records
        gone = self.among(HANDLE, records["kind"], records["handle"])
        gone |= self.among(RECORD_OF, records["source"], records["key"])
        return records.join(records.filter(gone), on=["source", "key"], how="anti")

    def quarantine(self, rows: pl.DataFrame, handles: HandleParams | None) -> pl.DataFrame:
        """The quarantine without the names of files that name somebody who was erased."""
        if not self.tombstones:
            return rows
        return unnamed(rows, lambda file: any(self._is_named(file, handles)))

    def _is_named(self, file: str, handles: HandleParams | None) -> Iterator[bool]:
        for text in _called(file):
            yield self.has(CUSTOMER, text)
            yield self.has(NAME, text.casefold())
            if handles is not None:
                for kind in ("phone", "email"):
                    [told] = marked(pl.Series([text]), kind, handles)["mark"]
                    yield self.has(HANDLE, kind, told)


def unnamed(rows: pl.DataFrame, is_named: Callable[[str], bool]) -> pl.DataFrame:
    """The quarantine without the names of files that name somebody."""
    named = [file for file in rows["file"].drop_nulls().unique() if is_named(file)]
    file = pl.when(~pl.col("file").is_in(named)).then("file")
    return rows.with_columns(file.alias("file")) if named else rows


def _called(file: str) -> list[str]:
    """What the name of a file, or of its folder, may call a customer.

    >>> _called("chats/WhatsApp Chat with Ayu.txt")
    ['WhatsApp Chat with Ayu', 'chats', 'Ayu']
    """
    path = PurePosixPath(file)
    names = [one for one in (path.stem, path.parent.name) if one]
    return names + [one.split(said, 1)[1] for one in names for said in _CHAT_WITH if said in one]
