"""What was made from what, and the statistics of tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ID = sa.String(16)


def upgrade() -> None:
    edge = op.create_table(
        "edge",
        sa.Column("source_id", ID, primary_key=True),
        sa.Column("target_id", ID, primary_key=True, index=True),
        sa.Column("role", sa.String(40), primary_key=True),
    )
    op.add_column("artifact_file", sa.Column("statistics", sa.JSON(none_as_null=True)))
    _fill(op.get_bind(), edge)


def _fill(connection: sa.Connection, edge: sa.Table) -> None:
    """The edges of what is there already."""
    rows: set[tuple[str, str, str]] = set()
    for table in ("task", "service"):
        work = sa.table(table, sa.column("id"), sa.column("spec", sa.JSON))
        for id_, spec in connection.execute(sa.select(work.c.id, work.c.spec)):
            rows |= {(artifact, id_, name) for name, artifact in spec["inputs"].items()}
    artifact = sa.table("artifact", *map(sa.column, ("id", "kind", "name", "task_id")))
    query = sa.select(artifact.c.id, artifact.c.kind, artifact.c.name, artifact.c.task_id)
    for id_, kind, name, task_id in connection.execute(query.where(artifact.c.task_id.is_not(None))):
        # Which output a model was registered from was not kept: its task is its source.
        rows.add((task_id, id_, name.partition("/")[2] if kind == "output" else "registered"))
    if rows:
        columns = ("source_id", "target_id", "role")
        connection.execute(edge.insert(), [dict(zip(columns, row, strict=True)) for row in sorted(rows)])


def downgrade() -> None:
    op.drop_column("artifact_file", "statistics")
    op.drop_table("edge")
