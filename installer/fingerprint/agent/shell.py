"""Running the node's own programs, and JSON that survives any file name."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
from typing import Any, Sequence

ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C",
    "SYSTEMD_COLORS": "0",
    "SYSTEMD_PAGER": "",
}
SECONDS = 60.0
"""After this a program of the node is given up; the slowest needed, `systemctl stop` of a busy kubelet, takes 10 s."""

# File names are bytes. Python shows a byte that is not UTF-8 as a lone surrogate, which is no valid JSON text anywhere
# else; on the way it wears a character of the private use area (U+EF80…U+EFFF, as in OPTU-8).
_OUT = {0xDC80 + i: 0xEF80 + i for i in range(128)}
_IN = {there: here for here, there in _OUT.items()}


class Unavailable(Exception):
    """A part of the state that this node cannot tell: a program is missing, or the kernel lacks the feature."""


def has(program: str) -> bool:
    return shutil.which(program, path=ENVIRONMENT["PATH"]) is not None


def output(*words: str) -> str:
    """What a program prints.

    Raises:
        Unavailable: it is not there or failed.
    """
    try:
        done = _run(words, None)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"{words[0]}: {error}") from error
    if done.returncode:
        raise Unavailable(f"{' '.join(words)}: {done.stderr.strip()[-300:]}")
    return done.stdout


def change(*words: str, text: str | None = None) -> str:
    """Run a program that changes something, `text` on its standard input; returns what it complained about, or nothing."""
    try:
        done = _run(words, text)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{words[0]}: {error}"
    return f"{' '.join(words)[:200]}: {done.stderr.strip()[-300:]}" if done.returncode else ""


def _run(words: Sequence[str], text: str | None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(words),
        input=text or "",
        capture_output=True,
        text=True,
        errors="surrogateescape",
        env=ENVIRONMENT,
        timeout=SECONDS,
        check=False,
    )


def pack(value: Any) -> bytes:
    """JSON, compressed."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_OUT)
    return gzip.compress(text.encode(), compresslevel=3, mtime=0)


def unpack(data: bytes) -> Any:
    """The value that `pack` was given."""
    return json.loads(gzip.decompress(data).decode().translate(_IN))


def write_durable(path: str, data: bytes) -> None:
    """Replace a file, mode 0600, so that it survives a power cut the moment this returns."""
    temporary = f"{path}.new"
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    sync_folder(os.path.dirname(path))


def sync_folder(folder: str) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
