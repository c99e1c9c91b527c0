"""The whole platform in one process: SQLite, blobs in a folder, local processes, a certificate of its own. For a laptop, and for tests."""

from __future__ import annotations

import asyncio
import fcntl
import os
import socket
import sys
from pathlib import Path

from mlplatform import keys
from mlplatform.core.platform import open_platform
from mlplatform.files import write_atomic
from mlplatform.models.mistakes import InvalidDescription
from mlplatform.processes import configure_logs, make_executor, make_server
from mlplatform.scheduler.loops import Scheduler
from mlplatform.settings import Settings
from mlplatform.tls import ensure_certificates
from mlplatform.tokens import Caller

TICK = 0.2
"""Seconds between two rounds of the scheduler; a round on SQLite takes milliseconds."""
ADMIN_TTL = 12 * 3600
"""Seconds; a working day. `mlplatform token create --data` makes more."""


def settings_for(data: Path, host: str, port: int) -> Settings:
    """An embedded platform's settings, and the files that they name, made when missing."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    data = data.resolve()
    folder = data / "keys"
    folder.mkdir(exist_ok=True, mode=0o700)
    if (old := data / "signing.pem").exists():  # of a version that had one key
        old.rename(folder / old.name)
    if not keys.files(folder):
        keys.rotate(folder)
    own = [] if host in ("0.0.0.0", "::") else [host]
    ensure_certificates(data / "tls", sorted({"localhost", "127.0.0.1", *own}))
    return Settings(
        database_url=f"sqlite+aiosqlite:///{data}/platform.db",
        blobs=str(data / "blobs"),
        signing_key=folder,
        tls_cert=data / "tls/tls.crt",
        tls_key=data / "tls/tls.key",
        tls_ca=data / "tls/ca.crt",
        host=host,
        port=port,
        api_url=f"https://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}",
        work=data / "work",
    )


def serve(data: Path, host: str, port: int) -> None:
    """Until a signal. Prints where it is reached and a token as soon as it answers."""
    configure_logs()
    try:
        settings = settings_for(data, host, port)
        lock = os.open(data / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        listener = socket.create_server((host, port), backlog=2048)
    except BlockingIOError:
        sys.exit(f"mlplatform: {data} is in use by another `mlplatform serve`")
    except OSError as error:
        sys.exit(f"mlplatform: cannot serve {data} on {host}:{port}: {error.strerror or error}")
    try:
        asyncio.run(_serve(settings, data, listener))
    except InvalidDescription as error:
        sys.exit(f"mlplatform: {error}")


async def _serve(settings: Settings, data: Path, listener: socket.socket) -> None:
    platform = open_platform(settings)
    await platform.database.migrate()
    executor = make_executor(settings, platform.database.changes.tell)
    server = make_server(platform)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    if server.started:
        token_file = data / "admin.token"
        token = platform.keyring.issue_caller(Caller("admin", "admin"), ADMIN_TTL)
        write_atomic(token_file, token.encode(), 0o600)
        write_atomic(data / "address", settings.api_url.encode(), 0o600)
        print(f"{settings.api_url}  CA: {settings.tls_ca}  token (12 hours): {token_file}", flush=True)
        loops = asyncio.create_task(Scheduler(platform, executor, TICK).run())
        await serving
        loops.cancel()
        await asyncio.gather(loops, return_exceptions=True)
    await executor.close()
    await platform.database.close()
    await serving
