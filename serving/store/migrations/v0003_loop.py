"""The closed loop: what was watched, what came true, which pains are being mended."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables of watching and of the ledger of pains."""
    _watches()
    _matured()
    _pains()
    _pain_measures()


def _watches() -> None:
    op.create_table(
        "watches",
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("watched_at", INSTANT, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False, comment="alarms, estimates; no customer"),
        sa.PrimaryKeyConstraint("run_id"),
    )
    op.create_index("ix_watches_as_of", "watches", ["as_of"])


def _matured() -> None:
    op.create_table(
        "matured",
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("measured_at", INSTANT, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False, comment="estimated then, true now"),
        sa.PrimaryKeyConstraint("run_id"),
    )
    op.create_index("ix_matured_as_of", "matured", ["as_of"])


def _pains() -> None:
    op.create_table(
        "pains",
        sa.Column("pain_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False, comment="drop_off, wait, ping_pong, stall"),
        sa.Column("stage", sa.Text, nullable=False, comment="empty: every stage"),
        sa.Column("channel", sa.Text, nullable=False, comment="empty: every channel"),
        sa.Column("persona", sa.Text, nullable=False, comment="empty: every persona"),
        sa.Column("hypothesis", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False, comment="a team or a role"),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=True, comment="when the business changed"),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("verdict", sa.Text, nullable=True, comment="mended, not mended, unclear"),
        sa.Column("why", sa.Text, nullable=True),
        sa.Column("against", sa.JSON, nullable=False, comment="what it is compared with"),
        sa.PrimaryKeyConstraint("pain_id"),
    )


def _pain_measures() -> None:
    op.create_table(
        "pain_measures",
        sa.Column("pain_id", sa.Text, nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("measured_at", INSTANT, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False, comment="before, after, compared; no customer"),
        sa.PrimaryKeyConstraint("pain_id", "as_of"),
    )
