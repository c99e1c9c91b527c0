"""Workflows, their runs, schedules; and what tells that two tasks do the same."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

ID = sa.String(16)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("task") as batch:
        batch.add_column(sa.Column("content_key", sa.String(64)))
        batch.add_column(sa.Column("origin", sa.String(100)))
        batch.create_index("ix_task_content_key", ["content_key"])
        batch.create_unique_constraint("task_origin_key", ["origin"])
    op.create_table(
        "workflow",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("owner", sa.String(200), nullable=False, index=True),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("removed", sa.Boolean, nullable=False),
    )
    op.create_table(
        "run",
        sa.Column("id", ID, primary_key=True),
        sa.Column("workflow", sa.String(40), nullable=False, index=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("owner", sa.String(200), nullable=False, index=True),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("tenant", sa.String(40), nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("cache", sa.Boolean, nullable=False),
        sa.Column("plan", sa.JSON, nullable=False),
        sa.Column("pinned", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("reason", sa.JSON),
        sa.Column("paused", sa.Boolean, nullable=False),
        sa.Column("woken", sa.Boolean, nullable=False, index=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT),
    )
    op.create_table(
        "run_item",
        sa.Column("run_id", ID, sa.ForeignKey("run.id"), primary_key=True),
        sa.Column("step", sa.String(40), primary_key=True),
        sa.Column("item", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("reason", sa.JSON),
        sa.Column("task_id", ID, sa.ForeignKey("task.id"), index=True),
        sa.Column("cached", sa.Boolean, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
    )
    op.create_table(
        "schedule",
        sa.Column("id", ID, primary_key=True),
        sa.Column("name", sa.String(40), nullable=False, unique=True),
        sa.Column("owner", sa.String(200), nullable=False, index=True),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("spec", sa.JSON, nullable=False),
        sa.Column("paused", sa.Boolean, nullable=False),
        sa.Column("seen_until", MOMENT, nullable=False),
        sa.Column("next_at", MOMENT, index=True),
        sa.Column("created_at", MOMENT, nullable=False),
    )
    op.create_table(
        "schedule_entry",
        sa.Column("schedule_id", ID, sa.ForeignKey("schedule.id"), primary_key=True),
        sa.Column("due_at", MOMENT, primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.JSON),
        sa.Column("run_id", ID, sa.ForeignKey("run.id")),
        sa.Column("task_id", ID, sa.ForeignKey("task.id")),
        sa.Column("created_at", MOMENT, nullable=False),
    )


def downgrade() -> None:
    for table in ("schedule_entry", "schedule", "run_item", "run", "workflow"):
        op.drop_table(table)
    with op.batch_alter_table("task") as batch:
        batch.drop_constraint("task_origin_key", type_="unique")
        batch.drop_index("ix_task_content_key")
        batch.drop_column("origin")
        batch.drop_column("content_key")
