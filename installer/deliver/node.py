"""Runs on a node (Python 3.9+, standard library only): puts files in place that arrive as a tar stream, each verified first.

Arguments: `missing` or `receive`, then JSON `{path: [sha256, mode]}`. `missing` prints, as JSON, the paths whose content or mode is
another. `receive` reads the tar stream; files take their places only when the digests of all of them are right.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import IO

CHUNK = 1 << 20


def digest_of(path: Path) -> str:
    sha = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            sha.update(chunk)
    return sha.hexdigest()


def is_there(path: Path, digest: str, mode: int) -> bool:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISREG(found.st_mode) and stat.S_IMODE(found.st_mode) == mode and digest_of(path) == digest


def write_beside(path: Path, source: IO[bytes], digest: str, mode: int) -> Path:
    """Write what `source` reads into a temporary file beside `path`, durably, and return it."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".slipway-")
    sha = hashlib.sha256()
    try:
        with os.fdopen(handle, "wb") as file:
            while chunk := source.read(CHUNK):
                sha.update(chunk)
                file.write(chunk)
            if sha.hexdigest() != digest:
                raise ValueError(f"{path}: digest {sha.hexdigest()}, expected {digest}")
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        Path(name).unlink()
        raise
    return Path(name)


def receive(wanted: dict[str, tuple[str, int]], stream: IO[bytes]) -> None:
    written: dict[Path, Path] = {}
    try:
        with tarfile.open(fileobj=stream, mode="r|", bufsize=CHUNK) as tar:
            for member in tar:
                path = Path("/", member.name)
                content = tar.extractfile(member)
                if content is None:
                    raise ValueError(f"{path} is no file")
                written[path] = write_beside(path, content, *wanted[str(path)])
        if absent := set(wanted) - {str(path) for path in written}:
            raise ValueError(f"the stream ended without {', '.join(sorted(absent))}")
        for path in list(written):
            written.pop(path).replace(path)
            sync(path.parent)
    finally:
        for temporary in written.values():
            temporary.unlink()


def sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def main() -> None:
    command, wanted = sys.argv[1], json.loads(sys.argv[2])
    if command == "missing":
        print(json.dumps([path for path, (digest, mode) in wanted.items() if not is_there(Path(path), digest, mode)]))
        return
    try:
        receive(wanted, sys.stdin.buffer)
    except (OSError, ValueError, tarfile.TarError) as error:
        sys.exit(f"{type(error).__name__}: {error}")


main()
