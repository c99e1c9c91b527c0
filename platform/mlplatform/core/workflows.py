"""Stored workflows: texts with versions."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from mlplatform import policy
from mlplatform.core import audit, operators, pages
from mlplatform.core.pages import Page, Want
from mlplatform.core.platform import Platform
from mlplatform.core.versions import require
from mlplatform.errors import conflict, invalid, not_found
from mlplatform.models.base import Text
from mlplatform.models.check import check
from mlplatform.models.load import load_text
from mlplatform.models.mistakes import InvalidDescription, Mistake
from mlplatform.models.operator import Operator
from mlplatform.models.run import WorkflowView
from mlplatform.models.workflow import Workflow
from mlplatform.storage import tables
from mlplatform.tokens import Caller

WORKFLOW = Text(en="workflow", zh="工作流")
_WRONG = Text(en="The text is no workflow that can run here.", zh="该文本不是可在此运行的工作流。")


async def put(platform: Platform, caller: Caller, name: str, text: str) -> tuple[WorkflowView, bool]:
    """Store a text as the next version of a workflow; the text of the newest version makes none. Returns whether it made one.

    Raises:
        Problem: 422 with every mistake and its place, 409 when the name is another owner's, 412 when the text is another than the caller saw.
    """
    async with platform.database.transaction() as session:
        known = await operators.by_name(platform, session, caller)
    await asyncio.to_thread(read, known, name, text)
    while True:
        try:
            async with platform.database.transaction() as session:
                newest = await session.scalar(_newest(name))
                if newest and not policy.is_own(caller, newest.owner):
                    taken = Text(en="This name belongs to somebody else.", zh="该名称属于其他用户。")
                    raise conflict("name_taken", taken, name)
                require(newest.text if newest else None)
                if newest and newest.text == text:
                    audit.record(session, f"workflow {name} {newest.version}")
                    return view(newest), False
                query = select(func.max(tables.Workflow.version)).where(tables.Workflow.name == name)
                row = tables.Workflow(
                    name=name,
                    version=(await session.scalar(query) or 0) + 1,
                    owner=newest.owner if newest else caller.subject,
                    text=text,
                    created_at=datetime.now(UTC),
                    removed=False,
                )
                session.add(row)
                audit.record(session, f"workflow {name} {row.version}")
            return view(row), True
        except IntegrityError:
            continue  # somebody else took this number a moment ago


def read(known: Mapping[str, Operator], name: str, text: str) -> Workflow:
    """What a text means.

    Args:
        known: the operators that its steps can use, by name.

    Raises:
        Problem: 422 with every mistake and its place.
    """
    try:
        loaded = load_text(text, name)
        mistakes = check(loaded, known)
    except InvalidDescription as error:
        raise _invalid(error.mistakes) from error
    first, second = loaded[0], next(iter(loaded[1:]), None)
    if not isinstance(first.description, Workflow):
        mistakes.append(first.document.mistake(("kind",), Text(en="must be Workflow", zh="必须是 Workflow")))
    elif first.description.metadata.name != name:
        other = Text(en="must be {name}, as in the address", zh="必须与地址中的名称 {name} 相同").format(name=name)
        mistakes.append(first.document.mistake(("metadata", "name"), other))
    if second is not None:
        mistakes.append(second.document.mistake((), Text(en="a workflow is one document", zh="工作流只能有一个文档")))
    if mistakes:
        raise _invalid(mistakes)
    assert isinstance(first.description, Workflow)
    return first.description


async def find(session: AsyncSession, caller: Caller, name: str, version: int | None = None) -> tables.Workflow:
    """A version of a workflow; the newest when none is named.

    Raises:
        Problem: 404.
    """
    query = _newest(name)
    row: tables.Workflow | None = await session.scalar(
        query if version is None else query.where(tables.Workflow.version == version)
    )
    if row is None or not policy.is_own(caller, row.owner):
        raise not_found(WORKFLOW, name + (f" version {version}" if version else ""))
    return row


async def text(platform: Platform, caller: Caller, name: str, version: int | None) -> str:
    """The text of a version, as it was sent.

    Raises:
        Problem: 404.
    """
    async with platform.database.transaction() as session:
        return (await find(session, caller, name, version)).text


async def list_page(platform: Platform, caller: Caller, want: Want) -> Page[WorkflowView]:
    """The newest version of each workflow, by name."""
    table = tables.Workflow
    newest = select(table.name, func.max(table.version).label("top")).where(~table.removed).group_by(table.name)
    top = newest.subquery()
    query = select(table).join(top, (table.name == top.c.name) & (table.version == top.c.top))
    if caller.role != "admin":
        query = query.where(table.owner == caller.subject)
    async with platform.database.transaction() as session:
        return (await pages.read(session, query, table.name, want)).map(view)


async def versions(platform: Platform, caller: Caller, name: str, want: Want) -> Page[WorkflowView]:
    """Every version, newest first.

    Raises:
        Problem: 404.
    """
    async with platform.database.transaction() as session:
        await find(session, caller, name)
        page = await pages.read(session, _versions(name), tables.Workflow.version, want, newest_first=True)
        return page.map(view)


async def delete(platform: Platform, caller: Caller, name: str) -> None:
    """Remove a workflow. Its runs go on and can still be looked at; its versions' numbers are not given again.

    Raises:
        Problem: 404, 412.
    """
    async with platform.database.transaction() as session:
        require((await find(session, caller, name)).text)
        mine = update(tables.Workflow).where(tables.Workflow.name == name).values(removed=True)
        await session.execute(mine.execution_options(synchronize_session=False))
        audit.record(session, f"workflow {name}")


def view(row: tables.Workflow) -> WorkflowView:
    described = load_text(row.text, row.name)[0].description
    assert isinstance(described, Workflow)
    return WorkflowView(
        name=row.name,
        version=row.version,
        owner=row.owner,
        title=described.metadata.title,
        steps=len(described.spec.steps),
        created_at=row.created_at,
    )


def _versions(name: str) -> Any:
    return select(tables.Workflow).where(tables.Workflow.name == name, ~tables.Workflow.removed)


def _newest(name: str) -> Any:
    return _versions(name).order_by(tables.Workflow.version.desc()).limit(1)


def _invalid(mistakes: list[Mistake]) -> Exception:
    places = [
        {"line": m.line, "column": m.column, "field": m.field, "message": m.message.model_dump()} for m in mistakes
    ]
    return invalid(_WRONG, "; ".join(m.show("en") for m in mistakes), errors=places)
