"""Sending the agent to a node and asking it."""

from __future__ import annotations

import io
import shlex
import zipfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from installer.common.errors import SlipwayError
from installer.common.text import Text
from installer.fingerprint.agent.compare import differences
from installer.fingerprint.agent.shell import pack, unpack
from installer.fingerprint.models import Difference, Fingerprint, Touches, UndoReport
from installer.remote import Remote

TAKE_SECONDS = 120.0
"""A fingerprint takes half a second; this is for a node that is swapping."""
UNDO_SECONDS = 900.0
"""The agent gives up by itself before (agent/undo.py): what takes longest is removing the images' files."""

# The agent comes as a zip on standard input, ahead of its data, and is imported from memory.
_LOADER = """\
import os, runpy, sys
fd = os.memfd_create("agent")
size = int(sys.argv[1])
while size:
    block = sys.stdin.buffer.read(size)
    if not block:
        sys.exit("the agent arrived cut off")
    size -= os.write(fd, block)
sys.path.insert(0, "/proc/self/fd/%d" % fd)
del sys.argv[1]
runpy.run_module("agent", run_name="__main__")
"""


def take(remote: Remote, label: str, keep: Iterable[str] = ()) -> Fingerprint:
    """Read a node's state; it is durable on the node (`/var/lib/slipway/fingerprints`) when this returns.

    Args:
        keep: patterns of files whose content must not be lost although they are large or private; copies of them stay
            on the node. Only the first call for a node copies: later, files of these names are the product's own.

    Raises:
        SlipwayError: the node cannot be reached, has no Python 3.9, or its disk is full.
    """
    return Fingerprint.model_validate(_ask(remote, "take", TAKE_SECONDS, label=label, keep=list(keep)))


def compare(before: Fingerprint, after: Fingerprint) -> list[Difference]:
    """What differs between two states of a node, without what is volatile (agent/volatile.py)."""
    return [Difference(**one._asdict()) for one in differences(before.sections, after.sections)]


def undo(remote: Remote, before: Fingerprint, touches: Touches) -> UndoReport:
    """Put back what differs on the node from `before`, as far as `touches` names it; may be repeated at any time.

    Raises:
        SlipwayError: the node cannot be reached or the agent could not run. What could not be put back is no error
            but in the report.
    """
    state = {"sections": before.sections, "contents": before.contents}
    return UndoReport.model_validate(_ask(remote, "undo", UNDO_SECONDS, before=state, touches=touches))


def finish(remote: Remote) -> None:
    """Remove the product's own folder from a node, the very last thing of all.

    Raises:
        SlipwayError: it could not be removed.
    """
    _ask(remote, "finish", TAKE_SECONDS)


def _ask(remote: Remote, command: str, seconds: float, **arguments: Any) -> Any:
    agent = _agent()
    script = f"exec python3 -I -S -c {shlex.quote(_LOADER)} {len(agent)} {command}"
    done = remote.run(script, input=agent + pack(arguments), timeout=seconds, check=False)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise SlipwayError(
            Text(en="the node's state could not be read or put back ({command})", zh="无法读取或恢复节点状态（{command}）").format(command=command),
            where=remote.node.name,
            why=Text.same(last[0]),
            fix=Text(
                en="the node needs python3 ≥ 3.9 and free space in /var/lib; then run the same command again",
                zh="节点需要 python3 ≥ 3.9 且 /var/lib 有可用空间；然后再次运行同一命令",
            ),
        )  # fmt: skip
    return unpack(done.stdout)


@cache
def _agent() -> bytes:
    """The package `agent` as a zip: the same bytes for the same code."""
    folder = Path(__file__).with_name("agent")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.glob("*.py")):
            archive.writestr(zipfile.ZipInfo(f"agent/{file.name}"), file.read_bytes(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
