"""What is needed to take a step back, on disk before the step begins: `receipts/STEP/`."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

from installer.common.files import sync_folder, write_atomic
from installer.fingerprint import Fingerprint
from installer.models.base import Model
from installer.stages.base import Step, Touches, receipt_folder


class Head(Model):
    """What undo must know of a step; kept beside its fingerprints, so that it needs neither plan nor roles."""

    step: Step
    touches: Touches
    makes_cluster: bool


class Receipts:
    """The receipts of a run directory.

    Per step: `step.json`, and per node `NODE.before.json.gz`, later `NODE.after.json.gz`. When the step has been undone
    on a node, *before* is renamed to `NODE.undone.json.gz`: what is still to be undone is what still has a *before*.
    """

    def __init__(self, run_dir: Path) -> None:
        self._run_dir = run_dir

    def begin(self, head: Head) -> None:
        """Start the receipt of a step afresh."""
        folder = self._folder(head.step.id)
        if folder.exists():
            shutil.rmtree(folder)
        write_atomic(folder / "step.json", head.model_dump_json(indent=2), mode=0o600)

    def head(self, step: str) -> Head | None:
        """The head of a step's receipt; None when the step never began."""
        file = self._folder(step) / "step.json"
        return Head.model_validate_json(file.read_bytes()) if file.exists() else None

    def put(self, step: str, node: str, when: str, fingerprint: Fingerprint) -> None:
        """Keep a node's fingerprint from `before` or `after` a step; the first of all is kept as the run's first, too."""
        content = gzip.compress(fingerprint.model_dump_json().encode(), compresslevel=1)
        write_atomic(self._folder(step) / f"{node}.{when}.json.gz", content, mode=0o600)
        if not self._first(node).exists():
            write_atomic(self._first(node), content, mode=0o600)

    def pending(self, step: str, node: str) -> bool:
        """Whether the step may have changed the node and has not been undone there."""
        return self._before(step, node).exists()

    def before(self, step: str, node: str) -> Fingerprint:
        return _load(self._before(step, node))

    def settle(self, step: str, node: str) -> None:
        """Note that the step has been undone on the node."""
        before = self._before(step, node)
        before.rename(before.with_name(f"{node}.undone.json.gz"))
        sync_folder(before.parent)

    def first(self, node: str) -> Fingerprint | None:
        """The node as it was before the first step of all; None when none began there."""
        return _load(self._first(node)) if self._first(node).exists() else None

    def forget(self) -> None:
        """Drop all receipts, when everything has been undone and a new installation begins."""
        shutil.rmtree(self._run_dir / "receipts", ignore_errors=True)

    def _folder(self, step: str) -> Path:
        return receipt_folder(self._run_dir, step)

    def _before(self, step: str, node: str) -> Path:
        return self._folder(step) / f"{node}.before.json.gz"

    def _first(self, node: str) -> Path:
        return self._run_dir / "receipts/first" / f"{node}.json.gz"


def _load(path: Path) -> Fingerprint:
    return Fingerprint.model_validate_json(gzip.decompress(path.read_bytes()))
