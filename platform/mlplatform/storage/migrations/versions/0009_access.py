"""Roles in tenants, and whose the artifacts are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0005"

DEFAULT = "default"


def upgrade() -> None:
    member = op.create_table(
        "member",
        sa.Column("tenant", sa.String(40), sa.ForeignKey("tenant.name", ondelete="CASCADE"), primary_key=True),
        sa.Column("subject", sa.String(200), primary_key=True, index=True),
        sa.Column("role", sa.String(16), nullable=False),
    )
    op.add_column("artifact", sa.Column("tenant", sa.String(40), nullable=False, server_default=DEFAULT))
    op.create_index("ix_artifact_tenant", "artifact", ["tenant"])
    _fill(op.get_bind(), member)
    with op.batch_alter_table("tenant") as batch:
        batch.drop_column("members")


def _fill(connection: sa.Connection, member: sa.Table) -> None:
    """Members stay, as editors. An artifact goes to the tenant of the task that made it, else to its owner's only tenant."""
    tenant = sa.table("tenant", sa.column("name"), sa.column("members", sa.JSON))
    rows = [
        (name, subject) for name, members in connection.execute(sa.select(tenant)) for subject in dict.fromkeys(members)
    ]
    if rows:
        connection.execute(member.insert(), [{"tenant": t, "subject": s, "role": "editor"} for t, s in rows])
    artifact = sa.table("artifact", *map(sa.column, ("tenant", "owner", "task_id")))
    task = sa.table("task", *map(sa.column, ("id", "tenant")))
    of_task = sa.select(task.c.tenant).where(task.c.id == artifact.c.task_id).scalar_subquery()
    connection.execute(artifact.update().where(artifact.c.task_id.is_not(None)).values(tenant=of_task))
    of_owner: dict[str, list[str]] = {}
    for name, subject in rows:
        of_owner.setdefault(subject, []).append(name)
    for owner, tenants in of_owner.items():
        if len(tenants) == 1:
            mine = artifact.update().where(artifact.c.owner == owner, artifact.c.task_id.is_(None))
            connection.execute(mine.values(tenant=tenants[0]))


def downgrade() -> None:
    with op.batch_alter_table("tenant") as batch:
        batch.add_column(sa.Column("members", sa.JSON, nullable=False, server_default="[]"))
    connection = op.get_bind()
    member = sa.table("member", *map(sa.column, ("tenant", "subject")))
    tenant = sa.table("tenant", sa.column("name"), sa.column("members", sa.JSON))
    members: dict[str, list[str]] = {}
    for name, subject in connection.execute(sa.select(member.c.tenant, member.c.subject)):
        members.setdefault(name, []).append(subject)
    for name, subjects in members.items():
        connection.execute(tenant.update().where(tenant.c.name == name).values(members=subjects))
    op.drop_index("ix_artifact_tenant", "artifact")
    op.drop_column("artifact", "tenant")
    op.drop_table("member")
