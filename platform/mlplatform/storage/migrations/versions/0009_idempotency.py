"""Answers that are kept for who asks again with the same key; what lists of tasks are read by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "reply",
        sa.Column("subject", sa.String(200), primary_key=True),
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("content", sa.String(64)),
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("held_until", MOMENT, nullable=False),
        sa.Column("expires", MOMENT, nullable=False, index=True),
        sa.Column("status", sa.Integer),
        sa.Column("body", sa.Text),
    )
    op.create_index("task_owner", "task", ["owner", "id"])
    op.create_index("task_owner_state", "task", ["owner", "state", "id"])
    op.create_index("task_state", "task", ["state", "id"])


def downgrade() -> None:
    for name in ("task_state", "task_owner_state", "task_owner"):
        op.drop_index(name, "task")
    op.drop_table("reply")
