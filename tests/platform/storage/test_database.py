"""Tables by migration are the tables of the code."""

from __future__ import annotations

import asyncio
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from mlplatform.core.platform import Platform
from mlplatform.storage.tables import Base


async def test_the_migrations_make_what_the_code_expects(platform: Platform) -> None:
    async with platform.database.engine.connect() as connection:
        different = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync, opts={"compare_type": True}), Base.metadata)
        )
    assert different == []


async def test_migrating_again_changes_nothing(platform: Platform) -> None:
    await platform.database.migrate()


async def test_what_was_there_before_lineage_gets_its_edges(tmp_path: Path) -> None:
    from alembic import command
    from alembic.config import Config
    from mlplatform.storage.database import MIGRATIONS, Database
    from sqlalchemy import text

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = f"sqlite+aiosqlite:///{tmp_path}/old.db"
    await asyncio.to_thread(command.upgrade, config, "0001")
    database = Database(config.attributes["url"])
    moment = "'2026-01-01 00:00:00'"
    async with database.transaction() as session:
        for statement in (
            "INSERT INTO task (id, name, owner, operator, operator_version, spec, priority, state, placement, created_at, metrics)"
            f""" VALUES ('t', 't', 'a', 'o', '1', '{{"inputs":{{"data"\\:"d"}}}}', 0, 'succeeded', '[]', {moment}, '{{}}')""",
            "INSERT INTO artifact (id, kind, name, version, owner, task_id, metrics, created_at) VALUES"
            f" ('d', 'dataset', 'd', 1, 'a', NULL, '{{}}', {moment}), ('o', 'output', 't/model', 1, 'a', 't', '{{}}', {moment})",
        ):
            await session.execute(text(statement))
    await database.migrate()
    async with database.transaction() as session:
        edges = {tuple(row) for row in await session.execute(text("SELECT source_id, target_id, role FROM edge"))}
    await database.close()
    assert edges == {("d", "t", "data"), ("t", "o", "model")}


async def test_a_log_of_before_parts_goes_on_where_it_was(tmp_path: Path) -> None:
    from alembic import command
    from alembic.config import Config
    from mlplatform.storage.database import MIGRATIONS, Database
    from sqlalchemy import text

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = f"sqlite+aiosqlite:///{tmp_path}/old.db"
    await asyncio.to_thread(command.upgrade, config, "0005")
    database = Database(config.attributes["url"])
    async with database.transaction() as session:
        await session.execute(
            text(
                "INSERT INTO task (id, name, owner, operator, operator_version, spec, priority, state, placement,"
                " created_at, metrics, attempt, log_base) VALUES ('t', 't', 'a', 'o', '1', '{}', 0, 'running', '[]',"
                """ '2026-01-01 00:00:00', '{}', 1, '{"output/0"\\: 6}')"""
            )
        )
        for offset, size in ((0, 6), (6, 4)):
            values = f"('t', 'output', 0, {offset}, {size}, 'x')"
            columns = "(workload_id, stream, rank, offset, size, digest)"
            await session.execute(text(f"INSERT INTO log_chunk {columns} VALUES {values}"))
    await database.migrate()
    async with database.transaction() as session:
        found = await session.execute(text("SELECT part, part_offset FROM log_chunk ORDER BY offset"))
        parts = [tuple(row) for row in found]
    await database.close()
    assert parts == [("attempt-0", 0), ("attempt-1", 0)]


async def test_members_stay_as_editors_and_artifacts_go_to_a_tenant(database_url: str) -> None:
    from alembic import command
    from alembic.config import Config
    from mlplatform.storage.database import MIGRATIONS, Database
    from sqlalchemy import text

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = database_url
    await asyncio.to_thread(command.upgrade, config, "0005")
    database = Database(database_url)
    moment = "'2026-01-01 00:00:00'"
    async with database.transaction() as session:
        for statement in (
            "INSERT INTO tenant (name, quota, borrowing, weight, max_priority, members) VALUES"
            """ ('lab', '{}', '{}', 1, 100, '["ann", "bob", "ann"]'), ('shop', '{}', '{}', 1, 100, '["bob"]')""",
            "INSERT INTO task (id, name, owner, operator, operator_version, spec, priority, state, placement, created_at, metrics,"
            " tenant, log_base, retries, attempt, paused)"
            f""" VALUES ('t', 't', 'bob', 'o', '1', '{{"inputs":{{}}}}', 0, 'succeeded', '[]', {moment}, '{{}}', 'shop', '{{}}', 0, 0, false)""",
            "INSERT INTO artifact (id, kind, name, version, owner, task_id, metrics, created_at) VALUES"
            f" ('a', 'dataset', 'a', 1, 'ann', NULL, '{{}}', {moment}), ('b', 'dataset', 'b', 1, 'bob', NULL, '{{}}', {moment}),"
            f" ('c', 'dataset', 'c', 1, 'cleo', NULL, '{{}}', {moment}), ('o', 'output', 't/m', 1, 'bob', 't', '{{}}', {moment})",
        ):
            await session.execute(text(statement.replace('":', '"\\:')))
    await database.migrate()
    async with database.transaction() as session:
        members = {tuple(row) for row in await session.execute(text("SELECT tenant, subject, role FROM member"))}
        tenants = {id_: tenant for id_, tenant in await session.execute(text("SELECT id, tenant FROM artifact"))}  # noqa: C416
    assert members == {("lab", "ann", "editor"), ("lab", "bob", "editor"), ("shop", "bob", "editor")}
    assert tenants == {"a": "lab", "b": "default", "c": "default", "o": "shop"}
    await asyncio.to_thread(command.downgrade, config, "0005")
    async with database.transaction() as session:
        kept = await session.scalar(text("SELECT members FROM tenant WHERE name = 'shop'"))
    await database.close()
    assert kept in (["bob"], '["bob"]')
