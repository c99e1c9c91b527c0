"""The application: routers, errors, headers, the web page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import Depends, FastAPI
from starlette.staticfiles import StaticFiles

from mlplatform import __version__
from mlplatform.api import describe, etags, idempotency, middleware, problems, readable
from mlplatform.api.limits import Limits
from mlplatform.api.routers import (
    artifacts,
    audit,
    descriptions,
    health,
    keys,
    lineage,
    login,
    metrics,
    operators,
    queue,
    registry,
    runs,
    schedules,
    services,
    streams,
    tasks,
    tenants,
    users,
    workers,
    workflows,
)
from mlplatform.core.live import Live
from mlplatform.core.platform import Platform
from mlplatform.core.sweep import Daily

INFER_TIMEOUT = httpx.Timeout(60, connect=3)
"""Seconds. A prediction that takes longer than a minute is work for a task."""

CONNECT_RETRIES = 5
"""A ready service's address takes a moment to reach every node. Waits of 0, 0.5, 1, 2 and 4 s; only connecting is tried again,
so no request is ever sent twice."""


MAX_BODY = 64 << 20
"""Bytes of a request that is held in memory: a batch of pictures for a prediction. What uploads files takes more."""


def services_client() -> httpx.AsyncClient:
    """What the API reaches services with."""
    return httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(retries=CONNECT_RETRIES), timeout=INFER_TIMEOUT)


def make_app(platform: Platform) -> FastAPI:
    """The API and the page over an open platform."""

    live = Live(platform)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        reading = asyncio.create_task(live.run())
        async with services_client() as client:
            app.state.http = client
            sweeping = asyncio.create_task(Daily(platform).run())  # here, since the API has the blobs' volume
            yield
            sweeping.cancel()
            await platform.blobs.close()
        live.close()
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)

    app = FastAPI(
        title="Slipway platform",
        version=__version__,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # its page would fetch scripts from elsewhere
        redoc_url=None,
        lifespan=lifespan,
        description=describe.ABOUT,
        responses=problems.RESPONSES,
        dependencies=[Depends(readable.check)],
        generate_unique_id_function=describe.operation_id,
        max_body_size=MAX_BODY,
    )
    app.state.platform = platform
    app.state.live = live
    app.state.limits = Limits(platform.settings)
    problems.install(app)
    idempotency.install(app)
    app.include_router(health.router)
    app.include_router(registry.router)
    app.include_router(metrics.router)
    for module in (
        tasks,
        streams,
        artifacts,
        services,
        operators,
        descriptions,
        workflows,
        runs,
        schedules,
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
    app.add_middleware(etags.ETags)
    app.add_middleware(middleware.Requests)
    describe.install(app)
    return app
