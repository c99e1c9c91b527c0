"""The application: routers, errors, headers, the web page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from mlplatform import __version__
from mlplatform.api import middleware, problems
from mlplatform.api.limits import Limits
from mlplatform.api.routers import (
    artifacts,
    audit,
    descriptions,
    health,
    keys,
    lineage,
    login,
    operators,
    queue,
    services,
    tasks,
    tenants,
    users,
    workers,
)
from mlplatform.core.platform import Platform

INFER_TIMEOUT = httpx.Timeout(60, connect=3)
"""Seconds. A prediction that takes longer than a minute is work for a task."""

CONNECT_RETRIES = 5
"""A ready service's address takes a moment to reach every node. Waits of 0, 0.5, 1, 2 and 4 s; only connecting is tried again,
so no request is ever sent twice."""


def services_client() -> httpx.AsyncClient:
    """What the API reaches services with."""
    return httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(retries=CONNECT_RETRIES), timeout=INFER_TIMEOUT)


def make_app(platform: Platform) -> FastAPI:
    """The API and the page over an open platform."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with services_client() as client:
            app.state.http = client
            yield

    app = FastAPI(
        title="Slipway platform",
        version=__version__,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # its page would fetch scripts from elsewhere
        redoc_url=None,
        lifespan=lifespan,
        responses=problems.RESPONSES,
    )
    app.state.platform = platform
    app.state.limits = Limits(platform.settings)
    problems.install(app)
    app.include_router(health.router)
    for module in (
        tasks,
        artifacts,
        services,
        operators,
        descriptions,
        lineage,
        queue,
        tenants,
        audit,
        keys,
        login,
        users,
        workers,
    ):
        app.include_router(module.router, prefix="/api/v1")
    app.mount("/", StaticFiles(directory=platform.settings.web, html=True), name="web")
    app.add_middleware(middleware.Headers)
    return app
