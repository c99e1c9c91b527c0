"""Time limits of tasks, and further attempts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.batch_alter_table("task") as batch:
        batch.add_column(sa.Column("timeout", sa.Integer))
        batch.add_column(sa.Column("deadline", sa.DateTime(timezone=True)))
        batch.add_column(sa.Column("retries", sa.Integer, nullable=False, server_default="0"))
        batch.add_column(sa.Column("attempt", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    with op.batch_alter_table("task") as batch:
        for name in ("attempt", "retries", "deadline", "timeout"):
            batch.drop_column(name)
