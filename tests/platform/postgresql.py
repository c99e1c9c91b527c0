"""A real PostgreSQL for tests and benches."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


@contextmanager
def server(log_file: Path) -> Iterator[sqlalchemy.URL]:
    """A PostgreSQL of its own on a socket in a folder, run by an unprivileged user, ended at the end."""
    user = pwd.getpwnam("postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name)
    root = Path(
        f"/tmp/slipway-pg-{os.getpid()}"
    )  # a socket's path is limited to 107 bytes; pytest's folders are private to us
    root.mkdir(mode=0o700)
    os.chown(root, user.pw_uid, user.pw_gid)
    as_user: dict[str, Any] = (
        {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    )
    data = root / "data"
    subprocess.run(
        [PROGRAMS[-1] / "initdb", "-D", data, "-U", "mlplatform", "-A", "trust", "--no-sync"],
        check=True,
        capture_output=True,
        cwd="/",
        **as_user,
    )
    options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={root}", "-c", "fsync=off"]
    with log_file.open("wb") as log:
        server = subprocess.Popen(
            [PROGRAMS[-1] / "postgres", "-D", data, *options], stdout=log, stderr=log, cwd="/", **as_user
        )
    try:
        deadline = time.monotonic() + 60
        while subprocess.run([PROGRAMS[-1] / "pg_isready", "-h", root], capture_output=True, check=False).returncode:
            assert server.poll() is None and time.monotonic() < deadline, "PostgreSQL did not start"
            time.sleep(0.1)
        yield sqlalchemy.URL.create("postgresql+psycopg", "mlplatform", query={"host": str(root)}, database="postgres")
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(root)
