"""The lists that sources keep of who must not be contacted: believed whole, or not at all."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from features.errors import SuppressionsUntrusted
from serving.store.tables import suppression_lists, suppressions
from serving.suppression import Suppression, follow, is_erased, row_of

MOST_LOST = 0.5
"""The share of its rows that a list may lose from one reading to the next and be believed."""

FEW = 10
"""A list of so few rows may lose any of them, but not all."""

_KEY = ("customer_id", "channel", "purpose", "starts_at")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a declared source says now: `rows`, those remembered too, and how many `read` today.

    Nothing was read of a source that is not there.
    """

    source: str
    rows: Sequence[Suppression]
    read: int | None


def renew(
    connection: Connection,
    readings: Sequence[Reading],
    *,
    at: datetime,
    key: bytes,
    moves: Iterable[tuple[str, str]] = (),
    accepted: Collection[str] = (),
) -> None:
    """Bring every list up to date, or none: `SuppressionsUntrusted` where one cannot be believed.

    `moves` pairs former ids of customers with the present ones; whoever was erased is left out.
    `accepted` names lists that are believed although they lost rows.
    """
    declared = [one.source for one in readings]
    retire(connection, declared, accepted=accepted)
    erased = is_erased(connection, key, {row.customer_id for one in readings for row in one.rows})
    for one in readings:
        said = [row for row in one.rows if row.customer_id not in erased]
        if one.read is not None:
            is_accepted = one.source in accepted
            sync(
                connection,
                one.source,
                said,
                read_at=at,
                read=one.read,
                accept_loss=is_accepted,
            )
    follow(connection, moves, at=at)
    trusted(connection, declared, since=at)


def sync(
    connection: Connection,
    source: str,
    rows: Iterable[Suppression],
    *,
    read_at: datetime,
    read: int | None = None,
    accept_loss: bool = False,
) -> int:
    """Replace all that a source said by what it says now; how many rows that is.

    `read` is how many rows the source itself has today, where some of `rows` are remembered.
    `SuppressionsUntrusted`, with nothing changed, when a list that had rows is empty or has lost
    more than `MOST_LOST` of them, unless somebody accepts the loss.
    """
    said = _distinct(rows)
    there = len(said) if read is None else read
    before = connection.scalar(
        sa.select(suppression_lists.c.rows).where(suppression_lists.c.source == source)
    )
    if not accept_loss:
        _refuse_loss(source, before or 0, there)
    _replace(connection, source, said, read_at)
    told = {"source": source, "rows": there, "read_at": read_at}
    connection.execute(sa.delete(suppression_lists).where(suppression_lists.c.source == source))
    connection.execute(sa.insert(suppression_lists), told)
    return len(said)


def trusted(connection: Connection, sources: Collection[str], *, since: datetime) -> None:
    """`SuppressionsUntrusted` unless every source was read whole since an instant."""
    kept = sa.select(suppression_lists.c.source, suppression_lists.c.read_at)
    read = {row.source: row.read_at for row in connection.execute(kept)}
    for source in sorted(sources):
        if source not in read:
            raise _untrusted(source, "was never read whole", "run `jejak ingest`")
        if read[source] < since:
            told = f"was last read whole at {read[source]:%Y-%m-%d %H:%M} UTC"
            raise _untrusted(source, f"{told}, too long ago", "run `jejak ingest`")


def listed(connection: Connection) -> list[str]:
    """The sources whose lists are kept."""
    return sorted(connection.scalars(sa.select(suppression_lists.c.source)))


def retire(connection: Connection, declared: Collection[str], *, accepted: Collection[str]) -> None:
    """Forget what was said by sources that are no longer declared, if somebody accepts that.

    `SuppressionsUntrusted` for a list with rows that nobody gave up.
    """
    kept = sa.select(suppression_lists.c.source, suppression_lists.c.rows)
    for source, rows in connection.execute(kept).all():
        if source in declared:
            continue
        if rows and source not in accepted:
            told = f"had {rows} rows and is no longer declared"
            raise _untrusted(source, told, "declare it again" + _or_accept(source))
        for table in (suppressions, suppression_lists):
            connection.execute(sa.delete(table).where(table.c.source == source))


def _replace(
    connection: Connection, source: str, said: Iterable[Suppression], at: datetime
) -> None:
    """Rows that are said again keep the instant at which the store learned of them."""
    of = suppressions.c.source == source
    held = {_key(row): row for row in connection.execute(sa.select(suppressions).where(of))}
    now = {_key(one): one for one in said}
    kept = {key for key, one in now.items() if key in held and held[key].ends_at == one.ends_at}
    gone = [dict(zip(_KEY, key, strict=True)) for key in held if key not in kept]
    fresh = [row_of(one, source, at) for key, one in now.items() if key not in kept]
    if gone:
        exactly = (suppressions.c[name] == sa.bindparam(f"of_{name}") for name in _KEY)
        told = [{f"of_{name}": value for name, value in one.items()} for one in gone]
        connection.execute(sa.delete(suppressions).where(of, *exactly), told)
    if fresh:
        connection.execute(sa.insert(suppressions), fresh)


def _distinct(rows: Iterable[Suppression]) -> list[Suppression]:
    """Of rows that say the same but for their end, the one that holds longest."""
    longest: dict[tuple[Any, ...], Suppression] = {}
    for row in rows:
        other = longest.setdefault(_key(row), row)
        if other.ends_at and (row.ends_at is None or row.ends_at > other.ends_at):
            longest[_key(row)] = row
    return [*longest.values()]


def _key(row: Any) -> tuple[Any, ...]:  # noqa: ANN401  (a row of the table, or what it is made of)
    return tuple(getattr(row, name) for name in _KEY)


def _refuse_loss(source: str, before: int, now: int) -> None:
    lost = before - now
    if (before and not now) or (before > FEW and lost > MOST_LOST * before):
        told = f"has {now} rows and had {before}"
        raise _untrusted(source, told, "see that its file is whole" + _or_accept(source))


def _or_accept(source: str) -> str:
    return f", or say `jejak suppress --accept {source}` if it is right so"


def _untrusted(source: str, what: str, mend: str) -> SuppressionsUntrusted:
    return SuppressionsUntrusted(
        f"the list {source!r} of who must not be contacted {what}",
        where="table suppression_lists",
        mend=mend,
    )
