"""The tables of delivery: the plan, what was acknowledged, what was refused, the books."""

import sqlalchemy as sa

from serving.store.database import Instant
from serving.store.tables import metadata

acknowledged = sa.Table(
    "acknowledged",
    metadata,
    sa.Column("destination", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("customer_id", sa.Text, nullable=False, index=True),
    sa.Column("op", sa.Text, nullable=False, comment="what it holds: set, or clear; empty: none"),
    sa.Column("hash", sa.Text, nullable=False, comment="of the mapped values; empty: none"),
    sa.Column("unsure", sa.Boolean, nullable=False, comment="something was sent, answer pending"),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("acknowledged_at", Instant, nullable=True),
    comment="what each destination last acknowledged: the baseline of what is changed",
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("run_id", sa.Text, primary_key=True, comment="of the scores, or of clears among it"),
    sa.Column("destination", sa.Text, primary_key=True),
    sa.Column("customer_id", sa.Text, primary_key=True),
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
    sa.Column("planned_at", Instant, nullable=False),
    sa.Column("sent_at", Instant, nullable=True),
    sa.Column("ended_at", Instant, nullable=True),
    sa.Index("outbox_state", "destination", "state", "run_id", "key"),
    sa.Index("outbox_batch", "batch_id"),
    sa.Index("outbox_customer", "customer_id"),
)

batches = sa.Table(
    "batches",
    metadata,
    sa.Column("batch_id", sa.Text, primary_key=True),
    sa.Column("run_id", sa.Text, nullable=False),
    sa.Column("destination", sa.Text, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("notes", sa.JSON, nullable=False, comment="what the destination must remember"),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("first_sent_at", Instant, nullable=False),
    sa.Column("ended_at", Instant, nullable=True),
    sa.Index("batches_open", "destination", "ended_at"),
)

rejects = sa.Table(
    "rejects",
    metadata,
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("destination", sa.Text, primary_key=True),
    sa.Column("customer_id", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False, comment="the vendor's, or ours"),
    sa.Column("message", sa.Text, nullable=False, comment="the vendor's words"),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_action", sa.Text, nullable=False),
    sa.Column("rejected_at", Instant, nullable=False),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("destination", sa.Text, primary_key=True),
    sa.Column("shape", sa.Text, nullable=False, comment="hash of what fills which field"),
    sa.Column("as_of", Instant, nullable=False),
    sa.Column("scored", sa.BigInteger, nullable=False),
    sa.Column("unchanged", sa.BigInteger, nullable=False),
    sa.Column("planned", sa.BigInteger, nullable=False),
    sa.Column("clears", sa.BigInteger, nullable=False, comment="of those planned"),
    sa.Column("planned_at", Instant, nullable=False),
    sa.Column("ended_at", Instant, nullable=True),
    comment="one row a run and destination once its plan is whole: the books",
)

paces = sa.Table(
    "paces",
    metadata,
    sa.Column("destination", sa.Text, primary_key=True),
    sa.Column("last_call_at", Instant, nullable=True),
    sa.Column("not_before", Instant, nullable=True, comment="the vendor said: not before then"),
)
