"""What wrote each piece of a log, and attempts of services."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    with op.batch_alter_table("log_chunk") as batch:
        batch.add_column(sa.Column("part", sa.String(32), nullable=False, server_default="attempt-0"))
        batch.add_column(sa.Column("part_offset", sa.BigInteger, nullable=False, server_default="0"))
    _fill(op.get_bind())
    with op.batch_alter_table("task") as batch:
        batch.drop_column("log_base")
    with op.batch_alter_table("service") as batch:
        batch.add_column(sa.Column("attempt", sa.Integer, nullable=False, server_default="0"))


def _fill(connection: sa.Connection) -> None:
    """A runner of before counts from the start of its attempt: what runs now goes on where it is."""
    chunk = sa.table("log_chunk", *map(sa.column, ("workload_id", "stream", "rank", "offset", "part", "part_offset")))
    connection.execute(chunk.update().values(part_offset=chunk.c.offset))
    task = sa.table("task", sa.column("id"), sa.column("attempt"), sa.column("log_base", sa.JSON))
    for id_, attempt, bases in connection.execute(sa.select(task).where(task.c.attempt > 0)):
        for key, base in bases.items():
            stream, _, rank = key.partition("/")
            of_this = chunk.update().where(
                chunk.c.workload_id == id_,
                chunk.c.stream == stream,
                chunk.c.rank == int(rank),
                chunk.c.offset >= base,
            )
            connection.execute(of_this.values(part=f"attempt-{attempt}", part_offset=chunk.c.offset - base))


def downgrade() -> None:
    with op.batch_alter_table("service") as batch:
        batch.drop_column("attempt")
    with op.batch_alter_table("task") as batch:
        batch.add_column(sa.Column("log_base", sa.JSON, nullable=False, server_default="{}"))
    with op.batch_alter_table("log_chunk") as batch:
        batch.drop_column("part_offset")
        batch.drop_column("part")
