"""The book itself: pains as they were opened, every entry since, and every measure of them."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from itertools import count
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from features.errors import AnotherAtWork, WorkspaceInvalid
from features.mistakes import nearest
from serving.store.database import insert_missing
from serving.store.loop_tables import pain_measures, pain_states
from serving.store.loop_tables import pains as pains_table

OPEN, CHANGED, CLOSED = "open", "changed", "closed"

OPENED = tuple(column.name for column in pains_table.columns)
"""What is kept of how a pain was opened."""

PLACE = ("kind", "stage", "channel", "persona")
"""What hurts and where: of it one pain is open at a time."""


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
    """What a pain came to as of a cutoff, by when it is said to have changed; `facts` are JSON."""

    pain_id: str
    as_of: datetime
    measured_at: datetime
    changed_at: datetime | None
    facts: Mapping[str, Any]


def open_pain(connection: Connection, **told: Any) -> Pain:  # noqa: ANN401  # the fields of `Pain`
    """Enter a pain under the next free id, P001, P002, ...; two at once get two.

    What is open already, with the same hypothesis and owner, is entered once; `WorkspaceInvalid`
    where somebody means to mend the same place otherwise.
    """
    if there := _open_there(connection, told):
        return there
    taken = connection.scalar(sa.select(sa.func.count()).select_from(pains_table)) or 0
    for number in count(taken + 1):
        pain = Pain(pain_id=f"P{number:03}", **told)
        opening = {name: getattr(pain, name) for name in OPENED}
        if insert_missing(connection, pains_table, opening):
            return pain
    raise AssertionError  # numbers do not end


def pains(connection: Connection, until: datetime | None = None) -> list[Pain]:
    """Every pain as the ledger stood at an instant, the first that was opened first.

    Without an instant as it stands now. What was entered later is not known yet.
    """
    states = sa.select(pain_states).order_by(pain_states.c.number)
    opened = sa.select(pains_table).order_by(
        sa.func.length(pains_table.c.pain_id), pains_table.c.pain_id
    )
    if until is not None:
        states = states.where(pain_states.c.entered_at <= until)
        opened = opened.where(pains_table.c.opened_at <= until)
    last = {row.pain_id: row for row in connection.execute(states)}
    return [_pain(row, last.get(row.pain_id)) for row in connection.execute(opened)]


def change(connection: Connection, pain_id: str, *, changed_at: datetime, at: datetime) -> Pain:
    """Enter when the business changed, or correct it; what was measured of another date is over."""
    pain = _named(connection, pain_id)
    _refuse_closed(pain)
    return _entered(connection, replace(pain, changed_at=changed_at), at)


def close(connection: Connection, pain_id: str, *, verdict: str, why: str, at: datetime) -> Pain:
    """Close a pain with a verdict of people, whatever the measures say."""
    pain = _named(connection, pain_id)
    _refuse_closed(pain)
    return _entered(connection, replace(pain, closed_at=at, verdict=verdict, why=why), at)


def reopen(connection: Connection, pain_id: str, *, at: datetime) -> Pain:
    """Open a closed pain again; when it changed and what was measured stays."""
    pain = _named(connection, pain_id)
    if not pain.closed_at:
        raise _refused(f"{pain_id} is open", "see them all with `jejak pains`")
    return _entered(connection, replace(pain, closed_at=None, verdict=None, why=None), at)


def keep_measure(connection: Connection, measure: Measure) -> None:
    """Keep what a pain came to as of a cutoff, in place of what was kept for it before."""
    kept = pain_measures.c
    same = sa.and_(kept.pain_id == measure.pain_id, kept.as_of == measure.as_of)
    connection.execute(sa.delete(pain_measures).where(same))
    insert_missing(connection, pain_measures, asdict(measure))


def measures(connection: Connection, known: Iterable[Pain], until: datetime) -> dict[str, Measure]:
    """The newest measure up to a cutoff, that one included, of some pains as they were known.

    What was measured of another date of the change does not count.
    """
    changed = {pain.pain_id: pain.changed_at for pain in known}
    told = sa.select(pain_measures).where(pain_measures.c.as_of <= until)
    rows = connection.execute(told.order_by(pain_measures.c.as_of))
    return {
        row.pain_id: Measure(**{one.name: getattr(row, one.name) for one in fields(Measure)})
        for row in rows
        if row.pain_id in changed and row.changed_at == changed[row.pain_id]
    }


def _pain(opened: Any, last: Any) -> Pain:  # noqa: ANN401  # rows of the tables
    """A pain by how it was opened and by its last entry, None for none."""
    pain = Pain(**{name: getattr(opened, name) for name in OPENED})
    if last is None:
        return pain
    closed_at = last.entered_at if last.verdict else None
    since = {"changed_at": last.changed_at, "verdict": last.verdict, "why": last.why}
    return replace(pain, closed_at=closed_at, **since)


def _open_there(connection: Connection, told: Mapping[str, Any]) -> Pain | None:
    """The pain that is open of the same kind and place, None for none."""
    for pain in pains(connection):
        if pain.closed_at or any(getattr(pain, one) != told[one] for one in PLACE):
            continue
        if any(getattr(pain, one) != told[one] for one in ("hypothesis", "owner")):
            mend = "close it first with `jejak pains close`, or mend it together"
            raise _refused(f"{pain.pain_id} is open for this already", mend)
        return pain
    return None


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


def _entered(connection: Connection, pain: Pain, at: datetime) -> Pain:
    """A pain as it is from an instant on; of two who enter at once the second is told to look."""
    number = sa.select(sa.func.count()).where(pain_states.c.pain_id == pain.pain_id)
    state = {
        "pain_id": pain.pain_id,
        "number": (connection.scalar(number) or 0) + 1,
        "entered_at": at,
        "changed_at": pain.changed_at,
        "verdict": pain.verdict,
        "why": pain.why,
    }
    if not insert_missing(connection, pain_states, state):
        raise AnotherAtWork(
            f"somebody else has just entered something of {pain.pain_id}",
            where="table pain_states",
            mend="look at it with `jejak pains`, then say it again",
        )
    return pain


def _refused(what: str, mend: str) -> WorkspaceInvalid:
    return WorkspaceInvalid(what, where="table pains", mend=mend)
