"""Runs, their scores and the pointer: stores that tell version 3 of themselves have this shape."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables, and a pointer to nothing."""
    version = op.create_table("schema_version", sa.Column("version", sa.Integer, primary_key=True))
    op.bulk_insert(version, [{"version": 3}])
    _runs()
    _scores()
    published = op.create_table(
        "published",
        sa.Column("purpose", sa.Text, primary_key=True),
        sa.Column("run_id", sa.Text),
        sa.Column("as_of", INSTANT),
    )
    op.bulk_insert(published, [{"purpose": "churn"}])


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("horizon_days", sa.BigInteger, nullable=False),
        sa.Column("tier", sa.Text, nullable=False),
        sa.Column("grade", sa.Text, nullable=False),
        sa.Column("model_version", sa.BigInteger, nullable=False),
        sa.Column("watermark", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("published_at", INSTANT, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("summary", sa.JSON, nullable=False),
    )


def _scores() -> None:
    op.create_table(
        "scores",
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("horizon_days", sa.BigInteger, nullable=False),
        sa.Column("churn_probability", sa.Double),
        sa.Column("probability_low", sa.Double),
        sa.Column("probability_high", sa.Double),
        sa.Column("further_horizons", sa.JSON, nullable=False),
        sa.Column("risk_band", sa.Text, nullable=False),
        sa.Column("health_colour", sa.Text, nullable=False),
        sa.Column("yearly_value", sa.Double, nullable=False),
        sa.Column("value_at_risk", sa.Double),
        sa.Column("stage", sa.Text),
        sa.Column("days_in_stage", sa.Double),
        sa.Column("p_advance", sa.Double),
        sa.Column("p_stay", sa.Double),
        sa.Column("p_regress", sa.Double),
        sa.Column("p_exit", sa.Double),
        sa.Column("next_stage", sa.Text),
        sa.Column("p_next_stage", sa.Double),
        sa.Column("next_steps", sa.JSON, nullable=False),
        sa.Column("p_no_step", sa.Double),
        sa.Column("reasons", sa.JSON, nullable=False),
        sa.Column("tier", sa.Text, nullable=False),
        sa.Column("grade", sa.Text, nullable=False),
        sa.Column("model_version", sa.BigInteger, nullable=False),
        sa.Column("watermark", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "customer_id"),
    )
