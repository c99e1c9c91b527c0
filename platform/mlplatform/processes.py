"""The processes of a deployment, as the environment configures them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NoReturn

import structlog
import uvicorn
from pydantic import ValidationError
from structlog.tracebacks import ExceptionDictTransformer

from mlplatform.core.platform import Platform, open_platform
from mlplatform.executors.base import Executor, ExecutorError
from mlplatform.models.mistakes import InvalidDescription
from mlplatform.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

TICK = 0.5
"""Seconds between two rounds of the scheduler: short beside the start of a process or pod, long beside a round's work."""


def configure_logs() -> None:
    """One JSON object a line on standard error."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,  # the request's id
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # Without the frames' variables: tokens are among them.
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def open_from_environment() -> Platform:
    """The platform of the environment's settings; what is wrong with them ends the process in a sentence."""
    try:
        return open_platform(Settings())  # type: ignore[call-arg]  # the values come from the environment
    except ValidationError as error:
        names = ", ".join(f"MLPLATFORM_{str(e['loc'][0]).upper()} ({e['msg']})" for e in error.errors())
        _end(f"configuration: {names}")
    except (InvalidDescription, OSError, ValueError) as error:
        _end(str(error))


def make_executor(settings: Settings, changed: Callable[[], None]) -> Executor:
    """The executor that the settings choose.

    Args:
        changed: called when work has ended or otherwise moved on, by executors that notice it.
    """
    if settings.executor == "kubernetes":
        from mlplatform.executors.kubernetes import KubernetesExecutor

        return KubernetesExecutor.in_cluster(settings, changed)
    if settings.executor == "simulated":
        from mlplatform.executors.simulated import SimulatedExecutor

        return SimulatedExecutor(settings.simulated_nodes, changed)
    from mlplatform.executors.local import LocalExecutor

    work, operators = settings.work, settings.operators
    return LocalExecutor(
        work, operators, settings.api_url, settings.tls_ca, log_limit=settings.log_limit, ended=changed
    )


class Server(uvicorn.Server):
    """Ends the streams of who follows something as soon as it is to end: they would not end by themselves."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.config.app.state.live.close()  # type: ignore[union-attr]  # it is the application below
        await super().shutdown(sockets)


class Beside(uvicorn.Server):
    """Serves beside the scheduler, whose signal handlers end both."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def make_server(platform: Platform) -> uvicorn.Server:
    """The https server of the API."""
    from mlplatform.api.app import make_app

    return Server(_config(platform, make_app(platform), platform.settings.port))


def _config(platform: Platform, app: FastAPI, port: int) -> uvicorn.Config:
    settings = platform.settings
    return uvicorn.Config(
        app,
        host=settings.host,
        port=port,
        ssl_certfile=str(settings.tls_cert),
        ssl_keyfile=str(settings.tls_key),
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )


def run_api() -> None:
    """Until a signal."""
    configure_logs()
    asyncio.run(make_server(open_from_environment()).serve())


def run_scheduler() -> None:
    """Until a signal."""
    from mlplatform.scheduler.loops import Scheduler

    configure_logs()
    platform = open_from_environment()

    async def run() -> None:
        try:
            executor = make_executor(platform.settings, platform.database.changes.tell)
        except ExecutorError as error:
            _end(str(error))
        loops = asyncio.create_task(Scheduler(platform, executor, TICK).run())
        telling = asyncio.create_task(_tell_metrics(platform))
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, loops.cancel)
        try:
            await loops
        except asyncio.CancelledError:
            pass
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
            await executor.close()
            await platform.database.close()

    asyncio.run(run())


async def _tell_metrics(platform: Platform) -> None:
    """Until cancelled, where the settings name a port."""
    from mlplatform.api.routers.metrics import metrics_app

    if platform.settings.metrics_port is None:
        return
    await Beside(_config(platform, metrics_app(platform), platform.settings.metrics_port)).serve()


def run_migrate() -> None:
    """Once."""
    configure_logs()
    asyncio.run(open_from_environment().database.migrate())


def _end(message: str) -> NoReturn:
    print(f"mlplatform: {message}", file=sys.stderr)
    sys.exit(2)
