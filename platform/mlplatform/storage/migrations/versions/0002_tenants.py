"""Tenants, the scheduler's lease, and where the logs of a task's next attempt begin."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "tenant",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("quota", sa.JSON, nullable=False),
        sa.Column("borrowing", sa.JSON, nullable=False),
        sa.Column("cohort", sa.String(40)),
        sa.Column("weight", sa.Double, nullable=False),
        sa.Column("max_priority", sa.Integer, nullable=False),
        sa.Column("members", sa.JSON, nullable=False),
        sa.Column("served_at", MOMENT),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("owner", sa.String(100), nullable=False),
        sa.Column("expires", MOMENT, nullable=False),
        sa.Column("seen", sa.JSON, nullable=False),
    )
    for table in ("task", "service"):
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("tenant", sa.String(40), nullable=False, server_default="default"))
    with op.batch_alter_table("task") as batch:
        batch.add_column(sa.Column("log_base", sa.JSON, nullable=False, server_default="{}"))


def downgrade() -> None:
    with op.batch_alter_table("task") as batch:
        batch.drop_column("log_base")
    for table in ("task", "service"):
        with op.batch_alter_table(table) as batch:
            batch.drop_column("tenant")
    op.drop_table("lease")
    op.drop_table("tenant")
