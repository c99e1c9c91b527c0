"""Whether the process lives, and whether it can work."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from mlplatform import __version__
from mlplatform.api.deps import PlatformDep
from mlplatform.api.problems import may
from mlplatform.errors import Problem
from mlplatform.models.base import Text

router = APIRouter(tags=["health"])


class Health(BaseModel):
    status: str
    version: str


@router.get("/healthz")
async def get_health() -> Health:
    """The process answers."""
    return Health(status="ok", version=__version__)


@router.get("/readyz", responses=may(503))
async def get_readiness(platform: PlatformDep) -> Health:
    """The database answers and has its tables."""
    try:
        async with platform.database.transaction() as session:
            await session.execute(text("SELECT 1 FROM task WHERE 1 = 0"))
    except (SQLAlchemyError, OSError) as error:
        down = Text(en="The database does not answer.", zh="数据库没有响应。")
        raise Problem(503, "database", down, type(error).__name__) from error
    return Health(status="ready", version=__version__)
