"""The tables of the closed loop: what was watched, what came true, which pains are being mended."""

import sqlalchemy as sa

from serving.store.database import Instant
from serving.store.outbox_tables import metadata

watches = sa.Table(
    "watches",
    metadata,
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("as_of", Instant, nullable=False, index=True),
    sa.Column("watched_at", Instant, nullable=False),
    sa.Column("facts", sa.JSON, nullable=False, comment="alarms, estimates; no customer"),
)

matured = sa.Table(
    "matured",
    metadata,
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("as_of", Instant, nullable=False, index=True),
    sa.Column("measured_at", Instant, nullable=False),
    sa.Column("facts", sa.JSON, nullable=False, comment="estimated then, true now"),
)

pains = sa.Table(
    "pains",
    metadata,
    sa.Column("pain_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False, comment="drop_off, wait, ping_pong, stall"),
    sa.Column("stage", sa.Text, nullable=False, comment="empty: every stage"),
    sa.Column("channel", sa.Text, nullable=False, comment="empty: every channel"),
    sa.Column("persona", sa.Text, nullable=False, comment="empty: every persona"),
    sa.Column("hypothesis", sa.Text, nullable=False),
    sa.Column("owner", sa.Text, nullable=False, comment="a team or a role"),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("against", sa.JSON, nullable=False, comment="what it is compared with"),
)

pain_states = sa.Table(
    "pain_states",
    metadata,
    sa.Column("pain_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, comment="in the order of entry"),
    sa.Column("entered_at", Instant, nullable=False, comment="known from then on"),
    sa.Column("changed_at", Instant, nullable=True, comment="when the business changed"),
    sa.Column("verdict", sa.Text, nullable=True, comment="mended, not mended, unclear: closed"),
    sa.Column("why", sa.Text, nullable=True),
    comment="a pain from one entry to the next; nothing is overwritten",
)

pain_measures = sa.Table(
    "pain_measures",
    metadata,
    sa.Column("pain_id", sa.Text, primary_key=True),
    sa.Column("as_of", Instant, primary_key=True),
    sa.Column("measured_at", Instant, nullable=False),
    sa.Column("changed_at", Instant, nullable=True, comment="the change that was measured"),
    sa.Column("facts", sa.JSON, nullable=False, comment="before, after, compared; no customer"),
)
