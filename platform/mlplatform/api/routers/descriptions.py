"""Descriptions: their schemas, and for the canvas both ways between a text and what it says."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from mlplatform.api.deps import CallerDep, PlatformDep, ReaderDep
from mlplatform.core import operators
from mlplatform.errors import invalid
from mlplatform.models.base import Text
from mlplatform.models.check import check
from mlplatform.models.document import MAX_SIZE
from mlplatform.models.edit import rewrite
from mlplatform.models.kinds import Description, KindName, json_schema
from mlplatform.models.load import Loaded, load_text
from mlplatform.models.mistakes import InvalidDescription, Mistake
from mlplatform.models.workflow import Workflow

router = APIRouter(tags=["descriptions"])
TEXT = "text"
"""What stands for the file's name in mistakes."""


class DescriptionText(BaseModel):
    text: str = Field(max_length=MAX_SIZE)
    """YAML; one or several documents."""


class WrongPlace(BaseModel):
    """A mistake, and where: lines and columns count from 1."""

    line: int
    column: int
    field: str
    message: Text


class CheckedText(BaseModel):
    descriptions: list[Description]
    """What the text says; empty when it cannot be read."""
    mistakes: list[WrongPlace]


class WorkflowEdit(BaseModel):
    text: str = Field(default="", max_length=MAX_SIZE)
    """The text so far; empty for a new workflow."""
    workflow: Workflow
    """What it is to say."""


class WorkflowText(BaseModel):
    text: str


@router.get("/schemas/{kind}")
async def get_schema(_caller: CallerDep, kind: KindName) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a kind of description."""
    return json_schema(kind)


@router.post("/descriptions/check")
async def check_descriptions(platform: PlatformDep, caller: ReaderDep, request: DescriptionText) -> CheckedText:
    """Check descriptions against each other and against the operators that the caller can use; nothing is stored."""
    loaded: list[Loaded] = []
    try:
        loaded = await asyncio.to_thread(load_text, request.text, TEXT)
        async with platform.database.transaction() as session:
            known = await operators.by_name(platform, session, caller)
        mistakes = check(loaded, known)
    except InvalidDescription as error:
        mistakes = error.mistakes
    return CheckedText(descriptions=[i.description for i in loaded], mistakes=[_place(m) for m in mistakes])


@router.post("/workflows/text")
async def edit_workflow_text(_caller: ReaderDep, request: WorkflowEdit) -> WorkflowText:
    """A workflow as text: the text so far, changed to say what the request says, its comments and its order kept."""
    data = request.workflow.model_dump(exclude_unset=True)
    try:
        return WorkflowText(text=await asyncio.to_thread(rewrite, request.text, data, TEXT))
    except InvalidDescription as error:
        wrong = Text(en="The text is no workflow that can be edited.", zh="该文本不是可编辑的工作流。")
        places = [_place(m).model_dump() for m in error.mistakes]
        raise invalid(wrong, "; ".join(m.show("en") for m in error.mistakes), errors=places) from error


def _place(mistake: Mistake) -> WrongPlace:
    return WrongPlace(line=mistake.line, column=mistake.column, field=mistake.field, message=mistake.message)
