"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

MOMENT = sa.DateTime(timezone=True)
ID = sa.String(16)


def _workload() -> list[sa.Column[object]]:
    return [
        sa.Column("id", ID, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("owner", sa.String(200), nullable=False, index=True),
        sa.Column("operator", sa.String(40), nullable=False),
        sa.Column("operator_version", sa.String(40), nullable=False),
        sa.Column("spec", sa.JSON, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False, index=True),
        sa.Column("reason", sa.JSON(none_as_null=True)),
        sa.Column("placement", sa.JSON, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("started_at", MOMENT),
        sa.Column("finished_at", MOMENT),
        sa.Column("lock_token", sa.String(32)),
        sa.Column("lock_owner", sa.String(100)),
        sa.Column("lock_expires", MOMENT),
    ]


def upgrade() -> None:
    op.create_table("task", *_workload(), sa.Column("metrics", sa.JSON, nullable=False))
    op.create_table(
        "artifact",
        sa.Column("id", ID, primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("owner", sa.String(200), nullable=False, index=True),
        sa.Column("task_id", ID, sa.ForeignKey("task.id"), index=True),
        sa.Column("metrics", sa.JSON, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.UniqueConstraint("kind", "name", "version"),
    )
    op.create_table(
        "artifact_file",
        sa.Column("artifact_id", ID, sa.ForeignKey("artifact.id"), primary_key=True),
        sa.Column("path", sa.String(500), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "service",
        *_workload(),
        sa.Column("artifact_id", ID, sa.ForeignKey("artifact.id"), nullable=False),
        sa.Column("endpoint", sa.String(300)),
    )
    live = sa.text("state NOT IN ('stopped', 'failed')")
    op.create_index("service_name", "service", ["name"], unique=True, sqlite_where=live, postgresql_where=live)
    op.create_table(
        "log_chunk",
        sa.Column("workload_id", ID, primary_key=True),
        sa.Column("stream", sa.String(16), primary_key=True),
        sa.Column("rank", sa.Integer, primary_key=True),
        sa.Column("offset", sa.BigInteger, primary_key=True),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )


def downgrade() -> None:
    for table in ("log_chunk", "service", "artifact_file", "artifact", "task"):
        op.drop_table(table)
