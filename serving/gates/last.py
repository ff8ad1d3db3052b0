"""What the store knows of the nights before, for the gates to compare with."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from serving.gates.spread import Spread
from serving.gates.tonight import Last
from serving.store.database import Database
from serving.store.tables import published_table, runs

KEPT_AS = "gates"
"""Where the summary of a run keeps what the next night is compared with."""

NIGHTS_BEFORE = 28


def last_published(store: Database, as_of: datetime, *, model_version: int) -> Last | None:
    """The published run, if it is not of a later cutoff, and how probabilities spread before.

    They are compared with those of the same version of the model, if one of the last nights was
    scored by it: what another version said before a rollback is no measure.
    """
    return store.read(lambda connection: _last(connection, as_of, model_version))


def _last(connection: Connection, as_of: datetime, model_version: int) -> Last | None:
    pointed = sa.select(runs).join(published_table, published_table.c.run_id == runs.c.run_id)
    run = connection.execute(pointed).one_or_none()
    if run is None or run.as_of > as_of:
        return None
    newest_first = (
        sa.select(runs.c.as_of, runs.c.model_version, runs.c.summary)
        .where(runs.c.as_of <= as_of)
        .order_by(runs.c.as_of.desc(), runs.c.published_at.desc())
        .limit(NIGHTS_BEFORE)
    )
    rows = connection.execute(newest_first).all()
    alike = [row for row in rows if row.model_version == model_version] or rows
    by_night = {row.as_of: _spread(row.summary) for row in reversed(alike)}
    spreads = [by_night[night] for night in sorted(by_night, reverse=True)]
    return Last(
        run_id=run.run_id,
        as_of=run.as_of,
        rows=run.rows,
        suppressed=_kept(run.summary).get("suppressed"),
        model_version=alike[0].model_version,
        spread=spreads[0],
        means_before=[spread.mean for spread in spreads[1:] if spread],
    )


def _kept(summary: Mapping[str, Any]) -> Mapping[str, Any]:
    return summary.get(KEPT_AS, {})


def _spread(summary: Mapping[str, Any]) -> Spread | None:
    return Spread.told(_kept(summary).get("spread"))
