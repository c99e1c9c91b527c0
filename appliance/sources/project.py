"""The product's own code."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from appliance.catalog.models import Project
from appliance.pack.steps import Made, Work
from appliance.sources.base import Context
from appliance.sources.python import compile_python

_NOT_SHIPPED = {"__pycache__", "node_modules", ".mypy_cache", ".ruff_cache", ".pytest_cache"}


def digest(source: Project, root: Path) -> str:
    """Of the names and contents of all files: what the recipe is known by."""
    sha = hashlib.sha256()
    for path in source.paths.values():
        for file in files(root / path):
            sha.update(f"{path}\0{file.relative_to(root)}\0{file.stat().st_mode & 0o111}\0".encode())
            sha.update(hashlib.sha256(file.read_bytes()).digest())
    return sha.hexdigest()


def files(folder: Path) -> Iterator[Path]:
    """The files that are shipped of a folder (or the file itself), sorted."""
    if folder.is_file():
        yield folder
        return
    for path in sorted(folder.rglob("*")):
        parts = set(path.relative_to(folder).parts)
        if path.is_file() and not parts & _NOT_SHIPPED and path.suffix != ".pyc":
            yield path


def obtain(source: Project, work: Work, context: Context) -> Made:
    for output, path in source.paths.items():
        folder = context.root / path
        for file in files(folder):
            target = work.result / output / file.relative_to(folder) if folder.is_dir() else work.result / output
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
            target.chmod(0o755 if file.stat().st_mode & 0o111 else 0o644)
    if source.interpreter:
        compile_python(work.inputs[source.interpreter] / "rootfs.tar", work.result, work.scratch)
    return Made("project: " + ", ".join(source.paths.values()))
