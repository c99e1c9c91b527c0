"""Tasks and queues that are paused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table("paused_queue", sa.Column("name", sa.String(16), primary_key=True))
    with op.batch_alter_table("task") as batch:
        batch.add_column(sa.Column("paused", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("task") as batch:
        batch.drop_column("paused")
    op.drop_table("paused_queue")
