"""Operators of users, and their images."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "image",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("manifest", sa.LargeBinary, nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "image_blob",
        sa.Column("image_digest", sa.String(64), sa.ForeignKey("image.digest"), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True, index=True),
        sa.Column("size", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "operator",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("owner", sa.String(200), nullable=False, index=True),
        sa.Column("description", sa.JSON, nullable=False),
        sa.Column("image_digest", sa.String(64), sa.ForeignKey("image.digest")),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("name", "version"),
    )


def downgrade() -> None:
    op.drop_table("operator")
    op.drop_table("image_blob")
    op.drop_table("image")
