"""The tables of runs: what was scored, which run readers see, who may publish, who must not be."""

from dataclasses import fields
from typing import Any

import sqlalchemy as sa

from serving.scores import INSTANT, SCORES, Run
from serving.store.database import Instant

STORED_AS: dict[str, type[sa.types.TypeEngine[Any]]] = {
    "str": sa.Text,
    "int64": sa.BigInteger,
    "float64": sa.Double,
    "object": sa.JSON,
    INSTANT: Instant,
}

metadata = sa.MetaData()

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("run_id", sa.Text, primary_key=True),
    *(
        sa.Column(one.name, STORED_AS[SCORES.schema[one.name]], nullable=False)
        for one in fields(Run)
        if one.name != "run_id"
    ),
    sa.Column("published_at", Instant, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("summary", sa.JSON, nullable=False),
)

scores_table = sa.Table(
    "scores",
    metadata,
    *(
        sa.Column(
            column.name,
            STORED_AS[column.dtype],
            nullable=column.nullable,
            primary_key=column.name in ("run_id", "customer_id"),
        )
        for column in SCORES.columns
    ),
    sa.PrimaryKeyConstraint("run_id", "customer_id"),
)

published_table = sa.Table(
    "published",
    metadata,
    sa.Column("purpose", sa.Text, primary_key=True),
    sa.Column("run_id", sa.Text, nullable=True),
    sa.Column("as_of", Instant, nullable=True),
)

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("token", sa.BigInteger, nullable=False, comment="grows with every holder: the fence"),
    sa.Column("holder", sa.Text, nullable=False, comment="host, machine, process, its start"),
    sa.Column("taken_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
)

overrides = sa.Table(
    "overrides",
    metadata,
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, primary_key=True, comment="the gate that had failed"),
    sa.Column("sentence", sa.Text, nullable=False),
    sa.Column("accepted_by", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("accepted_at", Instant, nullable=False),
)

enrolments = sa.Table(
    "enrolments",
    metadata,
    sa.Column("experiment", sa.Text, primary_key=True),
    sa.Column("customer_id", sa.Text, primary_key=True),
    sa.Column("arm", sa.Text, nullable=False),
    sa.Column("probability", sa.Double, nullable=False, comment="of the arm that was drawn"),
    sa.Column("stratum", sa.Text, nullable=False),
    sa.Column("run_id", sa.Text, nullable=False, comment="the run that enrolled the customer"),
    sa.Column("enrolled_at", Instant, nullable=False, comment="the cutoff of that run"),
)

actions = sa.Table(
    "actions",
    metadata,
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("customer_id", sa.Text, primary_key=True),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("as_of", Instant, nullable=False, index=True),
)

suppressions = sa.Table(
    "suppressions",
    metadata,
    sa.Column("customer_id", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True, comment="empty: every channel"),
    sa.Column("purpose", sa.Text, primary_key=True, comment="empty: every purpose"),
    sa.Column("source", sa.Text, primary_key=True, comment="a source, or jejak suppress"),
    sa.Column("starts_at", Instant, primary_key=True),
    sa.Column("ends_at", Instant, nullable=True),
    sa.Column("recorded_at", Instant, nullable=False, comment="when the store learned of it"),
)

suppression_lists = sa.Table(
    "suppression_lists",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("read_at", Instant, nullable=False, comment="when it was last read whole"),
)

tombstones = sa.Table(
    "tombstones",
    metadata,
    sa.Column("mark", sa.Text, primary_key=True, comment="keyed hash of an id or a handle"),
    sa.Column("erased_at", Instant, nullable=False),
)
