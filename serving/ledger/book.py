"""The book itself: pains as they are opened, changed and closed, and every measure of them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from itertools import count
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from features.errors import WorkspaceInvalid
from features.mistakes import nearest
from serving.store.database import insert_missing
from serving.store.loop_tables import pain_measures
from serving.store.loop_tables import pains as pains_table

OPEN, CHANGED, CLOSED = "open", "changed", "closed"


@dataclass(frozen=True, kw_only=True)
class Pain:
    """A pain that somebody means to mend, at a place; an empty word is every one.

    `against` is what it is compared with, chosen when it was opened. `changed_at` is when the
    business changed. It holds no customer, and neither may a hypothesis, an owner or a reason.
    """

    pain_id: str
    kind: str
    stage: str
    channel: str
    persona: str
    hypothesis: str
    owner: str
    opened_at: datetime
    against: Mapping[str, Any] = field(default_factory=dict[str, Any])
    changed_at: datetime | None = None
    closed_at: datetime | None = None
    verdict: str | None = None
    why: str | None = None

    @property
    def state(self) -> str:
        """Open, changed (and measured since) or closed."""
        if self.closed_at:
            return CLOSED
        return CHANGED if self.changed_at else OPEN


@dataclass(frozen=True, kw_only=True)
class Measure:
    """What a pain came to as of a cutoff; `facts` are JSON."""

    pain_id: str
    as_of: datetime
    measured_at: datetime
    facts: Mapping[str, Any]


def open_pain(connection: Connection, **told: Any) -> Pain:  # noqa: ANN401  # the fields of `Pain`
    """Enter a pain under the next free id, P001, P002, ...; two at once get two."""
    taken = connection.scalar(sa.select(sa.func.count()).select_from(pains_table)) or 0
    for number in count(taken + 1):
        pain = Pain(pain_id=f"P{number:03}", **told)
        if insert_missing(connection, pains_table, asdict(pain)):
            return pain
    raise AssertionError  # numbers do not end


def pains(connection: Connection) -> list[Pain]:
    """Every pain, the first that was opened first."""
    order = sa.func.length(pains_table.c.pain_id), pains_table.c.pain_id
    rows = connection.execute(sa.select(pains_table).order_by(*order))
    return [Pain(**{one.name: getattr(row, one.name) for one in fields(Pain)}) for row in rows]


def change(connection: Connection, pain_id: str, at: datetime) -> Pain:
    """Enter when the business changed, or correct it; what was measured of another date is over."""
    pain = _named(connection, pain_id)
    _refuse_closed(pain)
    if pain.changed_at != at:
        connection.execute(sa.delete(pain_measures).where(pain_measures.c.pain_id == pain_id))
    return _updated(connection, pain, changed_at=at)


def close(connection: Connection, pain_id: str, *, verdict: str, why: str, at: datetime) -> Pain:
    """Close a pain with a verdict of people, whatever the measures say."""
    pain = _named(connection, pain_id)
    _refuse_closed(pain)
    return _updated(connection, pain, closed_at=at, verdict=verdict, why=why)


def reopen(connection: Connection, pain_id: str) -> Pain:
    """Open a closed pain again; when it changed and what was measured stays."""
    pain = _named(connection, pain_id)
    if not pain.closed_at:
        raise _refused(f"{pain_id} is open", "see them all with `jejak pains`")
    return _updated(connection, pain, closed_at=None, verdict=None, why=None)


def keep_measure(connection: Connection, measure: Measure) -> None:
    """Keep what a pain came to as of a cutoff, in place of what was kept for it before."""
    kept = pain_measures.c
    same = sa.and_(kept.pain_id == measure.pain_id, kept.as_of == measure.as_of)
    connection.execute(sa.delete(pain_measures).where(same))
    insert_missing(connection, pain_measures, asdict(measure))


def measures(connection: Connection, until: datetime) -> dict[str, Measure]:
    """The newest measure of each pain up to a cutoff, that one included."""
    told = sa.select(pain_measures).where(pain_measures.c.as_of <= until)
    rows = connection.execute(told.order_by(pain_measures.c.as_of))
    return {
        row.pain_id: Measure(**{one.name: getattr(row, one.name) for one in fields(Measure)})
        for row in rows
    }


def _named(connection: Connection, pain_id: str) -> Pain:
    known = {pain.pain_id: pain for pain in pains(connection)}
    if pain_id not in known:
        mend = nearest(pain_id, known) if known else "open one with `jejak pains open`"
        raise _refused(f"there is no pain {pain_id!r}", mend)
    return known[pain_id]


def _refuse_closed(pain: Pain) -> None:
    if pain.closed_at:
        what = f"{pain.pain_id} was closed on {pain.closed_at:%Y-%m-%d} as {pain.verdict}"
        raise _refused(what, f"open it again with `jejak pains reopen {pain.pain_id}`")


def _updated(connection: Connection, pain: Pain, **values: Any) -> Pain:  # noqa: ANN401
    named = pains_table.c.pain_id == pain.pain_id
    connection.execute(sa.update(pains_table).where(named).values(**values))
    return replace(pain, **values)


def _refused(what: str, mend: str) -> WorkspaceInvalid:
    return WorkspaceInvalid(what, where="table pains", mend=mend)
