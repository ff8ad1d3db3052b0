"""Decisions and deliveries: arms, actions, suppressions, leases, the outbox and its books."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add what was decided to the scores, and the tables of deciding and delivering."""
    op.drop_table("schema_version")
    _scores()
    _leases()
    _overrides()
    _enrolments()
    _actions()
    _suppressions()
    _suppression_lists()
    _tombstones()
    _acknowledged()
    _outbox()
    _batches()
    _rejects()
    _deliveries()
    _paces()


def _scores() -> None:
    """Who was scored before health was told has the middle of their band."""
    with op.batch_alter_table("scores") as scores:
        for told in ("action", "action_channel", "action_by", "arm", "experiment"):
            scores.add_column(sa.Column(told, sa.Text))
        scores.add_column(sa.Column("arm_probability", sa.Double))
        scores.add_column(sa.Column("health", sa.BigInteger))
    op.execute(
        "UPDATE scores SET health = "
        "CASE risk_band WHEN 'high' THEN 15 WHEN 'medium' THEN 45 ELSE 80 END"
    )
    with op.batch_alter_table("scores") as scores:
        scores.alter_column("health", existing_type=sa.BigInteger, nullable=False)


def _leases() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column(
            "token", sa.BigInteger, nullable=False, comment="grows with every holder: the fence"
        ),
        sa.Column("holder", sa.Text, nullable=False, comment="host, machine, process, its start"),
        sa.Column("taken_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _overrides() -> None:
    op.create_table(
        "overrides",
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False, comment="the gate that had failed"),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("accepted_by", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("accepted_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "code"),
    )


def _enrolments() -> None:
    op.create_table(
        "enrolments",
        sa.Column("experiment", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("arm", sa.Text, nullable=False),
        sa.Column("probability", sa.Double, nullable=False, comment="of the arm that was drawn"),
        sa.Column("stratum", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False, comment="the run that enrolled the customer"),
        sa.Column("enrolled_at", INSTANT, nullable=False, comment="the cutoff of that run"),
        sa.PrimaryKeyConstraint("experiment", "customer_id"),
    )


def _actions() -> None:
    op.create_table(
        "actions",
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "customer_id"),
    )
    op.create_index("ix_actions_as_of", "actions", ["as_of"])


def _suppressions() -> None:
    op.create_table(
        "suppressions",
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False, comment="empty: every channel"),
        sa.Column("purpose", sa.Text, nullable=False, comment="empty: every purpose"),
        sa.Column("source", sa.Text, nullable=False, comment="a source, or jejak suppress"),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=True),
        sa.Column("recorded_at", INSTANT, nullable=False, comment="when the store learned of it"),
        sa.PrimaryKeyConstraint("customer_id", "channel", "purpose", "source", "starts_at"),
    )


def _suppression_lists() -> None:
    op.create_table(
        "suppression_lists",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("read_at", INSTANT, nullable=False, comment="when it was last read whole"),
        sa.PrimaryKeyConstraint("source"),
    )


def _tombstones() -> None:
    op.create_table(
        "tombstones",
        sa.Column("mark", sa.Text, nullable=False, comment="keyed hash of an id or a handle"),
        sa.Column("erased_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("mark"),
    )


def _acknowledged() -> None:
    op.create_table(
        "acknowledged",
        sa.Column("destination", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column(
            "op", sa.Text, nullable=False, comment="what it holds: set, or clear; empty: none"
        ),
        sa.Column("hash", sa.Text, nullable=False, comment="of the mapped values; empty: none"),
        sa.Column(
            "unsure", sa.Boolean, nullable=False, comment="something was sent, answer pending"
        ),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("acknowledged_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("destination", "key"),
        comment="what each destination last acknowledged: the baseline of what is changed",
    )
    op.create_index("ix_acknowledged_customer_id", "acknowledged", ["customer_id"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column(
            "run_id", sa.Text, nullable=False, comment="of the scores, or of clears among it"
        ),
        sa.Column("destination", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("op", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False, comment="JSON of the mapped values"),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column(
            "state",
            sa.Text,
            nullable=False,
            comment="planned, sent, acknowledged, rejected, suppressed or superseded",
        ),
        sa.Column("batch_id", sa.Text, nullable=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("token", sa.BigInteger, nullable=True, comment="of the lease it was sent under"),
        sa.Column("code", sa.Text, nullable=True),
        sa.Column("planned_at", INSTANT, nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("run_id", "destination", "customer_id"),
    )
    op.create_index("outbox_batch", "outbox", ["batch_id"])
    op.create_index("outbox_customer", "outbox", ["customer_id"])
    op.create_index("outbox_state", "outbox", ["destination", "state", "run_id", "key"])


def _batches() -> None:
    op.create_table(
        "batches",
        sa.Column("batch_id", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("destination", sa.Text, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("notes", sa.JSON, nullable=False, comment="what the destination must remember"),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("first_sent_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("batch_id"),
    )
    op.create_index("batches_open", "batches", ["destination", "ended_at"])


def _rejects() -> None:
    op.create_table(
        "rejects",
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("destination", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False, comment="the vendor's, or ours"),
        sa.Column("message", sa.Text, nullable=False, comment="the vendor's words"),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_action", sa.Text, nullable=False),
        sa.Column("rejected_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "destination", "customer_id"),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("destination", sa.Text, nullable=False),
        sa.Column("shape", sa.Text, nullable=False, comment="hash of what fills which field"),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("scored", sa.BigInteger, nullable=False),
        sa.Column("unchanged", sa.BigInteger, nullable=False),
        sa.Column("planned", sa.BigInteger, nullable=False),
        sa.Column("clears", sa.BigInteger, nullable=False, comment="of those planned"),
        sa.Column("planned_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("run_id", "destination"),
        comment="one row a run and destination once its plan is whole: the books",
    )


def _paces() -> None:
    op.create_table(
        "paces",
        sa.Column("destination", sa.Text, nullable=False),
        sa.Column("last_call_at", INSTANT, nullable=True),
        sa.Column("not_before", INSTANT, nullable=True, comment="the vendor said: not before then"),
        sa.PrimaryKeyConstraint("destination"),
    )
