"""Roles in tenants, whose the artifacts are, users and their refresh tokens, and the audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

DEFAULT = "default"
ID = sa.String(16)
MOMENT = sa.DateTime(timezone=True)
APPEND_ONLY = {
    "sqlite": [
        f"CREATE TRIGGER audit_no_{verb} BEFORE {verb} ON audit_entry BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
        for verb in ("update", "delete")
    ],
    "postgresql": [
        "CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$",
        "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()",
    ],
}
"""Against a mistake or an injected statement; who owns the database can still drop a trigger."""


def upgrade() -> None:
    member = op.create_table(
        "member",
        sa.Column("tenant", sa.String(40), sa.ForeignKey("tenant.name", ondelete="CASCADE"), primary_key=True),
        sa.Column("subject", sa.String(200), primary_key=True, index=True),
        sa.Column("role", sa.String(16), nullable=False),
    )
    op.add_column("artifact", sa.Column("tenant", sa.String(40), nullable=False, server_default=DEFAULT))
    op.create_index("ix_artifact_tenant", "artifact", ["tenant"])
    op.create_table(
        "user_account",
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("password_hash", sa.String(200)),
        sa.Column("invitation", sa.String(64)),
        sa.Column("invited_until", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
    )
    op.create_table(
        "refresh_token",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("family", ID, nullable=False, index=True),
        sa.Column(
            "subject",
            sa.String(100),
            sa.ForeignKey("user_account.name", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("expires", MOMENT, nullable=False),
        sa.Column("used", sa.Boolean, nullable=False),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", ID, primary_key=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("subject", sa.String(200), nullable=False, index=True),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("action", sa.String(100), nullable=False),
        sa.Column("what", sa.String(300), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
    )
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)
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
    for table in ("audit_entry", "refresh_token", "user_account"):
        op.drop_table(table)
    if connection.dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_append_only()")
    op.drop_index("ix_artifact_tenant", "artifact")
    op.drop_column("artifact", "tenant")
    op.drop_table("member")
