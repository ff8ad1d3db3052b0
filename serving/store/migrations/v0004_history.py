"""The ledger of pains as it was known on any day: entries are added, none is overwritten."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

INSTANT = sa.DateTime(timezone=True)
MOVED = ("changed_at", "closed_at", "verdict", "why")


def upgrade() -> None:
    """Move what came after a pain was opened into states of its own."""
    _pain_states()
    _as_far_as_known()
    for name in MOVED:
        op.drop_column("pains", name)


def _pain_states() -> None:
    op.create_table(
        "pain_states",
        sa.Column("pain_id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False, comment="in the order of entry"),
        sa.Column("entered_at", INSTANT, nullable=False, comment="known from then on"),
        sa.Column("changed_at", INSTANT, nullable=True, comment="when the business changed"),
        sa.Column("verdict", sa.Text, nullable=True, comment="mended, not mended, unclear: closed"),
        sa.Column("why", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("pain_id", "number"),
        comment="a pain from one entry to the next; nothing is overwritten",
    )
    changed = sa.Column(
        "changed_at", INSTANT, nullable=True, comment="the change that was measured"
    )
    op.add_column("pain_measures", changed)


def _as_far_as_known() -> None:
    """When a change was entered was not kept: it cannot have been before either."""
    op.execute(
        "insert into pain_states (pain_id, number, entered_at, changed_at)"
        " select pain_id, 1,"
        " case when changed_at > opened_at then changed_at else opened_at end, changed_at"
        " from pains where changed_at is not null"
    )
    op.execute(
        "insert into pain_states (pain_id, number, entered_at, changed_at, verdict, why)"
        " select pain_id, case when changed_at is null then 1 else 2 end,"
        " closed_at, changed_at, verdict, why from pains where closed_at is not null"
    )
    op.execute(
        "update pain_measures set changed_at ="
        " (select changed_at from pains where pains.pain_id = pain_measures.pain_id)"
    )
