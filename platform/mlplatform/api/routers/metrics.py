"""Metrics for Prometheus.

Behind a token with an audience of its own (`mlplatform token create --audience metrics`), and not on a port that is open to whoever reaches
it: names of tenants and how busy they are is not everybody's business, and no further port has to be opened and closed by policy. The
token reads metrics and nothing else, so it can be given to a monitoring system for long.
"""

from __future__ import annotations

from fastapi import APIRouter, Depends, FastAPI, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from mlplatform import metrics
from mlplatform.api import problems
from mlplatform.api.deps import PlatformDep, get_scraper
from mlplatform.api.middleware import Requests
from mlplatform.core.platform import Platform

router = APIRouter(tags=["health"])


@router.get(
    "/metrics",
    response_class=Response,
    dependencies=[Depends(get_scraper)],
    responses={
        200: {"description": "Prometheus's text format", "content": {"text/plain": {"schema": {"type": "string"}}}}
    },
)
async def get_metrics(platform: PlatformDep) -> Response:
    """Metrics in Prometheus's text format."""
    return Response(await metrics.exposition(platform.database), media_type=CONTENT_TYPE_PLAIN_0_0_4)


def metrics_app(platform: Platform) -> FastAPI:
    """Metrics alone, for a process that has no API."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.platform = platform
    problems.install(app)
    app.include_router(router)
    app.add_middleware(Requests)
    return app
